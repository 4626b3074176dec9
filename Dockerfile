# The operator. Whoever builds for good pins the base by its digest: --build-arg BASE=python@sha256:…
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
# Nothing is compiled: every dependency comes as a wheel, by its hash.
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /build /opt/pomona \
    && /build/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements-build.txt \
    && /opt/pomona/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY crds crds
COPY controller controller
RUN /build/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/pomona/bin/python -m pip install --no-cache-dir --no-deps --no-index --find-links /wheels pomona \
    && /opt/pomona/bin/python -m pip check

FROM ${BASE}
LABEL org.opencontainers.image.title="Pomona" \
      org.opencontainers.image.description="Keeps Apple devices up to date from Git"
# git fetches, ssh carries it, gnupg checks who signed. Debian drops superseded versions, so none is named.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git gnupg openssh-client \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/pomona /opt/pomona
ENV PATH=/opt/pomona/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["pomona"]
CMD ["run"]
