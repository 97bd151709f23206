"""What DNS says to a question, as a closed set of types: records, proof that there are none, or no answer at all."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from dns.name import Name
from dns.rdatatype import RdataType
from dns.ttl import MAX_TTL

Record = TypeVar("Record")


class Nothing(StrEnum):
    """How DNS says that there is nothing: no such name, or a name without records of the type (RFC 2308)."""

    NXDOMAIN = "NXDOMAIN"
    NO_DATA = "no data"


class Trouble(StrEnum):
    """Why a question has no answer. `REFUSED` is the name server's word, `UNREACHABLE` the network's."""

    TIMEOUT = "timeout"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    BOGUS = "bogus"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"


class Answer(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """Records of one type, at least one.

    `name` was asked for, `canonical` is where CNAMEs led. `ttl` is in seconds and counts down in the cache. `secure`
    tells that DNSSEC vouches for all of it. `wildcard` tells that a signature shows the records to come from a
    wildcard, which only a validating resolver can know.
    """

    name: str
    records: tuple[Record, ...]
    ttl: int
    secure: bool = False
    canonical: str = ""
    wildcard: bool = False


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """DNS says that there is no such record."""

    name: str
    why: Nothing
    ttl: int
    secure: bool = False


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is such a record remains unknown; `detail` says more than `why`."""

    name: str
    why: Trouble
    detail: str


Result = Answer[Record] | Absence | Failure


class Srv(msgspec.Struct, frozen=True):
    """Where a service is (RFC 2782). `target` is in lower case without final dot, but for `.`: not offered."""

    priority: int
    weight: int
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"


class Mx(msgspec.Struct, frozen=True):
    """Where mail of a domain goes (RFC 5321, section 5). `host` is written as `Srv.target`; `.` takes no mail."""

    preference: int
    host: str


class Verdict(msgspec.Struct, frozen=True):
    """What DNSSEC says of a message: whether it vouches for it, from a wildcard or not, and for how many seconds."""

    secure: bool
    wildcard: bool = False
    ttl: int = MAX_TTL

    def __and__(self, other: Verdict) -> Verdict:
        return Verdict(self.secure and other.secure, self.wildcard or other.wildcard, min(self.ttl, other.ttl))


class NoAnswerError(Exception):
    """Raised inside this package where a `Failure` is in the making."""

    def __init__(self, why: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail


class RecordType(msgspec.Struct, Generic[Record], frozen=True):
    """A type of record, and how its data becomes a value."""

    rdtype: RdataType
    read: Callable[[Any], Record]


def name_text(name: Name) -> str:
    """A name in lower case without final dot; what is no letter, digit, hyphen or underscore is escaped."""
    return name.to_text(omit_final_dot=True).lower()


SRV = RecordType(RdataType.SRV, lambda rdata: Srv(rdata.priority, rdata.weight, rdata.port, name_text(rdata.target)))
MX = RecordType(RdataType.MX, lambda rdata: Mx(rdata.preference, name_text(rdata.exchange)))
TXT = RecordType(RdataType.TXT, lambda rdata: b"".join(rdata.strings).decode("utf-8", "backslashreplace"))
A = RecordType[str](RdataType.A, lambda rdata: str(rdata.address))
AAAA = RecordType[str](RdataType.AAAA, lambda rdata: str(rdata.address))
