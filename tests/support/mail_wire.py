"""A TCP server on loopback that says what a test tells it to say, and one's own names for it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from autoconfig.dns.answers import Absence, Answer, Failure, Nothing


class FixedNames:
    """A resolver of a few names; hosts that it does not know do not exist."""

    def __init__(self, names: Mapping[str, Sequence[str] | Failure] | None = None) -> None:
        self.names = names if names is not None else {"mail.example.com": ["127.0.0.1"]}
        self.asked: list[str] = []

    def begin_addresses(
        self, name: str, deadline: float | None = None
    ) -> Callable[[], Answer[str] | Absence | Failure]:
        self.asked.append(name)
        found = self.names.get(name)
        if found is None:
            return lambda: Absence(name=name, why=Nothing.NXDOMAIN, ttl=60)
        if isinstance(found, Failure):
            return lambda: found
        return lambda: Answer(name=name, records=tuple(found), ttl=60)


class Wire:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, heard: list[str]) -> None:
        self.connection = connection
        self.heard = heard
        self._buffer = b""

    def say(self, *lines: str) -> None:
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def hear(self) -> str:
        """The next line; the client's hanging up ends the talk."""
        while b"\n" not in self._buffer:
            data = self.connection.recv(4096)
            if not data:
                raise ConnectionError
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        self.heard.append(line.decode("utf-8", "replace").strip())
        return self.heard[-1]

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)


Talk = Callable[[Wire], None]


class Served:
    """A running server: its port, and every line that clients sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[str] = []
        self.connections = 0


@contextmanager
def serving(talk: Talk, *, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve a talk on a port of 127.0.0.1; with `tls`, TLS comes first."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    served = Served(listener.getsockname()[1])
    open_connections: list[socket.socket] = []

    def answer(connection: socket.socket) -> None:
        wire = Wire(connection, served.heard)
        with suppress(OSError, ValueError):  # clients that hang up or talk nonsense
            if tls is not None:
                wire.start_tls(tls)
            talk(wire)
        wire.connection.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                served.connections += 1
                open_connections.append(connection)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
