# Any image with Python 3.11 or later as python3, with venv and pip.
ARG BASE=docker.io/library/python:3.12-slim

# Wheels of the exporter and its dependencies, message classes included.
FROM ${BASE} AS wheels
USER 0
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY fedmsg_exporter ./fedmsg_exporter
# There is no git here to provide the version: --build-arg VERSION=1.2.3 sets it.
ARG VERSION=
ENV SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION}
RUN ["python3", "-m", "pip", "wheel", "--no-cache-dir", "--wheel-dir", "/wheels", ".[schemas]"]

# They are installed without network, from the previous stage.
FROM ${BASE} AS venv
USER 0
COPY --from=wheels /wheels /wheels
RUN ["python3", "-m", "venv", "/opt/fedmsg-exporter"]
RUN ["/opt/fedmsg-exporter/bin/python", "-m", "pip", "install", "--no-cache-dir", "--no-index", "--find-links", "/wheels", "fedmsg-exporter[schemas]"]

FROM ${BASE}
LABEL org.opencontainers.image.title="fedmsg-exporter" \
      org.opencontainers.image.description="Counts what happens on Fedora's message bus, exactly once, for Prometheus" \
      org.opencontainers.image.source="https://github.com/fedora-infra/fedmsg_exporter" \
      org.opencontainers.image.licenses="GPL-2.0-or-later"
USER 0
COPY --from=venv /opt/fedmsg-exporter /opt/fedmsg-exporter
# OpenShift runs it under any uid, always in group 0.
RUN ["install", "-d", "-o", "1001", "-g", "0", "-m", "0770", "/var/lib/fedmsg-exporter"]
USER 1001:0
WORKDIR /var/lib/fedmsg-exporter
VOLUME ["/var/lib/fedmsg-exporter"]
EXPOSE 10450
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/fedmsg-exporter/bin/fedmsg-exporter"]
CMD ["run", "--listen", "0.0.0.0:10450", "--state", "/var/lib/fedmsg-exporter/ledger.sqlite"]
