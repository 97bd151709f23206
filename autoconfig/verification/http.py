"""One request of HTTP/1.1 on a connection that is there, and the head of its answer (RFC 9112)."""

from __future__ import annotations

import io
import re
import socket
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import SplitResult, quote, urlsplit

import msgspec

from autoconfig import __version__
from autoconfig.verification.credentials import Credentials, basic
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.stream import MAX_BYTES, Stream

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:\A|,)\s*([A-Za-z][A-Za-z0-9_-]*)(?=\s+[^\s=]|\s*(?:,|\Z))")


class Answer(msgspec.Struct, frozen=True):
    """The head of an answer, and the body where it was logged in for."""

    status: int
    location: str
    challenges: tuple[str, ...]
    body: bytes


def place_of(url: str) -> tuple[SplitResult, str, int]:
    """A URL in parts, its host as A-labels and its port.

    Raises:
        Stop: it is none.
    """
    try:
        parts = urlsplit(url)
        return parts, (parts.hostname or "").encode("idna").decode(), parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise Stop(Fault.HTTP_STATUS, f"{url[:200]!r} is no URL of the web: {error}") from None


def ask(stream: Stream, method: str, parts: SplitResult, credentials: Credentials | None = None) -> Answer:
    """Send a request and read what is answered; credentials only where the caller has seen to their safety.

    Raises:
        Stop: there was no answer in HTTP.
    """
    stream.send(_request(method, parts, credentials), f"the answer of {parts.hostname}")
    try:
        return _read_answer(stream, wants_body=credentials is not None)
    except (HTTPException, ValueError) as error:
        text = f"{parts.hostname} does not answer in HTTP ({type(error).__name__})"
        raise Stop(Fault.WRONG_PROTOCOL, text) from None


def _request(method: str, parts: SplitResult, credentials: Credentials | None) -> bytes:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    headers = {
        "Host": _authority(parts),
        "User-Agent": f"mail-autoconfig/{__version__}",
        "Accept": "*/*",
        "Connection": "close",
    }
    if method == "PROPFIND":
        headers |= {"Depth": "0", "Content-Length": "0"}
    if credentials is not None:
        headers["Authorization"] = basic(credentials)
    lines = [f"{method} {path}{query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _authority(parts: SplitResult) -> str:
    """Host and port as the URL names them; a user name in it is nobody's business."""
    host = (parts.hostname or "").encode("idna").decode()
    place = f"[{host}]" if ":" in host else host
    return f"{place}:{parts.port}" if parts.port else place


def _read_answer(stream: Stream, *, wants_body: bool) -> Answer:
    response = HTTPResponse(cast(socket.socket, _Source(stream)))
    with closing(response):
        response.begin()
        challenges = response.headers.get_all("WWW-Authenticate", [])
        return Answer(
            status=response.status,
            location=response.headers.get("Location", ""),
            challenges=tuple(name for challenge in challenges for name in schemes(challenge)),
            body=response.read(MAX_BYTES) if wants_body and response.status == HTTPStatus.OK else b"",
        )


def schemes(challenge: str) -> list[str]:
    """The schemes of a WWW-Authenticate header, which may hold several challenges (RFC 9110, section 11.6.1)."""
    found = _SCHEME.findall(_QUOTED.sub('""', challenge))
    return [name.lower() for name in found]


class _Source:
    """What http.client takes for a socket: its reads are bounded by those of the stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._stream))


class _Raw(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.receive(len(buffer))
        buffer[: len(data)] = data
        return len(data)
