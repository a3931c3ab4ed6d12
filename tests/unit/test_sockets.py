"""Listening sockets for the addresses of the config."""

import socket
from pathlib import Path
from typing import Any

import pytest

from fedmsg_exporter.config.addresses import TCP, Systemd, Unix
from fedmsg_exporter.web.sockets import ListenError, is_local, name, sockets
from harness import has_ipv6


def resolved(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every host name stand for some addresses, in this order."""

    def answer(_host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
            for one in addresses
            for where in [(one, port, 0, 0) if ":" in one else (one, port)]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
@pytest.mark.parametrize(
    ("addresses", "url"),
    [
        (("::1",), "http://[::1]:"),
        (("::1", "127.0.0.1"), "http://127.0.0.1:"),
        (("127.0.0.2", "127.0.0.1"), "http://127.0.0.2:"),
    ],
)
def test_host_name(monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...], url: str) -> None:
    """A name resolves to its first IPv4 address, or to an IPv6 address if it has no other."""
    resolved(monkeypatch, *addresses)
    (one,) = sockets(TCP("example.org", 0))
    with one:
        assert name(one, tls=False).startswith(url)
        assert is_local(one)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        (TCP("127.0.0.1", 0), True),
        (TCP("localhost", 0), True),
        (TCP("127.1.2.3", 0), True),
        (TCP("0.0.0.0", 0), False),
        (TCP("", 0), False),
        pytest.param(TCP("::1", 0), True, marks=needs_ipv6),
        pytest.param(TCP("::", 0), False, marks=needs_ipv6),
    ],
)
def test_what_is_local(address: TCP, local: bool) -> None:
    """Only loopback addresses are unreachable for others."""
    (one,) = sockets(address)
    with one:
        assert is_local(one) is local
        assert name(one, tls=True).startswith("https://")


def test_unknown_host_name() -> None:
    """A host name without an address is an error with the reason."""
    with pytest.raises(ListenError, match=r"^cannot listen on nothing\.invalid:80: .*; set `lis"):
        list(sockets(TCP("nothing.invalid", 80)))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("none/web.sock", "No such file or directory; set `listen` to another address"),
        ("file", "Address already in use; stop the program that uses it, or set `listen` to"),
    ],
)
def test_unix_socket_that_cannot_be(tmp_path: Path, path: str, reason: str) -> None:
    """A missing folder, and a file that is not a socket, are refused; the file stays."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ListenError, match=reason):
        list(sockets(Unix(tmp_path / path)))
    assert (tmp_path / "file").read_text() == "mine"


def test_unix_socket_is_not_for_everyone(tmp_path: Path) -> None:
    """A unix socket is open to owner and group; one without a listener is replaced."""
    for _ in range(2):
        (one,) = sockets(Unix(tmp_path / "web.sock"))
        one.close()
    assert (tmp_path / "web.sock").stat().st_mode & 0o777 == 0o660


def test_systemd_without_sockets() -> None:
    """Without a socket from systemd the error says how to get one."""
    with pytest.raises(ListenError, match="systemd passed no socket: start the exporter"):
        list(sockets(Systemd()))
