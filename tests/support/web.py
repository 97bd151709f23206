"""Web servers on loopback that play any number of hosts, over http and https, kind ones and hostile ones.

One socket speaks http and one https; a host is told by the `Host` header, and its certificate by SNI. What a host
answers is a function from `Request` to `Answer`, or one that takes the connection over and returns None.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import trustme


@dataclass(frozen=True)
class Request:
    scheme: str
    host: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: socket.socket


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


Site = Callable[[Request], Answer | None]


class Web:
    """The hosts, by scheme and name, and every request that came in."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.sites: dict[tuple[str, str], Site] = {}
        self.requests: list[Request] = []
        self.strangers: set[str] = set()
        self.ports: dict[int, int] = {}

    def serve(self, scheme: str, host: str, path: str, answer: Answer | Site) -> None:
        """Answer on a path; a host's other paths are not found."""
        pages: dict[str, Answer | Site]
        pages = getattr(self.sites.get((scheme, host)), "pages", {})
        pages[path] = answer
        self.sites[scheme, host] = _Pages(pages)

    @contextmanager
    def running(self) -> Iterator[Web]:
        plain, tls = _Server(self, "http"), _Server(self, "https")
        self.ports = {80: plain.server_address[1], 443: tls.server_address[1]}
        for server in (plain, tls):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield self
        finally:
            for server in (plain, tls):
                server.shutdown()
                server.server_close()

    def context(self) -> ssl.SSLContext:
        """TLS with a certificate for whatever host is asked, but for `strangers`, who show another's."""
        certificate = cache(self._certificate)
        outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = certificate("other.test" if name in self.strangers or name is None else name)

        outer.sni_callback = choose
        return outer

    def _certificate(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        return context


@dataclass
class _Pages:
    pages: dict[str, Answer | Site]

    def __call__(self, request: Request) -> Answer | None:
        page = self.pages.get(request.path.partition("?")[0], Answer(b"no such page", 404))
        return page if isinstance(page, Answer) else page(request)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, web: Web, scheme: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.web = web
        self.scheme = scheme
        self.context = web.context() if scheme == "https" else None

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        connection: socket.socket = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.context is not None:
            connection = self.server.context.wrap_socket(connection, server_side=True)
        with connection:
            request = self._read(connection)
            self.server.web.requests.append(request)
            site = self.server.web.sites.get((request.scheme, request.host))
            answer = site(request) if site is not None else Answer(b"no such host", 404)
            if answer is None:
                return
            time.sleep(answer.delay)
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"HTTP/1.1 {answer.status} Said\r\n{head}\r\n".encode() + answer.body)

    def _read(self, connection: socket.socket) -> Request:
        with connection.makefile("rb") as stream:
            method, path, _ = stream.readline().decode().split()
            headers: dict[str, str] = {}
            while line := stream.readline().strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
        host = headers.get("host", "").partition(":")[0]
        return Request(self.server.scheme, host, method, path, headers, body, connection)
