# The program as an image. `make start` builds and runs it with all that it needs (docker-compose.yml).
# Both stages have to be the same release of the same distribution; their names may point to a mirror.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libuv1-dev libmicrohttpd-dev libcurl4-openssl-dev libpq-dev libhiredis-dev libsodium-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources Sources
# Not built, but the package's table names its folders.
COPY Tests Tests
# Swift's own libraries go into the program: where it runs there is no toolchain.
RUN swift build -c release --product cratekeeper --static-swift-stdlib -Xlinker -s \
 && install -D .build/release/cratekeeper /out/cratekeeper

FROM ${DEBIAN_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libuv1 libmicrohttpd12 libcurl4 libpq5 libhiredis0.14 libsodium23 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 cratekeeper \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cratekeeper
COPY --from=build /out/cratekeeper /usr/local/bin/cratekeeper

# By number, so that who forbids root sees that it isn't.
USER 10001:10001
# Everybody in the container's own network; what of it the world sees is for whoever runs the container to say.
# Health stays on 127.0.0.1:8081 inside.
ENV LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=40s --retries=3 CMD ["/usr/local/bin/cratekeeper", "ready"]
# Without a shell in between: the program is process 1 and gets the signals itself.
ENTRYPOINT ["/usr/local/bin/cratekeeper"]
CMD ["all"]
