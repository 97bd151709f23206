"""A DNS server on loopback, over UDP and TCP, that answers from zones as told and misbehaves as told.

    with DnsServer() as server:
        server.add("example.test", "_imaps._tcp SRV 0 1 993 imap\nimap A 192.0.2.1")
        server.latency = 0.05
        server.misbehave(silent, "imap.example.test", over="udp")
        resolver = Resolver([server.address])

It answers as a resolver does, CNAMEs followed to their end, out of whatever zones it has; names outside of them do
not exist. Signed zones are served with their signatures and, where something is missing, all their denials.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Literal, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rrset
import dns.zone
from dns.name import Name
from dns.rdatatype import RdataType

Transport = Literal["udp", "tcp"]
Behaviour = Callable[[bytes, bytes], Iterable[bytes]]
"""From the question and the proper answer to the messages that are sent."""

_APEX = "@ SOA ns hostmaster 1 7200 900 1209600 300\n@ NS ns\n"
_DENIALS = (RdataType.NSEC, RdataType.NSEC3)
_MOST_LINKS = 20


def proper(question: bytes, answer: bytes) -> Iterable[bytes]:
    """What a good server does."""
    return [answer]


def silent(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Never answer."""
    return []


def wrong_id(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Answer as somebody does who did not see the question."""
    return [bytes([answer[0] ^ 0xFF]) + answer[1:]]


def forged_first(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Be overtaken by a forger who guesses the id wrongly."""
    return [*wrong_id(question, dns.message.make_response(dns.message.from_wire(question)).to_wire()), answer]


def wrong_question(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Answer something that was not asked."""
    other = dns.message.make_query("other.invalid", "SRV", id=int.from_bytes(question[:2]))
    return [dns.message.make_response(other).to_wire()]


def truncated(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Say that the answer does not fit, and send none of it."""
    message = dns.message.make_response(dns.message.from_wire(question))
    message.flags |= dns.flags.TC
    return [message.to_wire()]


def fails(rcode: dns.rcode.Rcode) -> Behaviour:
    """Answer with an error."""

    def behaviour(question: bytes, answer: bytes) -> Iterable[bytes]:
        message = dns.message.make_response(dns.message.from_wire(question))
        message.set_rcode(rcode)
        return [message.to_wire()]

    return behaviour


def replies(body: bytes, *, answers: int = 1) -> Behaviour:
    """Answer the question with `body` behind a proper header, which promises as many answers, and question."""

    def behaviour(question: bytes, answer: bytes) -> Iterable[bytes]:
        header = struct.pack("!HHHHHH", int.from_bytes(question[:2]), 0x8180, 1, answers, 0, 0)
        return [header + _question_section(question) + body]

    return behaviour


class Query(NamedTuple):
    """A question that the server got; names are in lower case without final dot."""

    over: Transport
    name: str
    type: str


class _Rule(NamedTuple):
    behaviour: Behaviour
    name: Name | None
    rdtype: RdataType | None
    over: Transport | None

    def covers(self, name: Name, rdtype: RdataType, over: Transport) -> bool:
        return self.name in (None, name) and self.rdtype in (None, rdtype) and self.over in (None, over)


class DnsServer:
    """The server; its threads run between `__enter__` and `__exit__`.

    `latency` delays each answer by so many seconds; `drip` each octet over TCP; `queries` tells what was asked.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.drip = 0.0
        self.queries: list[Query] = []
        self._zones: dict[Name, dns.zone.Zone] = {}
        self._rules: list[_Rule] = []
        self._prepared: dict[tuple[Transport, bytes], tuple[Query, Behaviour, bytes]] = {}
        self._stopped = threading.Event()
        self._udp, self._tcp = free_sockets()
        self._threads = [threading.Thread(target=serve, daemon=True) for serve in (self._serve_udp, self._serve_tcp)]

    @property
    def port(self) -> int:
        """The port, of UDP and TCP alike."""
        return int(self._udp.getsockname()[1])

    @property
    def address(self) -> str:
        """What a resolver takes as a name server."""
        return f"127.0.0.1:{self.port}"

    def add(self, origin: str, records: str | dns.zone.Zone) -> None:
        """Serve a zone: the lines of a zone file, to which SOA and NS are added where they lack, or a whole zone."""
        name = dns.name.from_text(origin)
        if isinstance(records, str):
            apex = "" if " SOA " in records else _APEX
            text = f"$TTL 300\n{apex}{records}\n"
            zone = dns.zone.from_text(text, name, relativize=False, check_origin=False)
        else:
            zone = records
        self._zones[name] = zone
        self._prepared.clear()

    def misbehave(
        self, behaviour: Behaviour, name: str | None = None, type: str | None = None, over: Transport | None = None
    ) -> None:
        """Answer questions of a name, a type and a transport, or any, by a behaviour; the latest rule counts."""
        asked_name = dns.name.from_text(name) if name is not None else None
        self._rules.insert(0, _Rule(behaviour, asked_name, RdataType.make(type) if type is not None else None, over))
        self._prepared.clear()

    def asked(self, name: str) -> int:
        """How many questions of a name there were."""
        return sum(query.name == name for query in self.queries)

    def __enter__(self) -> DnsServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def reply(self, question: bytes, over: Transport) -> Iterable[bytes]:
        """The messages that the server sends for a question; those that were prepared before need only a new id."""
        key = (over, question[2:])
        if key not in self._prepared:
            self._prepared[key] = self._prepare(question, over)
        query, behaviour, answer = self._prepared[key]
        self.queries.append(query)
        return behaviour(question, question[:2] + answer[2:])

    def _prepare(self, question: bytes, over: Transport) -> tuple[Query, Behaviour, bytes]:
        message = dns.message.from_wire(question)
        asked = message.question[0]
        rules = (rule.behaviour for rule in self._rules if rule.covers(asked.name, asked.rdtype, over))
        query = Query(over, asked.name.to_text(omit_final_dot=True).lower(), RdataType.to_text(asked.rdtype))
        return query, next(rules, proper), self._answer(message, over)

    def _answer(self, query: dns.message.Message, over: Transport) -> bytes:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        signed = bool(query.ednsflags & dns.flags.DO)
        asked = query.question[0]
        name: Name | None = asked.name
        for _ in range(_MOST_LINKS):
            if name is None:
                break
            name = self._add_step(response, name, asked.rdtype, signed)
        limit = 65535 if over == "tcp" else max(512, query.payload)
        try:
            return response.to_wire(max_size=limit)
        except dns.exception.TooBig:
            response.answer, response.authority = [], []
            response.flags |= dns.flags.TC
            return response.to_wire()

    def _add_step(self, response: dns.message.Message, name: Name, rdtype: RdataType, signed: bool) -> Name | None:
        """Add what the zone of a name says of it; return where a CNAME leads."""
        zone = self._zone_of(name, rdtype)
        if zone is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return None
        owner = _owner(zone, name)
        if owner is None:
            if not _is_empty_nonterminal(zone, name):
                response.set_rcode(dns.rcode.NXDOMAIN)
            _add_soa(response, zone, signed)
            return None
        wanted = rdtype if zone.get_rdataset(owner, rdtype) is not None else RdataType.CNAME
        records = zone.get_rdataset(owner, wanted)
        if records is None:
            _add_soa(response, zone, signed)
            return None
        _add(response.answer, name, records)
        signatures = zone.get_rdataset(owner, RdataType.RRSIG, wanted)
        if signed and signatures is not None:
            _add(response.answer, name, signatures)
        if signed and owner != name:
            _add_denials(response, zone)
        target: Name | None = records[0].target if wanted != rdtype else None
        return target

    def _zone_of(self, name: Name, rdtype: RdataType) -> dns.zone.Zone | None:
        """The zone that a name is in: for DS records, the one above the cut."""
        origins = [origin for origin in self._zones if name.is_subdomain(origin)]
        if rdtype == RdataType.DS and len(origins) > 1:
            origins = [origin for origin in origins if origin != name]
        return self._zones[max(origins, key=len)] if origins else None

    def _serve_udp(self) -> None:
        due: list[tuple[float, int, bytes, tuple[str, int]]] = []
        number = itertools.count()
        with selectors.DefaultSelector() as selector:
            selector.register(self._udp, selectors.EVENT_READ)
            while not self._stopped.is_set():
                wait = max(0.0, due[0][0] - time.monotonic()) if due else 0.05
                if selector.select(min(wait, 0.05)):
                    question, client = self._udp.recvfrom(65535)
                    at = time.monotonic() + self.latency
                    for message in self.reply(question, "udp"):
                        heapq.heappush(due, (at, next(number), message, client))
                while due and due[0][0] <= time.monotonic():
                    _, _, message, client = heapq.heappop(due)
                    self._udp.sendto(message, client)

    def _serve_tcp(self) -> None:
        talks: list[threading.Thread] = []
        while not self._stopped.is_set():
            try:
                connection, _ = self._tcp.accept()
            except TimeoutError:
                continue
            talks.append(threading.Thread(target=self._talk, args=(connection,), daemon=True))
            talks[-1].start()
        for talk in talks:
            talk.join()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(5)
            try:
                question = stream.read(int.from_bytes(stream.read(2)))
                if not question:
                    return
                self._stopped.wait(self.latency)
                for message in self.reply(question, "tcp"):
                    self._send(connection, struct.pack("!H", len(message)) + message)
            except OSError:
                return  # the client has gone

    def _send(self, connection: socket.socket, data: bytes) -> None:
        if not self.drip:
            connection.sendall(data)
            return
        for octet in data:
            connection.sendall(bytes([octet]))
            if self._stopped.wait(self.drip):
                return


def free_sockets() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on one port that was free."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
            continue
        tcp.settimeout(0.05)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return udp, tcp


def _question_section(question: bytes) -> bytes:
    message = dns.message.from_wire(question)
    name = message.question[0].name.to_wire()
    assert name is not None
    return name + struct.pack("!HH", message.question[0].rdtype, 1)


def _owner(zone: dns.zone.Zone, name: Name) -> Name | None:
    """The name in the zone that answers for a name: itself, or the wildcard nearest to it (RFC 4592)."""
    if zone.get_node(name) is not None:
        return name
    if _is_empty_nonterminal(zone, name):
        return None
    assert zone.origin is not None
    while name != zone.origin:
        name = name.parent()
        wildcard = Name((b"*", *name.labels))
        if zone.get_node(wildcard) is not None:
            return wildcard
        if zone.get_node(name) is not None or _is_empty_nonterminal(zone, name):
            return None
    return None


def _is_empty_nonterminal(zone: dns.zone.Zone, name: Name) -> bool:
    return any(owner.is_subdomain(name) for owner in zone)


def _add(section: list[dns.rrset.RRset], name: Name, records: dns.rdataset.Rdataset) -> None:
    section.append(dns.rrset.from_rdata_list(name, records.ttl, list(records)))


def _add_soa(response: dns.message.Message, zone: dns.zone.Zone, signed: bool) -> None:
    assert zone.origin is not None
    soa = zone.find_rdataset(zone.origin, RdataType.SOA)
    _add(response.authority, zone.origin, soa)
    if signed:
        _add_denials(response, zone)


def _add_denials(response: dns.message.Message, zone: dns.zone.Zone) -> None:
    """Every NSEC and NSEC3 record of the zone: more than is needed, and all that is needed is among it."""
    for owner, rdataset in zone.iterate_rdatasets():
        if rdataset.rdtype in _DENIALS or rdataset.covers in _DENIALS:
            _add(response.authority, owner, rdataset)
