# Everything a newcomer or a developer types. Each target is one script in scripts/, which says what it does.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-reset test bench lint format gen-env build clean

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run all of it here, against a simulated Spotify (or yours: SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET)
	@scripts/demo

demo-reset: ## throw the demo's data away
	@scripts/demo-reset

test: ## lint, build and run all tests (ARGS="--filter RedisTests" for some)
	@scripts/test $(ARGS)

bench: ## measure speed and memory, print a table (ARGS go to the program)
	@scripts/bench $(ARGS)

lint: ## format, module table, forbidden constructs, scripts
	@scripts/lint

format: ## bring the sources into the project's format
	@swift format --in-place --parallel --recursive Sources Tests Package.swift

gen-env: ## write .env from env.sample, with generated keys and passwords
	@scripts/gen-env

build: ## build the service in release mode: .build/release/cratekeeper
	@swift build -c release --product cratekeeper

clean: ## remove what was built (the demo's data stays)
	@swift package clean
