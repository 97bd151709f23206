"""One question to one name server: over UDP with TCP for what does not fit, or over HTTPS.

Every way raises TimeoutError, another OSError where the server is not reached, or a DNSException or `NoAnswerError`
where what came back is no answer to the question. `deadline` is a time of `time.monotonic()`, which nothing exceeds,
however slowly the server drips.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from ssl import SSLContext, SSLSocket, create_default_context
from typing import Any
from urllib.parse import urlsplit

from dns.exception import Timeout
from dns.flags import Flag
from dns.message import Message, Truncated, from_wire

from autoconfig.dns.answers import NoAnswerError, Trouble

_LONGEST_MESSAGE = 65535
_MEDIA_TYPE = "application/dns-message"


def remaining(deadline: float) -> float:
    """The seconds that are left; TimeoutError if none are."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def exchange(host: str, port: int, query: Message, deadline: float) -> Message:
    """Ask over UDP, and over TCP if the answer is truncated."""
    try:
        return _over_udp(host, port, query, deadline)
    except Truncated:
        return _over_tcp(host, port, query, deadline)


def _over_udp(host: str, port: int, query: Message, deadline: float) -> Message:
    wire = query.to_wire()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, port))  # from now on the kernel drops what others send
        sock.send(wire)
        while True:
            sock.settimeout(remaining(deadline))
            data = sock.recv(_LONGEST_MESSAGE)
            if data[:2] != wire[:2]:
                continue
            try:
                response = from_wire(data, raise_on_truncation=True)
            except Truncated as truncated:
                response = truncated.kwargs["message"]
                if query.is_response(response):
                    raise
            if query.is_response(response):
                return response


def _over_tcp(host: str, port: int, query: Message, deadline: float) -> Message:
    from dns.query import tcp

    try:
        response = tcp(query, host, port=port, timeout=remaining(deadline))
    except Timeout as error:
        raise TimeoutError(str(error)) from error
    except EOFError as error:
        raise ConnectionError("the server closed the connection before it had answered") from error
    if response.flags & Flag.TC:
        raise NoAnswerError(Trouble.MALFORMED, "the answer is truncated even over TCP")
    return response


class _TimedSocket(SSLSocket):
    """A socket's timeout bounds each read from it; this one bounds all of them together."""

    deadline = 0.0

    def recv_into(self, *args: Any, **options: Any) -> int:
        self.settimeout(remaining(self.deadline))
        return super().recv_into(*args, **options)


class Https:
    """A name server behind a URL (RFC 8484), and the idle connections to it. Safe for threads.

    Raises:
        ValueError: it is no https URL.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            raise ValueError(f"{url!r} is not DNS over HTTPS: expected something like https://dns.example/dns-query")
        self._host, self._port = parts.hostname, parts.port or 443
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._context = _tls()
        self._idle: deque[HTTPSConnection] = deque()

    def exchange(self, query: Message, deadline: float) -> Message:
        """Ask over HTTP/1.1, over a connection that is still open where there is one."""
        query.id = 0  # equal questions are then equal to HTTP caches (section 4.1)
        try:
            response = from_wire(self._post(query.to_wire(), deadline))
        except HTTPException as error:
            raise NoAnswerError(Trouble.MALFORMED, f"the answer is not HTTP: {error!r}") from error
        if not query.is_response(response):
            raise NoAnswerError(Trouble.MALFORMED, "the answer is to another question")
        return response

    def close(self) -> None:
        """Close the idle connections; the next question opens a new one."""
        while (connection := self._take_idle()) is not None:
            connection.close()

    def _take_idle(self) -> HTTPSConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _post(self, wire: bytes, deadline: float) -> bytes:
        idle = self._take_idle()
        if idle is not None:
            try:
                return self._post_over(idle, wire, deadline)
            except TimeoutError:
                raise
            except (OSError, HTTPException):
                self.close()  # the server had closed it, and hardly that one alone
        return self._post_over(self._connect(deadline), wire, deadline)

    def _connect(self, deadline: float) -> HTTPSConnection:
        plain = socket.create_connection((self._host, self._port), timeout=remaining(deadline))
        try:
            plain.settimeout(remaining(deadline))
            protected = self._context.wrap_socket(plain, server_hostname=self._host)
        except BaseException:
            plain.close()
            raise
        connection = HTTPSConnection(self._host, self._port)
        connection.sock = protected
        return connection

    def _post_over(self, connection: HTTPSConnection, wire: bytes, deadline: float) -> bytes:
        keep = False
        try:
            assert isinstance(connection.sock, _TimedSocket)
            connection.sock.deadline = deadline
            connection.sock.settimeout(remaining(deadline))
            connection.request("POST", self._path, wire, {"Content-Type": _MEDIA_TYPE, "Accept": _MEDIA_TYPE})
            response = connection.getresponse()
            with response:
                body = response.read(_LONGEST_MESSAGE)
                keep = response.isclosed() and connection.sock is not None
            if response.status != HTTPStatus.OK:
                raise ConnectionError(f"HTTP status {response.status}")
            return body
        finally:
            if keep:
                self._idle.append(connection)
            else:
                connection.close()


def _tls() -> SSLContext:
    context = create_default_context()
    context.sslsocket_class = _TimedSocket
    return context
