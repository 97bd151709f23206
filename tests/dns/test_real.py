"""Against Knot and Unbound: what is secure, insecure, bogus and expired is known to be so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autoconfig.dns import Absence, Answer, CautionKind, Failure, Nothing, Resolver, Trouble, fill, zone
from autoconfig.model import Provider, Server, ServerType
from tests.dns.real_servers import RealServers, needs_programs, running

pytestmark = [pytest.mark.real, needs_programs]

PROVIDER = Provider(
    id="any.test",
    name="Any",
    servers=(
        Server(type=ServerType.IMAP, hostname="imap.%EMAILDOMAIN%"),
        Server(type=ServerType.POP3, hostname="pop.%EMAILDOMAIN%"),
        Server(type=ServerType.SMTP, hostname="smtp.%EMAILDOMAIN%"),
        Server(type=ServerType.CALDAV, url="https://dav.%EMAILDOMAIN%/calendars/"),
    ),
)
RECORDS = """imap A 192.0.2.1
pop A 192.0.2.2
smtp AAAA 2001:db8::3
dav A 192.0.2.4
*.wild TXT x
old DNAME new
_imaps._tcp.new SRV 0 1 993 imap
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServers]:
    _, _, records = zone(PROVIDER, "any.test").decode().partition("\n")
    with running(tmp_path_factory.mktemp("dns"), RECORDS + records) as servers:
        yield servers


@pytest.fixture(params=["validating what Knot says", "validating what Unbound says", "trusting Unbound"])
def judge(request: pytest.FixtureRequest, servers: RealServers) -> Iterator[Resolver]:
    resolver = {
        "validating what Knot says": lambda: Resolver([servers.knot], validate=True, anchors=servers.anchor),
        "validating what Unbound says": lambda: Resolver([servers.unbound], validate=True, anchors=servers.anchor),
        "trusting Unbound": lambda: Resolver([servers.unbound], trust_ad=True),
    }[request.param]()
    with resolver:
        yield resolver


def one_line(domain: str) -> Provider:
    return Provider(id=domain, name=domain, domains=(domain,))


@pytest.mark.parametrize("domain", ["secure.test", "nsec3.test"])
def test_a_signed_zone_gives_a_full_configuration_that_is_secure(judge: Resolver, domain: str) -> None:
    filled = fill(one_line(domain), judge)
    assert [server.hostname or server.url for server in filled.provider.servers] == [
        f"imap.{domain}",
        f"pop.{domain}",
        f"smtp.{domain}",
        f"https://dav.{domain}/calendars/",
    ]
    assert filled.warnings == ()
    assert filled.gaps == ()
    assert all(record.secure for record in filled.provenance if record.record)


def test_an_unsigned_zone_gives_the_same_configuration_insecurely(judge: Resolver) -> None:
    filled = fill(one_line("unsigned.test"), judge)
    assert len(filled.provider.servers) == 4
    assert [caution.kind for caution in filled.warnings] == [CautionKind.UNSIGNED]
    assert not any(record.secure for record in filled.provenance)


@pytest.mark.parametrize("domain", ["bogus.test", "expired.test"])
def test_broken_and_expired_signatures_are_bogus(judge: Resolver, domain: str) -> None:
    result = judge.srv(f"_imaps._tcp.{domain}")
    assert isinstance(result, Failure)
    assert result.why is Trouble.BOGUS


def test_without_validation_they_are_not_noticed(servers: RealServers) -> None:
    with Resolver([servers.knot]) as credulous:
        for domain in ("bogus.test", "expired.test"):
            result = credulous.srv(f"_imaps._tcp.{domain}")
            assert isinstance(result, Answer)
            assert not result.secure


@pytest.mark.parametrize("domain", ["secure.test", "nsec3.test"])
def test_absence_is_proven(judge: Resolver, domain: str) -> None:
    for name, why in ((f"none.{domain}", Nothing.NXDOMAIN), (f"imap.{domain}", Nothing.NO_DATA)):
        result = judge.srv(name)
        assert isinstance(result, Absence)
        assert (result.why, result.secure) == (why, True)


def test_absence_in_an_opt_out_span_is_not_secure(judge: Resolver) -> None:
    missing, present = judge.srv("none.optout.test"), judge.srv("_imaps._tcp.optout.test")
    assert isinstance(missing, Absence) and not missing.secure
    assert isinstance(present, Answer) and present.secure


@pytest.mark.parametrize("domain", ["secure.test", "nsec3.test"])
def test_records_of_a_wildcard_are_secure(judge: Resolver, domain: str) -> None:
    result = judge.txt(f"any.wild.{domain}")
    assert isinstance(result, Answer)
    assert result.secure


def test_an_alias_that_follows_from_a_dname_is_secure(judge: Resolver) -> None:
    result = judge.srv("_imaps._tcp.old.secure.test")
    assert isinstance(result, Answer)
    assert (result.canonical, result.secure) == ("_imaps._tcp.new.secure.test", True)


def test_a_wildcard_is_known_by_its_signature(servers: RealServers) -> None:
    with Resolver([servers.knot], validate=True, anchors=servers.anchor) as resolver:
        result = resolver.txt("any.wild.secure.test")
    assert isinstance(result, Answer)
    assert result.wildcard
