"""Listening sockets for the addresses in the config."""

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from twisted.internet import endpoints

from ..config.addresses import TCP, Address, Unix

# Twisted removes systemd's variables from the environment when this module of its own
# is first imported, by whatever code.
_inherited = endpoints._SystemdParser._sddaemon

_BACKLOG = 128
# Prometheus, or a proxy, gets access through its group.
_UNIX_MODE = 0o660


class ListenError(Exception):
    """The HTTP server cannot listen where the config says."""


def sockets(address: Address) -> Iterator[socket.socket]:
    """Open the socket of an address. Raises ListenError."""
    try:
        if isinstance(address, TCP):
            yield _tcp(address)
        elif isinstance(address, Unix):
            yield _unix(address.path)
        else:
            yield from _passed()
    except OSError as error:
        stop = "stop the program that uses it, or " if error.errno == errno.EADDRINUSE else ""
        raise ListenError(
            f"cannot listen on {address}: {_reason(error)}; {stop}set `listen` to another address"
        ) from error


def name(listening: socket.socket, *, tls: bool) -> str:
    """The address of a socket, as a URL where it has one."""
    if listening.family == socket.AF_UNIX:
        return f"unix:{listening.getsockname()}"
    host, port = listening.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://{TCP(host, port)}/"


def is_local(listening: socket.socket) -> bool:
    """Whether only this machine can reach a socket."""
    if listening.family == socket.AF_UNIX:
        return True
    host = str(listening.getsockname()[0])
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")


def _tcp(address: TCP) -> socket.socket:
    """Listen on a host's first address, IPv4 if it has one, as Go's servers do.

    No host, and ``::``, mean all addresses of both versions.
    """
    if not address.host:
        with contextlib.suppress(OSError):
            return _bound(socket.AF_INET6, ("::", address.port))
        return _bound(socket.AF_INET, ("0.0.0.0", address.port))  # noqa: S104  as configured
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, where = min(found, key=lambda one: one[0] != socket.AF_INET)
    return _bound(family, where)


def _bound(family: int, where: object) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(where)  # type: ignore[arg-type]
        return _listening(listening)
    except OSError:
        listening.close()
        raise


def _listening(one: socket.socket) -> socket.socket:
    one.listen(_BACKLOG)
    one.setblocking(False)
    return one


def _unix(path: Path) -> socket.socket:
    """Listen on a unix socket, replacing one without a listener."""
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o777 & ~_UNIX_MODE)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        return _listening(listening)
    except OSError:
        listening.close()
        raise


def _remove_stale(path: Path) -> None:
    if not (path.exists() and stat.S_ISSOCK(path.stat().st_mode)):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _passed() -> Iterator[socket.socket]:
    """The sockets that systemd passed to this process."""
    numbers = _inherited.inheritedDescriptors()
    if not numbers:
        raise ListenError(
            "`listen` is systemd, but systemd passed no socket: "
            "start the exporter from a .socket unit, or set `listen` to an address"
        )
    for number in numbers:
        one = socket.socket(fileno=number)
        if one.type != socket.SOCK_STREAM:
            raise ListenError(
                f"systemd passed a socket that is not a stream (descriptor {number}); "
                "use ListenStream= in the .socket unit"
            )
        yield _listening(one)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
