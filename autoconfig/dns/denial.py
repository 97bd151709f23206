"""What the NSEC (RFC 4035, section 5.4) or NSEC3 records (RFC 5155, section 8) of a zone prove to be missing.

The records must have been validated. Every function says `Proof.NOTHING` rather than too much.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from dns.dnssec import nsec3_hash
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

_MOST_ITERATIONS = 100  # RFC 9276, section 3.2: beyond it, a zone counts as unsigned
_OPT_OUT = 1


class Proof(Enum):
    """`NO_RECORDS`: the name has none of the type. `UNSIGNED`: its zone is not signed, or need not be (opt-out)."""

    NOTHING = "nothing"
    NO_NAME = "no name"
    NO_RECORDS = "no records"
    UNSIGNED = "unsigned"


class Denial(Protocol):
    """The denying records of one message and one zone."""

    def proof(self, name: Name, rdtype: RdataType) -> Proof:
        """What is proven of the records of a type at a name."""

    def allows_wildcard(self, name: Name, encloser: Name) -> bool:
        """Whether it is proven that `name` itself is missing, so that `*` below `encloser` may stand for it."""


class NsecDenial:
    """Denial by NSEC records, by their owners."""

    def __init__(self, zone: Name, records: Mapping[Name, NSEC]) -> None:
        self._zone = zone
        self._records = records

    def proof(self, name: Name, rdtype: RdataType) -> Proof:
        here = self._records.get(name)
        if here is not None:
            return _proof_by_types(here, rdtype)
        cover = self._cover(name)
        if cover is None:
            return Proof.NOTHING
        owner, record = cover
        if record.next.is_subdomain(name):
            return Proof.NO_RECORDS  # an empty non-terminal
        if name.is_subdomain(owner) and _ends_zone(record):
            return Proof.NOTHING
        return self._proof_of_wildcard(_wildcard(_encloser(name, owner, record)), rdtype)

    def _proof_of_wildcard(self, wildcard: Name, rdtype: RdataType) -> Proof:
        record = self._records.get(wildcard)
        if record is not None:
            return _proof_by_types(record, rdtype)
        return Proof.NO_NAME if self._cover(wildcard) is not None else Proof.NOTHING

    def allows_wildcard(self, name: Name, encloser: Name) -> bool:
        cover = self._cover(name)
        return cover is not None and _encloser(name, *cover) == encloser

    def _cover(self, name: Name) -> tuple[Name, NSEC] | None:
        """The record that leaps over a name, in the order of RFC 4034, section 6.1, which is that of `Name`."""
        for owner, record in self._records.items():
            if owner < name and (name < record.next or record.next == self._zone):
                return owner, record
        return None


class Nsec3Denial:
    """Denial by NSEC3 records of one set of parameters, by the hashes in their owners' first labels."""

    def __init__(self, zone: Name, records: Mapping[str, NSEC3]) -> None:
        self._zone = zone
        first = next(iter(records.values()))
        self._salt, self._iterations = first.salt, first.iterations
        self._records = {
            hash: record
            for hash, record in records.items()
            if (record.salt, record.iterations, record.algorithm) == (self._salt, self._iterations, 1)
        }

    def proof(self, name: Name, rdtype: RdataType) -> Proof:
        if self._iterations > _MOST_ITERATIONS:
            return Proof.UNSIGNED
        here = self._match(name)
        if here is not None:
            return _proof_by_types(here, rdtype)
        encloser = self._closest_encloser(name)
        cover = self._cover(_below(encloser, name)) if encloser is not None else None
        if encloser is None or cover is None:
            return Proof.NOTHING
        return Proof.UNSIGNED if cover.flags & _OPT_OUT else self._proof_of_wildcard(_wildcard(encloser), rdtype)

    def _proof_of_wildcard(self, wildcard: Name, rdtype: RdataType) -> Proof:
        record = self._match(wildcard)
        if record is not None:
            return _proof_by_types(record, rdtype)
        return Proof.NO_NAME if self._cover(wildcard) is not None else Proof.NOTHING

    def allows_wildcard(self, name: Name, encloser: Name) -> bool:
        return self._iterations <= _MOST_ITERATIONS and self._cover(_below(encloser, name)) is not None

    def _closest_encloser(self, name: Name) -> Name | None:
        """The longest existing ancestor of a name (RFC 5155, section 8.3)."""
        while name != self._zone:
            name = name.parent()
            record = self._match(name)
            if record is not None:
                return None if _ends_zone(record) else name
        return None

    def _hash(self, name: Name) -> str:
        return nsec3_hash(name, self._salt, self._iterations, 1)

    def _match(self, name: Name) -> NSEC3 | None:
        return self._records.get(self._hash(name))

    def _cover(self, name: Name) -> NSEC3 | None:
        hash = self._hash(name)
        for owner, record in self._records.items():
            next = base64.b32hexencode(record.next).decode()
            if owner < hash < next or (next <= owner and not next <= hash <= owner):
                return record
        return None


def _proof_by_types(record: NSEC | NSEC3, rdtype: RdataType) -> Proof:
    """What the record of a name itself proves by the types that it lists."""
    if has_type(record, rdtype) or has_type(record, RdataType.CNAME):
        return Proof.NOTHING
    above_cut = has_type(record, RdataType.NS) and not has_type(record, RdataType.SOA)
    if above_cut:
        return Proof.NOTHING if has_type(record, RdataType.DS) else Proof.UNSIGNED
    if rdtype == RdataType.DS and has_type(record, RdataType.SOA):
        return Proof.NOTHING  # the child's word on what only the parent knows
    return Proof.NO_RECORDS


def _ends_zone(record: NSEC | NSEC3) -> bool:
    """Whether names below belong to another zone, so that the record says nothing of them."""
    above_cut = has_type(record, RdataType.NS) and not has_type(record, RdataType.SOA)
    return above_cut or has_type(record, RdataType.DNAME)


def has_type(record: NSEC | NSEC3, rdtype: RdataType) -> bool:
    """Whether a type is in the bitmap of types (RFC 4034, section 4.1.2)."""
    wanted, offset = divmod(rdtype, 256)
    octet, bit = divmod(offset, 8)
    return any(
        window == wanted and octet < len(bitmap) and bitmap[octet] & (0x80 >> bit) for window, bitmap in record.windows
    )


def _encloser(name: Name, owner: Name, record: NSEC) -> Name:
    """The longest ancestor of a name that exists, as an NSEC record that covers the name shows."""
    depth = max(name.fullcompare(owner)[2], name.fullcompare(record.next)[2])
    return name.split(depth)[1]


def _below(encloser: Name, name: Name) -> Name:
    """The ancestor of a name, or the name itself, that is one label longer than `encloser` (the "next closer")."""
    return name.split(len(encloser) + 1)[1]


def _wildcard(encloser: Name) -> Name:
    return Name((b"*", *encloser.labels))
