# Any base with glibc and CPython 3.11, 3.12 or 3.13 will do; Alpine will not (docs/decisions/0003).
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
# A base with Debian's own Python also needs python3-dev and python3-venv.
ARG BUILD_PACKAGES="gcc libc6-dev"
# The release of the base says which versions these are.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${BUILD_PACKAGES} >/dev/null \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_QUIET=2 PIP_ROOT_USER_ACTION=ignore

# wheels/ is optional: with it (make wheels) nothing is asked of a registry. The hashes hold either way.
COPY requirements/build.txt requirements/run.txt wheel[s]/ wheels/
RUN if ls wheels/*.whl >/dev/null 2>&1; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels; fi; \
    export CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject \
 && python3 -m venv /tools \
 && /tools/bin/python -m pip install --require-hashes --only-binary :all: -r wheels/build.txt \
 && /tools/bin/python -m pip wheel --require-hashes --no-build-isolation --only-binary :all: --no-binary durable-rules \
        -w /built -r wheels/run.txt

COPY pyproject.toml README.md LICENSE ./
COPY service/ service/
COPY rules/ rules/
COPY fhir_mappings/ fhir_mappings/
RUN /tools/bin/python -m pip wheel --no-index --no-deps --no-build-isolation -w /built . \
 && python3 -m venv --without-pip /opt/mmn-cds \
 && /tools/bin/python -m pip --python /opt/mmn-cds/bin/python install --no-index --no-deps /built/*.whl \
 && /opt/mmn-cds/bin/python -c 'import durable.engine, service'

FROM ${BASE}
LABEL org.opencontainers.image.title="mmn-cds" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/mmn-cds /opt/mmn-cds
# The root file system may be read-only: bytecode was compiled at installation, and gunicorn's heartbeat files go to memory.
ENV PATH=/opt/mmn-cds/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TMPDIR=/dev/shm
# What must survive a restart; mount a volume here, or set MMN_CDS_STORE to a PostgreSQL of yours.
RUN install -d -o 10001 -g 10001 /var/lib/mmn-cds
ENV MMN_CDS_STORE=sqlite:////var/lib/mmn-cds/mmn-cds.sqlite
VOLUME /var/lib/mmn-cds
WORKDIR /opt/mmn-cds
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s CMD ["mmn-cds", "ready"]
CMD ["mmn-cds", "serve", "--host", "0.0.0.0"]
