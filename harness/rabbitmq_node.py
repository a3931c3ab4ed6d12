"""A RabbitMQ node's config files and environment."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from .programs import search_path

# For every Erlang VM, that of rabbitmqctl and the short-lived ones included.
_ERLANG_FLAGS = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


def write_files(
    folder: Path,
    port: int,
    plugins: Iterable[str],
    settings: Iterable[str] = (),
    advanced: str = "[].",
) -> None:
    """Write the files that `environment` names."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 1MB\nlog.console = true\n"
        + "".join(f"{line}\n" for line in settings)
    )
    (folder / "advanced.config").write_text(advanced)
    (folder / "rabbitmq-env.conf").touch()
    (folder / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")


def environment(
    folder: Path, port: int, epmd_port: int, distribution_port: int
) -> Mapping[str, str]:
    """Return the complete environment of the node and of rabbitmqctl.

    Nothing but PATH comes from the caller's, and nothing from /etc/rabbitmq.
    """
    return {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),  # where Erlang makes its cookie
        "ERL_AFLAGS": _ERLANG_FLAGS,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd_port),
        # The start script then becomes the Erlang VM: one process to signal.
        "RABBITMQ_ALLOW_INPUT": "true",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        "RABBITMQ_CTL_DIST_PORT_MIN": "0",
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
    }
