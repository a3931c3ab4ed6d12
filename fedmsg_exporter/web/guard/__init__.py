"""TLS, users and headers, from a file in the format of Prometheus' exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

from ...config import Config
from . import tls, web_config


def require(config: Config) -> None:
    """Check that the web config file can be used, and what it names. Raises DocumentError."""
    if config.web_config is None:
        return
    read = web_config.read(config.web_config)
    if read.tls:
        tls.prepare(read, read.tls)
