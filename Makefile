# Everything a newcomer or a developer types. Each target is one script in scripts/, which says what it does.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-reset start stop restart restart-worker test fuzz bench prove-stack lint format gen-env build clean

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run all of it here, against a simulated Spotify (or yours: SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET)
	@scripts/demo

demo-reset: ## throw the demo's data away
	@scripts/demo-reset

start: ## run it for real, in containers: Postgres, Redis, server, worker (docker-compose.yml, .env)
	@scripts/stack start

stop: ## end the containers; the data stays
	@scripts/stack stop

restart: ## make server and worker anew, with what .env says now
	@scripts/stack restart

restart-worker: ## the worker alone
	@scripts/stack restart-worker

test: ## lint, build and run all tests (ARGS="--filter RedisTests" for some)
	@scripts/test $(ARGS)

fuzz: ## fuzz all that reads what strangers send, a minute in all (ARGS="cookies 600" for one, longer)
	@scripts/fuzz $(ARGS)

bench: ## measure speed and memory, print a table (ARGS go to the program)
	@scripts/bench $(ARGS)

prove-stack: ## prove start, stop and restart with a Docker engine of its own (root; some ten minutes)
	@scripts/prove-stack

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
