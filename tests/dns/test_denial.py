"""What NSEC and NSEC3 records prove, against small zones of which everything is known."""

from __future__ import annotations

import base64
from collections.abc import Callable
from itertools import pairwise

import pytest
from dns.dnssec import nsec3_hash
from dns.name import Name, from_text
from dns.rdata import from_text as rdata_from_text
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from autoconfig.dns.denial import Denial, Nsec3Denial, NsecDenial, Proof

APEX = from_text("example.test")
TYPES = {
    "example.test": "SOA NS DNSKEY",
    "a.example.test": "A",
    "cut.example.test": "NS",
    "signed.example.test": "NS DS",
    "dname.example.test": "DNAME",
    "alias.example.test": "CNAME",
    "x.y.example.test": "A",
    "y.example.test": "",  # an empty non-terminal, which only NSEC3 lists
    "*.wild.example.test": "TXT",
    "wild.example.test": "",
}


def nsec_of_zone() -> NsecDenial:
    names = sorted(from_text(name) for name, types in TYPES.items() if types)
    records = {}
    for name, following in pairwise([*names, APEX]):
        types = TYPES[name.to_text(omit_final_dot=True)]
        record = rdata_from_text("IN", "NSEC", f"{following} {types} RRSIG NSEC")
        assert isinstance(record, NSEC)
        records[name] = record
    return NsecDenial(APEX, records)


def nsec3_of_zone(*, flags: int = 0, iterations: int = 1, without: str = "") -> Nsec3Denial:
    hashes = {nsec3_hash(name, "AB", iterations, 1): types for name, types in TYPES.items() if name != without}
    ordered = sorted(hashes)
    records = {}
    for hash, following in pairwise([*ordered, ordered[0]]):
        record = rdata_from_text("IN", "NSEC3", f"1 {flags} {iterations} AB {following} {hashes[hash]}")
        assert isinstance(record, NSEC3) and record.next == base64.b32hexdecode(following)
        records[hash] = record
    return Nsec3Denial(APEX, records)


each_kind = pytest.mark.parametrize("zone", [nsec_of_zone, nsec3_of_zone], ids=["NSEC", "NSEC3"])


@each_kind
@pytest.mark.parametrize(
    ("name", "rdtype", "proof"),
    [
        ("a.example.test", "SRV", Proof.NO_RECORDS),
        ("a.example.test", "A", Proof.NOTHING),
        ("a.example.test", "DS", Proof.NO_RECORDS),
        ("none.example.test", "A", Proof.NO_NAME),
        ("none.example.test", "DS", Proof.NO_NAME),
        ("deep.none.example.test", "A", Proof.NO_NAME),
        ("zzz.example.test", "A", Proof.NO_NAME),
        ("y.example.test", "A", Proof.NO_RECORDS),
        ("z.y.example.test", "A", Proof.NO_NAME),
        ("alias.example.test", "A", Proof.NOTHING),
        ("cut.example.test", "DS", Proof.UNSIGNED),
        ("cut.example.test", "A", Proof.UNSIGNED),
        ("below.cut.example.test", "A", Proof.NOTHING),
        ("signed.example.test", "DS", Proof.NOTHING),
        ("signed.example.test", "A", Proof.NOTHING),
        ("below.signed.example.test", "A", Proof.NOTHING),
        ("below.dname.example.test", "A", Proof.NOTHING),
        ("example.test", "DS", Proof.NOTHING),
        ("example.test", "SRV", Proof.NO_RECORDS),
        ("any.wild.example.test", "SRV", Proof.NO_RECORDS),
        ("any.wild.example.test", "TXT", Proof.NOTHING),
    ],
)
def test_what_is_proven(zone: Callable[[], Denial], name: str, rdtype: str, proof: Proof) -> None:
    assert zone().proof(from_text(name), RdataType.make(rdtype)) is proof


@each_kind
def test_a_wildcard_may_answer_only_for_names_that_do_not_exist(zone: Callable[[], Denial]) -> None:
    wild = from_text("wild.example.test")
    assert zone().allows_wildcard(from_text("any.wild.example.test"), wild)
    assert zone().allows_wildcard(from_text("deep.any.wild.example.test"), wild)
    assert not zone().allows_wildcard(from_text("a.example.test"), APEX)
    assert not zone().allows_wildcard(from_text("x.y.example.test"), APEX)


def test_a_wildcard_further_up_may_not_answer() -> None:
    assert not nsec_of_zone().allows_wildcard(from_text("any.wild.example.test"), APEX)


def test_opt_out_proves_no_more_than_that_the_name_may_be_unsigned() -> None:
    zone = nsec3_of_zone(flags=1)
    assert zone.proof(from_text("none.example.test"), RdataType.DS) is Proof.UNSIGNED
    assert zone.proof(from_text("a.example.test"), RdataType.SRV) is Proof.NO_RECORDS


def test_too_many_iterations_make_a_zone_unsigned() -> None:
    assert nsec3_of_zone(iterations=100).proof(from_text("none.example.test"), RdataType.A) is Proof.NO_NAME
    costly = nsec3_of_zone(iterations=101)
    assert costly.proof(from_text("none.example.test"), RdataType.A) is Proof.UNSIGNED
    assert not costly.allows_wildcard(from_text("any.wild.example.test"), from_text("wild.example.test"))


def test_without_the_closest_encloser_nothing_is_proven() -> None:
    zone = nsec3_of_zone(without="example.test")
    assert zone.proof(from_text("none.example.test"), RdataType.A) is Proof.NOTHING


def test_records_of_other_parameters_are_left_out() -> None:
    name: Name = from_text("a.example.test")
    hash = nsec3_hash(name, "", 0, 1)
    first = rdata_from_text("IN", "NSEC3", f"1 0 5 AB {hash} A")
    other = rdata_from_text("IN", "NSEC3", f"1 0 0 - {hash} A")
    assert isinstance(first, NSEC3) and isinstance(other, NSEC3)
    zone = Nsec3Denial(APEX, {"0" * 32: first, hash: other})
    assert zone.proof(name, RdataType.SRV) is Proof.NOTHING
