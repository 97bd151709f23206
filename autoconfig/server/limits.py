"""What one client may cost: the size of what it sends, and how often it may ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock

import falcon

MAX_BODY = 1 << 16  # bytes
_CLIENTS = 50_000
_MINUTE = 60.0


def read_body(req: falcon.Request) -> bytes:
    """What was sent, of known length or in chunks.

    Raises:
        falcon.HTTPError: 413 for more than 64 KiB, 400 for a body that breaks off.
    """
    length = req.content_length
    if length is None and not req.env.get("wsgi.input_terminated"):
        return b""
    if length is not None and length > MAX_BODY:
        raise falcon.HTTPContentTooLarge()
    try:
        body: bytes = req.env["wsgi.input"].read(MAX_BODY + 1 if length is None else length)
    except OSError:
        raise falcon.HTTPBadRequest(title="The body breaks off") from None
    if len(body) > MAX_BODY:
        raise falcon.HTTPContentTooLarge()
    return body


class RateLimit:
    """So many requests a minute for each client, in bursts of as many; an IPv6 client is its network of 64 bits.

    Args:
        per_minute: requests.
        proxies: how many trusted proxies in front of the server append to `X-Forwarded-For`.
        clock: seconds that only go up.
    """

    def __init__(self, per_minute: int, proxies: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / _MINUTE
        self._burst = float(per_minute)
        self._proxies = proxies
        self._clock = clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Falcon's hook before a request is answered.

        Raises:
            falcon.HTTPTooManyRequests: the client has to wait.
        """
        wait = self.wait(self._client(req))
        if wait > 0:
            raise falcon.HTTPTooManyRequests(retry_after=ceil(wait))

    def wait(self, client: str) -> float:
        """Count a request of a client; the seconds that it has to wait, or 0 if it may go on."""
        with self._lock:
            now = self._clock()
            left, then = self._clients.get(client, (self._burst, now))
            left = min(self._burst, left + (now - then) * self._rate)
            allowed = left >= 1
            self._clients[client] = (left - 1 if allowed else left, now)
            self._clients.move_to_end(client)
            if len(self._clients) > _CLIENTS:
                self._clients.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate

    def _client(self, req: falcon.Request) -> str:
        """The address that the outermost trusted proxy saw: what is further left, anybody may have written."""
        address: str = req.env.get("REMOTE_ADDR", "")
        if self._proxies:
            forwarded = req.env.get("HTTP_X_FORWARDED_FOR", "").split(",")
            if len(forwarded) >= self._proxies:
                address = forwarded[-self._proxies].strip()
        return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return parsed.packed[:8].hex() if isinstance(parsed, IPv6Address) else address
