"""Fetches documents over HTTP from hosts that may be hostile, on requests.

Names are resolved by the caller's resolver, certificates and host names always verified, redirects followed by hand,
sizes and times bounded. There is no session: no cookie, no credential and no netrc, and nothing is remembered from one
answer to the next.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from threading import BoundedSemaphore
from typing import Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from autoconfig import __version__
from autoconfig.address import is_ip_address, normalize_domain
from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import MissedError, OptionError
from autoconfig.discovery.public_addresses import is_public
from autoconfig.discovery.results import Outcome
from autoconfig.domains import is_above_registrable
from autoconfig.errors import AddressError

MAX_BYTES = 1 << 20
MAX_REDIRECTS = 5
MAX_CONNECTIONS = 128
_MAX_ADDRESSES = 4
_LONGEST_CONNECT = 5.0  # seconds; who needs longer to greet is not going to answer
_USER_AGENT = f"mail-autoconfig/{__version__}"
_HEADERS = {"User-Agent": _USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ABSENT = frozenset({404, 410})
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_ZLIB_OR_GZIP = 47  # zlib's number for: tell the two by their header
_DEFAULT_PORTS = {"http": 80, "https": 443}

Dial = Callable[[str, int], socket.socket]


class Reply(msgspec.Struct, frozen=True):
    """A document, and the URLs that led to it: the one asked first, each redirect, the one that answered."""

    urls: tuple[str, ...]
    body: bytes


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that came of asking for one document, for those who look into how it is served.

    `urls` are as in `Reply`. `status` is that of the last answer, 0 where there was none, and `target` where it
    redirects to, if that was not followed. `media_type` is what the server said, in lower case without parameters.
    """

    urls: tuple[str, ...]
    status: int = 0
    target: str | None = None
    media_type: str = ""
    body: bytes = b""


OnFetch = Callable[[Fetch], None]


class _Answer(msgspec.Struct, frozen=True):
    """What one request gave; the document is empty where it redirects."""

    status: int
    target: str | None
    media_type: str
    body: bytes


class Fetcher:
    """Fetches documents, over 128 connections at a time. Safe to share between threads.

    Args:
        addresses: gives the IP addresses of a host name, most preferred first; may raise `MissedError`.
        allow_http: whether http is spoken at all.
        allow_private: whether a connection to an address that is not of the public internet may be used.
        ca_file: certificates (PEM) to trust in place of the usual ones.
        proxies: proxy URLs by scheme, as for requests. A proxy resolves the names itself.
        ports: the port to connect to in place of another, such as `{443: 8443}`, for a server that is not live yet.
        on_fetch: is told of every document that was asked for, on the thread that did.

    Raises:
        OptionError: proxies with `allow_private=False`, which cannot be kept where the proxy connects; or a file of
            certificates that cannot be read.
    """

    def __init__(
        self,
        addresses: Callable[[str, Deadline], Sequence[str]],
        *,
        allow_http: bool = True,
        allow_private: bool = True,
        ca_file: str | None = None,
        proxies: Mapping[str, str] | None = None,
        ports: Mapping[int, int] | None = None,
        on_fetch: OnFetch | None = None,
    ) -> None:
        if proxies and not allow_private:
            raise OptionError("allow_private=False needs to see the connections, which a proxy makes")
        self._addresses = addresses
        self._allow_http = allow_http
        self._allow_private = allow_private
        self._context = tls_context(ca_file)
        self._proxies = dict(proxies or {})
        self._ports = dict(ports or {})
        self._on_fetch = on_fetch
        self._places = BoundedSemaphore(MAX_CONNECTIONS)

    def get(self, url: str, deadline: Deadline) -> Reply:
        """The document at a URL, after at most 5 redirects, none of them from https to http.

        Raises:
            MissedError: no answer with status 200 and at most 1 MiB, or one that must not be asked for.
        """
        return self._follow("GET", url, deadline, None, {})

    def post(self, url: str, body: bytes, media_type: str, deadline: Deadline) -> Reply:
        """As `get`, sending a document, which is sent again to where a redirect points (but for status 303)."""
        return self._follow("POST", url, deadline, body, {"Content-Type": media_type})

    def redirect_of(self, url: str, deadline: Deadline) -> str:
        """Where a URL redirects to, which is not asked.

        Raises:
            MissedError: it does not redirect.
        """
        url = self._checked(url)
        answer = self._ask([url], "GET", deadline, None, {})
        self._tell([url], answer)
        if answer.target is None:
            raise MissedError(Outcome.NOTHING, f"status {answer.status}, expected a redirect")
        return self._next(url, answer.target)

    def _follow(self, method: str, url: str, deadline: Deadline, body: bytes | None, headers: dict[str, str]) -> Reply:
        urls = [self._checked(url)]
        while True:
            answer = self._ask(urls, method, deadline, body, headers)
            if answer.target is None:
                break
            try:
                urls.append(self._redirected(urls, answer.target))
            except MissedError:
                self._tell(urls, answer)
                raise
            if answer.status == http.client.SEE_OTHER:
                method, body, headers = "GET", None, {}
        self._tell(urls, answer)
        if answer.status in _ABSENT:
            raise MissedError(Outcome.NOTHING, f"status {answer.status}")
        if answer.status != http.client.OK:
            raise MissedError(Outcome.HTTP_ERROR, f"status {answer.status}")
        return Reply(tuple(urls), answer.body)

    def _ask(
        self, urls: Sequence[str], method: str, deadline: Deadline, body: bytes | None, headers: Mapping[str, str]
    ) -> _Answer:
        """The answer of the last URL."""
        try:
            return self._exchange(method, urls[-1], deadline, body, headers)
        except MissedError:
            self._tell(urls, None)
            raise

    def _tell(self, urls: Sequence[str], answer: _Answer | None) -> None:
        if self._on_fetch is None:
            return
        said = msgspec.structs.asdict(answer) if answer is not None else {}
        self._on_fetch(Fetch(urls=tuple(urls), **said))

    def _redirected(self, urls: Sequence[str], target: str) -> str:
        if len(urls) > MAX_REDIRECTS:
            raise MissedError(Outcome.REFUSED, f"more than {MAX_REDIRECTS} redirects")
        return self._next(urls[-1], target)

    def _next(self, url: str, target: str) -> str:
        try:
            next_url = self._checked(urljoin(url, target))
        except ValueError as error:
            raise MissedError(Outcome.REFUSED, f"redirect to {target!r}: {error}") from error
        if url.startswith("https://") and not next_url.startswith("https://"):
            raise MissedError(Outcome.REFUSED, f"redirect from https to {next_url}")
        return next_url

    def _checked(self, url: str) -> str:
        """The URL with its host as A-labels and without fragment, if it may be asked."""
        try:
            parts = urlsplit(url)
            port = parts.port
            host = _checked_host(parts.hostname or "")
        except (ValueError, AddressError) as error:
            raise MissedError(Outcome.REFUSED, f"{url!r}: {error}") from error
        if parts.scheme not in _DEFAULT_PORTS or (parts.scheme == "http" and not self._allow_http):
            raise MissedError(Outcome.REFUSED, f"{url!r}: expected {'http or ' if self._allow_http else ''}https")
        if parts.username is not None or parts.password is not None:
            raise MissedError(Outcome.REFUSED, f"{host}: a URL with a user name in it")
        if is_above_registrable(host):
            raise MissedError(Outcome.REFUSED, f"{host} is above every registrable domain")
        place = f"[{host}]" if ":" in host else host
        if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
            place = f"{place}:{port}"
        return urlunsplit(SplitResult(parts.scheme, place, parts.path or "/", parts.query, ""))

    def _exchange(
        self, method: str, url: str, deadline: Deadline, body: bytes | None, headers: Mapping[str, str]
    ) -> _Answer:
        """One request, and what it gave."""
        try:
            with ExitStack() as open_sockets:
                request = requests.Request(method, url, headers={**_HEADERS, **headers}, data=body).prepare()
                adapter = _Adapter(partial(self._dial, deadline=deadline, open_sockets=open_sockets), self._context)
                response = adapter.send(request, stream=True, timeout=_time_left(deadline), proxies=self._proxies)
                open_sockets.callback(response.close)
                media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    location = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
                    return _Answer(response.status_code, location, media_type, b"")
                document = _read(response) if response.status_code == http.client.OK else b""
                _time_left(deadline)  # a cancelled read may look like the end of the document
                return _Answer(response.status_code, None, media_type, document)
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise _missed(error, deadline) from error

    def _dial(self, host: str, port: int, *, deadline: Deadline, open_sockets: ExitStack) -> socket.socket:
        """Connect to the first address that takes the connection, each having its share of the time left."""
        addresses = [host] if is_ip_address(host) else self._addresses(host, deadline)[:_MAX_ADDRESSES]
        failure: OSError | None = None
        for number, address in enumerate(addresses):
            share = _time_left(deadline) / (len(addresses) - number)
            with ExitStack() as attempt:
                try:
                    connection = self._connect(address, port, share, deadline, attempt)
                    peer = connection.getpeername()[0]
                except OSError as error:
                    failure = error
                    continue
                if not self._allow_private and not is_public(peer):
                    raise MissedError(Outcome.REFUSED, f"{host} is at {peer}, which is not of the public internet")
                open_sockets.enter_context(attempt.pop_all())
                return connection
        raise MissedError(Outcome.UNREACHABLE, f"{host}: {failure or 'no address'}")

    def _connect(
        self, address: str, port: int, seconds: float, deadline: Deadline, attempt: ExitStack
    ) -> socket.socket:
        """Connect within some seconds, when there is a place; `attempt` gives everything back."""
        if not self._places.acquire(timeout=_time_left(deadline)):
            raise _too_late(deadline)
        attempt.callback(self._places.release)
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        attempt.callback(connection.close)
        # TLS takes the socket's place later on, so what a cancellation shuts is a second handle of it.
        handle = attempt.enter_context(connection.dup())
        attempt.enter_context(deadline.stopping(partial(_shut, handle)))
        connection.settimeout(min(seconds, _LONGEST_CONNECT))
        connection.connect((address, self._ports.get(port, port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_time_left(deadline))
        return connection


class _PlainConnection(HTTPConnection):
    """A connection that `dial` makes."""

    def __init__(self, *args: Any, dial: Dial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self.host, self.port)


class _TlsConnection(HTTPSConnection):
    """A connection that `dial` makes, and TLS on it."""

    def __init__(self, *args: Any, dial: Dial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self.host, self.port)


class _Adapter(HTTPAdapter):
    """Carries one request of requests over a connection that `dial` makes, with a TLS context made once for all."""

    def __init__(self, dial: Dial, context: ssl.SSLContext) -> None:
        super().__init__()
        self._dial = dial
        self._context = context

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> urllib3.HTTPConnectionPool:
        pool = cast(urllib3.HTTPConnectionPool, super().get_connection_with_tls_context(*args, **kwargs))
        pool.conn_kw["dial"] = self._dial
        if isinstance(pool, urllib3.HTTPSConnectionPool):
            pool.conn_kw["ssl_context"] = self._context
            pool.ConnectionCls = _TlsConnection
        else:
            pool.ConnectionCls = _PlainConnection
        return pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: the context verifies. Here requests would load its certificates again for each request."""


@cache
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies certificates and host names."""
    try:
        context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    except OSError as error:
        raise OptionError(f"{ca_file} cannot be read as certificates: {error}") from error
    context.sslsocket_class = _TlsSocket
    return context


class _TlsSocket(ssl.SSLSocket):
    """Closes itself where the peer is gone before the handshake; CPython 3.11 leaves that to its garbage collector."""

    def recv(self, *args: int) -> bytes:
        try:
            return super().recv(*args)
        except OSError:
            if self.version() is None:
                self.close()
            raise


def _checked_host(host: str) -> str:
    return host if is_ip_address(host) else normalize_domain(host)


def _shut(handle: socket.socket) -> None:
    """Wake whatever waits on a connection; nothing does if it is not open any more."""
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _time_left(deadline: Deadline) -> float:
    remaining = deadline.remaining
    if remaining == 0.0:
        raise _too_late(deadline)
    return remaining


def _too_late(deadline: Deadline) -> MissedError:
    return MissedError(Outcome.TIMEOUT if deadline.has_passed else Outcome.CANCELLED, "no time left")


def _read(response: requests.Response) -> bytes:
    """The document of a response: 1 MiB at most, also after decompression (which was not asked for)."""
    data = response.raw.read(MAX_BYTES + 1, decode_content=False)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in _COMPRESSED and len(data) <= MAX_BYTES:
        try:
            data = zlib.decompressobj(_ZLIB_OR_GZIP).decompress(data, MAX_BYTES + 1)
        except zlib.error as error:
            raise MissedError(Outcome.UNREADABLE, f"{encoding}: {error}") from error
    elif encoding not in ("", "identity"):
        raise MissedError(Outcome.UNREADABLE, f"compressed by {encoding!r}, which was not asked for")
    if len(data) > MAX_BYTES:
        raise MissedError(Outcome.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    return bytes(data)


def _missed(error: Exception, deadline: Deadline) -> MissedError:
    if deadline.is_over:
        return _too_late(deadline)
    cause = _cause(error)
    if isinstance(cause, ssl.SSLError | urllib3.exceptions.SSLError):
        return MissedError(Outcome.TLS_ERROR, str(cause))
    if isinstance(cause, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError):
        return MissedError(Outcome.TIMEOUT, "no answer in time")
    return MissedError(Outcome.UNREACHABLE, str(cause) or type(cause).__name__)


def _cause(error: BaseException) -> BaseException:
    """The innermost error of those that requests and urllib3 put around each other."""
    inner = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return _cause(inner) if isinstance(inner, BaseException) else error
