# syntax=docker/dockerfile:1
# A build stage, and an image that holds the two programs and what they load: no shell, no package
# manager, a user without rights.
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS build
# hadolint ignore=DL3008 # Debian's stable release is the pin
RUN apt-get update && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile ./
COPY cmake cmake
RUN make setup
COPY . .
RUN make build && cmake/image_root.sh /root-of-image build/bin/instanced build/bin/instancectl

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="instanced" \
      org.opencontainers.image.description="Keeps declared cloud instances true" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /root-of-image /
COPY --from=build --chown=65532:65532 /root-of-image/var/lib/instanced /var/lib/instanced
# The state lives in the volume. Health listens on every address of the container; metrics on
# loopback, until INSTANCED_METRICS_ADDRESS=:8080 comes with a secret
# (INSTANCED_METRICS_BEARER_TOKEN_FILE) or INSTANCED_METRICS_OPEN=yes.
ENV PATH=/usr/bin \
    INSTANCED_STATE=/var/lib/instanced/instanced.db \
    INSTANCED_ADMIN_SOCKET=/var/lib/instanced/instanced.sock \
    INSTANCED_HEALTH_ADDRESS=:8081
USER 65532:65532
WORKDIR /var/lib/instanced
VOLUME /var/lib/instanced
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/bin/instanced", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/instanced"]
# Manifests are mounted at /manifests; in a cluster the arguments are `run --kubernetes`.
CMD ["run", "--manifests", "/manifests"]
