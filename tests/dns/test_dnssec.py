from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rdataset
import dns.rrset
import pytest
from dns.rdatatype import RdataType

from autoconfig.dns import Absence, Answer, CautionKind, Failure, Nothing, Resolver, Result, Trouble, fill
from autoconfig.dns.answers import Srv
from autoconfig.model import Provider
from tests.dns.signing import DAY, SignedZone
from tests.support.dns_server import Behaviour, DnsServer

RECORDS = "_imaps._tcp SRV 0 1 993 imap\nimap A 192.0.2.1\n_pop3s._tcp SRV 0 0 0 .\n*.wild TXT wild"
NAME = "_imaps._tcp.example.test"


@contextmanager
def validating(server: DnsServer, anchors: str) -> Iterator[Resolver]:
    with Resolver([server.address], timeout=0.5, lifetime=2.0, validate=True, anchors=anchors) as resolver:
        yield resolver


@contextmanager
def below(server: DnsServer, child: SignedZone | str, *, ds: str | None = None, ns: bool = True) -> Iterator[Resolver]:
    """A resolver with an anchor for `test`, below which is `example.test`, delegated as told."""
    delegation = "example NS ns.example\n" if ns else ""
    digest = ds if ds is not None else child.ds if isinstance(child, SignedZone) else ""
    parent = SignedZone("test", f"{delegation}{digest}\nns A 192.0.2.9")
    server.add("test", parent.zone)
    server.add("example.test", child if isinstance(child, str) else child.zone)
    with validating(server, parent.ds) as resolver:
        yield resolver


def adding(section: str, zone: SignedZone, rdtype: RdataType) -> Behaviour:
    """Add all records of a type, with their signatures, to a section of the answer."""

    def behaviour(question: bytes, answer: bytes) -> list[bytes]:
        message = dns.message.from_wire(answer)
        for owner, records in zone.zone.iterate_rdatasets():
            if rdtype in (records.rdtype, records.covers):
                getattr(message, section).append(dns.rrset.from_rdata_list(owner, records.ttl, list(records)))
        return [message.to_wire()]

    return behaviour


def secure(result: Result[Srv] | Result[str]) -> bool:
    assert isinstance(result, Answer | Absence), result
    return result.secure


def bogus(result: Result[Srv] | Result[str]) -> bool:
    return isinstance(result, Failure) and result.why is Trouble.BOGUS


def test_records_below_a_chain_of_signatures_are_secure(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        assert secure(resolver.srv(NAME))
        assert secure(resolver.addresses("imap.example.test"))
        assert secure(resolver.srv("_pop3s._tcp.example.test"))


def test_an_anchor_may_be_a_key_of_the_zone_itself(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS)
    server.add("example.test", zone.zone)
    with validating(server, f"example.test. IN DNSKEY {zone.key}") as resolver:
        assert secure(resolver.srv(NAME))


def test_a_zone_without_ds_is_insecure(server: DnsServer) -> None:
    with below(server, RECORDS) as resolver:
        assert not secure(resolver.srv(NAME))
        assert not secure(resolver.srv("missing.example.test"))


def test_a_signed_zone_without_ds_is_insecure(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS), ds="") as resolver:
        assert not secure(resolver.srv(NAME))


def test_what_is_below_no_anchor_is_insecure(server: DnsServer) -> None:
    server.add("example.org", RECORDS)
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        assert not secure(resolver.srv("_imaps._tcp.example.org"))


def test_a_ds_of_unknown_algorithms_makes_the_zone_insecure(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS)
    unknown = zone.ds.replace(" 13 2 ", " 252 2 ")
    assert unknown != zone.ds
    with below(server, zone, ds=unknown) as resolver:
        assert not secure(resolver.srv(NAME))


def test_altered_records_are_bogus(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS).altered("_imaps._tcp", "imap", "evil")) as resolver:
        assert bogus(resolver.srv(NAME))
        assert secure(resolver.addresses("imap.example.test"))


@pytest.mark.parametrize(("begins", "ends"), [(-2 * DAY, -DAY), (DAY, 2 * DAY)])
def test_signatures_out_of_time_are_bogus(server: DnsServer, begins: float, ends: float) -> None:
    with below(server, SignedZone("example.test", RECORDS, begins=begins, ends=ends)) as resolver:
        assert bogus(resolver.srv(NAME))
        assert bogus(resolver.srv("missing.example.test"))


def test_records_without_signature_in_a_signed_zone_are_bogus(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS).without("_imaps._tcp", RdataType.RRSIG, RdataType.SRV)
    with below(server, zone) as resolver:
        assert bogus(resolver.srv(NAME))


def test_an_unsigned_zone_in_the_place_of_a_signed_one_is_bogus(server: DnsServer) -> None:
    with below(server, RECORDS, ds=SignedZone("example.test", RECORDS).ds) as resolver:
        assert bogus(resolver.srv(NAME))


def test_the_keys_of_somebody_else_are_bogus(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS), ds=SignedZone("example.test", RECORDS).ds) as resolver:
        assert bogus(resolver.srv(NAME))


def test_a_zone_that_its_parent_does_not_know_is_bogus(server: DnsServer) -> None:
    with below(server, RECORDS, ns=False, ds="") as resolver:
        assert bogus(resolver.srv(NAME))


def test_an_anchor_that_does_not_fit_makes_all_bogus(server: DnsServer) -> None:
    server.add("example.test", SignedZone("example.test", RECORDS).zone)
    with validating(server, SignedZone("example.test", RECORDS).ds) as resolver:
        assert bogus(resolver.srv(NAME))


def test_a_signature_above_the_anchor_does_not_make_a_name_insecure(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS)
    forged = SignedZone("test", "_imaps._tcp.example SRV 0 1 993 evil")
    for rdtype, covers in ((RdataType.SRV, RdataType.TYPE0), (RdataType.RRSIG, RdataType.SRV)):
        zone.zone.replace_rdataset(f"{NAME}.", forged.zone.find_rdataset(f"{NAME}.", rdtype, covers))
    server.add("example.test", zone.zone)
    with validating(server, zone.ds) as resolver:
        assert bogus(resolver.srv(NAME))


def test_absence_is_proven(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        missing, empty = resolver.srv("missing.example.test"), resolver.srv("imap.example.test")
        inner = resolver.srv("_tcp.example.test")
    assert isinstance(missing, Absence) and missing.why is Nothing.NXDOMAIN and missing.secure
    assert isinstance(empty, Absence) and empty.why is Nothing.NO_DATA and empty.secure
    assert isinstance(inner, Absence) and inner.why is Nothing.NO_DATA and inner.secure


def test_absence_without_proof_is_bogus(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS)
    for owner in list(zone.zone):
        zone.without(owner.to_text(), RdataType.NSEC)
    with below(server, zone) as resolver:
        assert bogus(resolver.srv("missing.example.test"))
        assert secure(resolver.srv(NAME))


def test_a_denied_record_that_exists_is_bogus(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS).without("_imaps._tcp", RdataType.SRV)
    with below(server, zone) as resolver:
        assert bogus(resolver.srv(NAME))


def test_records_of_a_wildcard_are_secure_and_known_to_be_of_one(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        answer = resolver.txt("any.wild.example.test")
        literal = resolver.txt("*.wild.example.test")
    assert isinstance(answer, Answer) and answer.secure and answer.wildcard
    assert isinstance(literal, Answer) and literal.secure and not literal.wildcard


def test_records_of_a_wildcard_where_a_name_exists_are_bogus(server: DnsServer) -> None:
    zone = SignedZone("example.test", "*.wild TXT wild\nown.wild TXT own")
    owner, wildcard = "own.wild.example.test.", "*.wild.example.test."
    for covers in (RdataType.TYPE0, RdataType.TXT):
        rdtype = RdataType.RRSIG if covers else RdataType.TXT
        zone.zone.replace_rdataset(owner, zone.zone.find_rdataset(wildcard, rdtype, covers))
    with below(server, zone) as resolver:
        assert bogus(resolver.txt("own.wild.example.test"))
        assert secure(resolver.txt("other.wild.example.test"))


def test_a_wildcard_in_the_place_of_a_name_that_is_proven_to_exist_is_bogus(server: DnsServer) -> None:
    zone = SignedZone("example.test", "*.wild TXT wild\nown.wild TXT own")
    for rdtype, covers in ((RdataType.TXT, RdataType.TYPE0), (RdataType.RRSIG, RdataType.TXT)):
        wild = zone.zone.find_rdataset("*.wild.example.test.", rdtype, covers)
        zone.zone.replace_rdataset("own.wild.example.test.", wild)
    server.misbehave(adding("authority", zone, RdataType.NSEC), "own.wild.example.test", "TXT")
    with below(server, zone) as resolver:
        assert bogus(resolver.txt("own.wild.example.test"))


def test_no_data_where_only_the_absence_of_the_name_is_proven_is_bogus(server: DnsServer) -> None:
    server.misbehave(
        lambda question, answer: [answer[:3] + bytes([answer[3] & 0xF0]) + answer[4:]], "missing.example.test"
    )
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        assert bogus(resolver.srv("missing.example.test"))


def test_what_the_parent_says_at_an_unsigned_delegation_is_insecure(server: DnsServer) -> None:
    parent = SignedZone("test", "example NS ns.example")
    server.add("test", parent.zone)
    with validating(server, parent.ds) as resolver:
        result = resolver.srv("example.test")
    assert isinstance(result, Absence) and not result.secure


def test_an_alias_that_follows_from_a_dname_is_as_secure_as_that(server: DnsServer) -> None:
    zone = SignedZone("example.test", RECORDS + "\nold DNAME example.test.")
    for name, target in (("_imaps._tcp.old", "_imaps._tcp"), ("_pop3s._tcp.old", "_imaps._tcp")):
        cname = dns.rdataset.from_text("IN", "CNAME", 300, f"{target}.example.test.")
        zone.zone.replace_rdataset(f"{name}.example.test.", cname)
    server.misbehave(adding("answer", zone, RdataType.DNAME), type="SRV")
    with below(server, zone) as resolver:
        assert secure(resolver.srv("_imaps._tcp.old.example.test"))
        assert bogus(resolver.srv("_pop3s._tcp.old.example.test"))


def test_more_keys_than_anybody_needs_are_bogus(server: DnsServer) -> None:
    keys = "\n".join(f"@ DNSKEY 256 3 13 {base64.b64encode(bytes([number]) * 64).decode()}" for number in range(40))
    with below(server, SignedZone("example.test", f"{RECORDS}\n{keys}")) as resolver:
        assert bogus(resolver.srv(NAME))


def test_an_alias_is_as_secure_as_its_weakest_link(server: DnsServer) -> None:
    server.add("example.org", RECORDS)
    zone = SignedZone(
        "example.test", RECORDS + "\nin CNAME _imaps._tcp\nout CNAME _imaps._tcp.example.org.\ngone CNAME x"
    )
    with below(server, zone) as resolver:
        assert secure(resolver.srv("in.example.test"))
        assert not secure(resolver.srv("out.example.test"))
        gone = resolver.srv("gone.example.test")
    assert isinstance(gone, Absence) and gone.why is Nothing.NXDOMAIN and gone.secure


def test_the_keys_of_a_zone_are_fetched_once(server: DnsServer) -> None:
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        resolver.srv(NAME)
        resolver.addresses("imap.example.test")
    keys = [query for query in server.queries if query.type == "DNSKEY"]
    assert sorted(query.name for query in keys) == ["example.test", "test"]


def test_fill_tells_signed_zones_from_unsigned_ones(server: DnsServer) -> None:
    provider = Provider(id="example.test", name="Example", domains=("example.test",))
    with below(server, SignedZone("example.test", RECORDS)) as resolver:
        signed = fill(provider, resolver)
    with below(server, RECORDS) as resolver:
        unsigned = fill(provider, resolver)
    assert signed.provider == unsigned.provider
    assert all(record.secure for record in signed.provenance if record.record)
    assert not any(record.secure for record in unsigned.provenance)
    assert CautionKind.UNSIGNED in {caution.kind for caution in unsigned.warnings}
    assert CautionKind.UNSIGNED not in {caution.kind for caution in signed.warnings}


@pytest.mark.parametrize("anchors", ["", "example.test. IN A 192.0.2.1", "what?", "example.test. IN DS 1 2"])
def test_anchors_that_are_none_are_refused(anchors: str) -> None:
    with pytest.raises(ValueError, match="anchor"):
        Resolver(["127.0.0.1"], validate=True, anchors=anchors)


def test_the_anchors_of_the_root_are_built_in(server: DnsServer) -> None:
    server.add(".", SignedZone(".", "test TXT x").zone)
    with Resolver([server.address], validate=True, timeout=0.5) as resolver:
        assert bogus(resolver.txt("test"))
