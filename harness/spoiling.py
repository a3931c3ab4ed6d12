"""A proxy in front of a broker that spoils the frames of some messages at each delivery."""

import socket
import threading
from typing import Self

_HEADER = 2
_UNKNOWN = 9


class SpoilingProxy:
    """Listens at `port`; content headers in which ``mark`` occurs get an unknown frame type."""

    def __init__(self, broker: int, mark: bytes) -> None:
        self._broker = broker
        self._mark = mark
        self.spoiled = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._sockets):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            broker = socket.create_connection(("127.0.0.1", self._broker))
            self._sockets += [client, broker]
            threading.Thread(target=self._copy, args=(client, broker), daemon=True).start()
            threading.Thread(target=self._spoil, args=(broker, client), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            _shut(target)

    def _spoil(self, source: socket.socket, target: socket.socket) -> None:
        buffer = b""
        try:
            while data := source.recv(65536):
                buffer += data
                frames, buffer = self._frames(buffer)
                target.sendall(frames)
        except OSError:
            pass
        finally:
            _shut(target)

    def _frames(self, buffer: bytes) -> tuple[bytes, bytes]:
        """The complete frames at the start of a buffer, spoiled as required, and the rest of it."""
        complete = []
        while len(buffer) >= 8:
            end = 8 + int.from_bytes(buffer[3:7], "big")
            if end > len(buffer):
                break
            frame, buffer = buffer[:end], buffer[end:]
            if frame[0] == _HEADER and self._mark in frame:
                frame = bytes([_UNKNOWN]) + frame[1:]
                self.spoiled += 1
            complete.append(frame)
        return b"".join(complete), buffer


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        one.close()
