# The operator. Built from what is locked by hash; the last stage holds no compiler, and runs as a user without rights.
# The tags are exact. A digest cannot be known without asking a registry: pin one where you build.
FROM python:3.11.14-slim-bookworm AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/builder && python -m venv --without-pip /opt/pomona
COPY requirements.txt ./
RUN /opt/builder/bin/pip --python /opt/pomona install --only-binary :all: --require-hashes --requirement requirements.txt
COPY tools/build-requirements.txt ./tools/
RUN /opt/builder/bin/pip install --only-binary :all: --require-hashes --requirement tools/build-requirements.txt
COPY pyproject.toml README.md ./
COPY crds ./crds
COPY controller ./controller
RUN /opt/builder/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir dist . \
    && /opt/builder/bin/pip --python /opt/pomona install --no-deps --no-index dist/*.whl

FROM python:3.11.14-slim-bookworm
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Pomona" \
      org.opencontainers.image.description="Keeps Apple devices up to date from Git" \
      org.opencontainers.image.version="${VERSION}"
# Debian keeps no version but the newest of a package: one that is pinned cannot be built again.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git gnupg openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 65532 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin pomona
COPY --from=builder /opt/pomona /opt/pomona
ENV PATH=/opt/pomona/bin:$PATH PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["pomona"]
CMD ["run"]
