"""Typed look-ups of DNS records: bounded in time, cached, safe for threads and, on demand, validated.

match resolver.srv("_imaps._tcp.example.com"):
    case Answer(records=records): ...        # there it is
    case Absence(why=why): ...               # DNS says that there is nothing
    case Failure(why=why, detail=detail): ...  # nobody knows
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING, Any

from dns.exception import DNSException
from dns.flags import Flag
from dns.message import ChainingResult, Message
from dns.name import Name, from_text
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from msgspec.structs import replace

from autoconfig.dns.answers import (
    AAAA,
    MX,
    SRV,
    TXT,
    A,
    Absence,
    Answer,
    Failure,
    Mx,
    NoAnswerError,
    Nothing,
    Record,
    RecordType,
    Result,
    Srv,
    Trouble,
    Verdict,
    name_text,
)
from autoconfig.dns.nameservers import NameServers, by_address, by_url, of_system
from autoconfig.dns.transport import Https

if TYPE_CHECKING:
    from autoconfig.dns.dnssec import Validator

_LONGEST_CHAIN = 12  # CNAMEs in a row
_LONGEST_TTL = 86400
_LONGEST_NEGATIVE_TTL = 10800  # RFC 2308, section 5

_GRACE = 0.05  # seconds in which a thread tells what it knows of a timeout

Pending = Callable[[], Result[Record]]


class Resolver:
    """Asks name servers. Look-ups run on threads of its own, so that any number of callers may share one.

    Args:
        nameservers: "HOST", "HOST:PORT" or "[IPv6]:PORT", the most preferred one first; by default the system's.
        port: of the name servers that name none.
        timeout: seconds until the next server is asked.
        lifetime: seconds after which a look-up ends, whatever happens.
        https: the URL of a server for DNS over HTTPS (RFC 8484), which is asked instead of `nameservers`.
        validate: count as secure only what DNSSEC proves to us, and fail what it disproves. Needs the extra `dnssec`.
        trust_ad: count as secure what the server says it has validated: for a resolver on this machine.
        anchors: DS or DNSKEY records as in a zone file, from which `validate` starts; by default the root's.
        workers: look-ups at one time.
        cache_size: answers that are kept, each for its TTL and a day at most.

    Raises:
        AddressError: text that names no name server.
        ValueError: `https` is no https URL, or `anchors` holds something else.
        ModuleNotFoundError: `validate` without the extra `dnssec`.
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None = None,
        port: int = 53,
        *,
        timeout: float = 2.0,
        lifetime: float = 5.0,
        https: str | None = None,
        validate: bool = False,
        trust_ad: bool = False,
        anchors: str | None = None,
        workers: int = 128,
        cache_size: int = 10_000,
    ) -> None:
        self.lifetime = lifetime
        self._https = Https(https) if https is not None else None
        if self._https is not None:
            servers = [by_url(self._https, str(https))]
        else:
            servers = list(by_address(of_system() if nameservers is None else nameservers, port))
        self._servers = NameServers(servers, timeout, dnssec=validate, want_ad=trust_ad)
        self._trust_ad = trust_ad
        self._validator = _validator(self._servers, anchors) if validate else None
        self._cache = _Cache(cache_size)
        self._pool = ThreadPoolExecutor(workers, "autoconfig-dns")

    def __enter__(self) -> Resolver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads and close the connections; a closed resolver answers no more."""
        self._pool.shutdown(cancel_futures=True)
        if self._https is not None:
            self._https.close()

    def srv(self, name: str) -> Result[Srv]:
        """Look up where a service is, such as `_imaps._tcp.example.com`."""
        return self.begin(SRV, name)()

    def mx(self, name: str) -> Result[Mx]:
        """Look up where mail of a domain goes."""
        return self.begin(MX, name)()

    def txt(self, name: str) -> Result[str]:
        """Look up texts; the strings of one record are joined."""
        return self.begin(TXT, name)()

    def addresses(self, name: str) -> Result[str]:
        """Look up the IPv4 and IPv6 addresses of a host, in this order."""
        return self.begin_addresses(name)()

    def deadline(self) -> float:
        """The time of `time.monotonic()` at which a look-up that begins now must be over."""
        return time.monotonic() + self.lifetime

    def begin(self, type: RecordType[Record], name: str, deadline: float | None = None) -> Pending[Record]:
        """Begin a look-up and return at once; what is returned waits for the result when it is called.

        A name that DNS cannot hold is a `Failure`. `deadline` makes several look-ups share one lifetime.
        """
        end = deadline if deadline is not None else self.deadline()
        try:
            question = from_text(name)
        except DNSException as error:
            failure = Failure(name=name, why=Trouble.MALFORMED, detail=f"{name!r} is no DNS name: {error}")
            return lambda: failure
        known = self._cache.get(question, type)
        if known is not None:
            return lambda: known
        return partial(_wait, self._pool.submit(self._look_up, question, type, end), name_text(question), end)

    def begin_addresses(self, name: str, deadline: float | None = None) -> Pending[str]:
        """Begin a look-up of the addresses of a host, as `begin` does."""
        end = deadline if deadline is not None else self.deadline()
        version_4, version_6 = self.begin(A, name, end), self.begin(AAAA, name, end)
        return lambda: _merged(version_4(), version_6())

    def _look_up(self, question: Name, type: RecordType[Record], deadline: float) -> Result[Record]:
        name = name_text(question)
        try:
            result = self._follow(question, type, deadline)
        except NoAnswerError as error:
            return Failure(name=name, why=error.why, detail=f"{name}: {error.detail}")
        except DNSException as error:
            return Failure(name=name, why=Trouble.MALFORMED, detail=f"{name}: the answer contradicts itself: {error}")
        self._cache.put(question, type, result)
        return result

    def _follow(self, question: Name, type: RecordType[Record], deadline: float) -> Answer[Record] | Absence:
        """Ask, and ask again where a server stops in the middle of a chain of CNAMEs, as authoritative ones do."""
        asked, links, verdict, ttl = question, 0, Verdict(secure=True), _LONGEST_TTL
        while True:
            response = self._servers.query(asked, type.rdtype, deadline)
            chain = response.resolve_chaining()
            links += len(chain.cnames)
            if links > _LONGEST_CHAIN:
                raise NoAnswerError(Trouble.MALFORMED, f"more than {_LONGEST_CHAIN} CNAMEs in a row, or a loop of them")
            verdict &= self._judge(response, chain, deadline)
            ttl = min(ttl, chain.minimum_ttl, verdict.ttl)
            if chain.answer is not None:
                return Answer(
                    name=name_text(question),
                    records=tuple(map(type.read, chain.answer)),
                    ttl=ttl,
                    secure=verdict.secure,
                    canonical=name_text(chain.canonical_name),
                    wildcard=verdict.wildcard,
                )
            missing = response.rcode() == Rcode.NXDOMAIN
            if missing or not chain.cnames:
                return Absence(
                    name=name_text(question),
                    why=Nothing.NXDOMAIN if missing else Nothing.NO_DATA,
                    ttl=_negative_ttl(response, ttl),
                    secure=verdict.secure,
                )
            asked = chain.canonical_name

    def _judge(self, response: Message, chain: ChainingResult, deadline: float) -> Verdict:
        if self._validator is not None:
            return self._validator.judge(response, chain, deadline)
        return Verdict(secure=self._trust_ad and bool(response.flags & Flag.AD))


def _validator(servers: NameServers, anchors: str | None) -> Validator:
    from autoconfig.dns.dnssec import Validator

    return Validator(servers.query, anchors)


def _negative_ttl(response: Message, ttl: int) -> int:
    """How long an absence is known: never, if the zone does not say (RFC 2308, section 5)."""
    told = any(rrset.rdtype == RdataType.SOA for rrset in response.authority)
    return min(ttl, _LONGEST_NEGATIVE_TTL) if told else 0


def _wait(future: Future[Result[Record]], name: str, deadline: float) -> Result[Record]:
    """The result, or a timeout if even the thread that is to see to the deadline is held up."""
    try:
        return future.result(max(0.0, deadline - time.monotonic()) + _GRACE)
    except (FutureTimeoutError, CancelledError):
        future.cancel()
        return Failure(name=name, why=Trouble.TIMEOUT, detail=f"{name}: no answer in time")


def _merged(first: Result[str], second: Result[str]) -> Result[str]:
    match first, second:
        case Answer(), Answer():
            return replace(
                first,
                records=first.records + second.records,
                ttl=min(first.ttl, second.ttl),
                secure=first.secure and second.secure,
                wildcard=first.wildcard or second.wildcard,
            )
        case (Answer(), _) | (Failure(), Absence()):
            return first
        case (_, Answer()) | (_, Failure()):
            return second
        case Absence(why=Nothing.NXDOMAIN), _:
            return first
    return second


_Key = tuple[Name, RecordType[Any]]


class _Cache:
    """Results until their TTL ends, the least recently used ones leaving first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[_Key, tuple[float, Answer[Any] | Absence]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: Name, type: RecordType[Any]) -> Answer[Any] | Absence | None:
        key = name, type
        with self._lock:
            if key not in self._entries:
                return None
            expiry, result = self._entries[key]
            left = ceil(expiry - time.monotonic())
            if left <= 0:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
        return replace(result, ttl=left)

    def put(self, name: Name, type: RecordType[Any], result: Answer[Any] | Absence) -> None:
        if result.ttl <= 0:
            return
        with self._lock:
            self._entries[name, type] = (time.monotonic() + result.ttl, result)
            self._entries.move_to_end((name, type))
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
