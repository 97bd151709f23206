"""Whole audits: of a faultless domain, of one with ten faults, and of what a hostile internet answers."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

import dns.zone
import pytest
from msgspec.structs import replace

import autoconfig
from autoconfig.catalog import Catalog
from autoconfig.checks import page
from autoconfig.checks.audit import BY_ID, audit, audit_many, sarif
from autoconfig.discovery import ALL
from autoconfig.dns.records import Resolver
from autoconfig.errors import AddressError
from autoconfig.formats import mozilla, outlook
from autoconfig.model import Server, ServerType
from autoconfig.verification import Severity
from tests.support.audited import (
    AUTOCONFIG,
    AUTODISCOVER,
    IMAP,
    PACC,
    PROVIDER,
    TEN_FAULTS,
    UA,
    WELL_KNOWN,
    Estate,
    answer,
    ending_soon,
    plant_ten_faults,
)
from tests.support.dns_server import DnsServer, silent
from tests.support.internet import CONFIG, DOMAIN, POX
from tests.support.web import Answer, Request
from tests.test_docs import DOCS


def test_a_domain_without_faults_gives_no_finding(estate: Estate) -> None:
    assert estate.rules() == []
    estate.define()
    audit = estate.audit()
    assert (audit.findings, audit.is_sound, audit.compared_with) == ((), True, f"the definition {DOMAIN}")


def test_ten_planted_faults_are_named_and_nothing_else(estate: Estate, tmp_path: Path) -> None:
    with ending_soon(estate.internet, tmp_path) as imap:
        plant_ten_faults(estate, imap.port)
        assert tuple(estate.rules()) == TEN_FAULTS
        estate.define()
        audit = estate.audit()
    assert tuple(finding.rule for finding in audit.findings) == TEN_FAULTS
    assert not audit.is_sound


def test_the_records_that_mend_can_be_put_into_the_zone(estate: Estate) -> None:
    """The lines of the remedy, as they stand, take the finding away."""
    estate.define()
    estate.without(f"_imaps._tcp.{DOMAIN}", f"_submissions._tcp.{DOMAIN}", f"_ua-auto-config.{DOMAIN}", AUTOCONFIG)
    estate.record(f"{AUTOCONFIG}. CNAME gone.{DOMAIN}.")
    findings = estate.audit().findings
    assert [it.rule for it in findings] == ["dangling-alias", "pacc-digest-mismatch", "service-without-srv"]
    estate.without(AUTOCONFIG)
    lines = [line for finding in findings for line in finding.remedy.splitlines() if line.startswith("  ")]
    zone = dns.zone.from_text("\n".join(map(str.strip, lines)), DOMAIN, check_origin=False, relativize=False)
    for name, ttl, rdata in zone.iterate_rdatas():
        estate.record(f"{name} {ttl} IN {rdata.rdtype.name} {rdata.to_text()}")
    with Resolver([estate.internet.dns.address]) as without_cache:
        assert estate.audit(resolver=without_cache).findings == ()


def test_a_missing_alias_leads_where_the_others_do(estate: Estate) -> None:
    estate.without(AUTOCONFIG, AUTODISCOVER)
    estate.serve("https", DOMAIN, WELL_KNOWN, Answer(status=404))
    estate.record(f"{AUTODISCOVER}. CNAME web.hoster.test.")
    estate.record("web.hoster.test. A 127.0.0.1")
    (finding,) = estate.audit().findings
    assert finding.rule == "missing-autoconfig"
    assert "  autoconfig 3600 IN CNAME web.hoster.test.\n" in finding.remedy


def test_findings_come_in_the_order_of_mending(estate: Estate) -> None:
    estate.without(f"_imaps._tcp.{DOMAIN}", UA, f"_ua-auto-config.{DOMAIN}")
    estate.serve("https", DOMAIN, WELL_KNOWN, Answer(b"<!doctype html>"))
    estate.nothing_at("http", DOMAIN)
    found = [(finding.severity, finding.rule) for finding in estate.audit().findings]
    assert found == [
        (Severity.ERROR, "html-instead-of-xml"),
        (Severity.WARNING, "service-without-srv"),
        (Severity.NOTE, "missing-pacc"),
    ]


def test_notes_alone_are_sound(estate: Estate) -> None:
    estate.without(UA, f"_ua-auto-config.{DOMAIN}")
    audit = estate.audit()
    assert [finding.rule for finding in audit.findings] == ["missing-pacc"]
    assert audit.is_sound


def test_several_domains_are_audited_at_once(estate: Estate) -> None:
    estate.record("empty.test. A 127.0.0.1")
    found = {it.domain: it for it in audit_many([DOMAIN, "empty.test", DOMAIN.upper()], **estate.options())}
    assert set(found) == {DOMAIN, "empty.test"}
    assert found[DOMAIN].is_sound
    assert [finding.rule for finding in found["empty.test"].findings] == ["nothing-published"]


def test_a_domain_that_does_not_exist_is_told_to_be_unknown(estate: Estate) -> None:
    (finding,) = audit("nowhere.test", **estate.options()).findings
    assert (finding.rule, finding.text) == ("nothing-published", "DNS has no such domain")


@pytest.mark.parametrize("text", ["", "com", "co.uk", "a b.example", "192.0.2.1", "jan@example.com", "-.example"])
def test_what_is_no_mail_domain_is_refused_before_anything_is_asked(text: str) -> None:
    with DnsServer() as server, Resolver([server.address]) as resolver:
        with pytest.raises(AddressError, match=r"expected something like|registered"):
            audit(text, resolver=resolver, catalog=Catalog(()))
        with pytest.raises(AddressError, match=r"expected something like|registered"):
            next(audit_many(["example.com", text], resolver=resolver, catalog=Catalog(())))
    assert server.queries == []


def test_without_a_network_there_is_one_finding_and_no_wait_for_servers(estate: Estate) -> None:
    estate.define()
    estate.internet.dns.misbehave(silent)
    with Resolver([estate.internet.dns.address], timeout=0.1, lifetime=0.3) as resolver:
        audit = estate.audit(resolver=resolver, deadline=1.0)
    assert [finding.rule for finding in audit.findings] == ["no-answer"]
    assert audit.is_offline
    assert audit.report.servers == ()


def test_a_network_that_knows_no_name_at_all_is_none(estate: Estate) -> None:
    with DnsServer() as server, Resolver([server.address]) as resolver:
        audit = estate.audit(resolver=resolver)
    assert ([finding.rule for finding in audit.findings], audit.is_offline) == (["no-answer"], True)


def test_name_servers_that_fail_in_part_are_told_and_the_rest_goes_on(estate: Estate) -> None:
    estate.internet.dns.misbehave(silent, f"_ua-auto-config.{DOMAIN}")
    with Resolver([estate.internet.dns.address], timeout=0.2, lifetime=0.5) as resolver:
        audit = estate.audit(resolver=resolver)
    assert "no-answer" in [finding.rule for finding in audit.findings]
    assert not audit.is_offline
    assert len(audit.report.servers) == 2


def endless(request: Request) -> None:
    """Sends an element that never ends, until the client hangs up."""
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<clientConfig>")
    try:
        while True:
            request.connection.sendall(b"<x>")
            sleep(0.02)
    except OSError:
        return


HOSTILE = {
    "huge": Answer(b"<clientConfig>" + b"x" * (3 << 20)),
    "bomb": Answer(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'),
    "noise": Answer(bytes(range(256)) * 100),
    "nested": Answer(b"<a>" * 100_000),
    "json": Answer(b"[" * 500_000),
    "steering": Answer(b"<!doctype html>", headers={"Content-Type": "\x1b[2Jx"}),
    "loop": Answer(status=302, headers={"Location": "/"}),
    "odd redirect": Answer(status=302, headers={"Location": "http://[::1"}),
    "status": Answer(status=999),
    "nothing": Answer(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_web_answers_an_audit_ends_with_findings(name: str, estate: Estate) -> None:
    for host in (DOMAIN, AUTOCONFIG, AUTODISCOVER, UA):
        for scheme in ("http", "https"):
            estate.catch_all(scheme, host, HOSTILE[name])
    audit = estate.audit(deadline=5.0)
    assert not audit.is_sound
    assert all(finding.rule in BY_ID for finding in audit.findings)
    json.loads(sarif.render([audit]))


def test_an_endless_answer_ends_with_the_deadline(estate: Estate) -> None:
    for host, path in ((AUTOCONFIG, CONFIG), (DOMAIN, WELL_KNOWN), (DOMAIN, POX), (UA, PACC)):
        estate.serve("https", host, path, endless)
    audit = estate.audit(deadline=1.5)
    assert "no-answer" in [finding.rule for finding in audit.findings]


BROKEN_URLS = ("https://[::1", "https://example.test:99999/", "javascript:alert(1)", "https://exa mple/", "//")


def test_what_is_no_url_ends_no_audit(estate: Estate) -> None:
    """In records, in redirects by HTTP and by autodiscover, and in documents that all else is compared with."""
    servers = (Server(type=ServerType.CALDAV, url=url) for url in BROKEN_URLS)
    odd = replace(PROVIDER, servers=(*PROVIDER.servers, *servers))
    estate.serve("https", AUTOCONFIG, CONFIG, answer("mozilla", mozilla.render(odd)))
    estate.record(f'{DOMAIN}. TXT "mailconf={BROKEN_URLS[0]}"')
    estate.serve("https", DOMAIN, WELL_KNOWN, Answer(status=302, headers={"Location": BROKEN_URLS[1]}))
    estate.serve("https", DOMAIN, POX, answer("outlook", outlook.render_redirect_to_url(f"https://{DOMAIN}:0/")))
    estate.serve("https", UA, PACC, Answer(status=302, headers={"Location": BROKEN_URLS[0]}))
    audit = estate.audit()
    assert audit.compared_with == f"https://{AUTOCONFIG}{CONFIG}"
    assert "no-answer" in [finding.rule for finding in audit.findings]


def test_an_alias_of_an_odd_name_ends_no_audit(estate: Estate) -> None:
    estate.without(AUTODISCOVER, f"_imaps._tcp.{DOMAIN}")
    estate.record(f"{AUTODISCOVER}. CNAME _odd\\.label.{DOMAIN}.")
    estate.record(f"_odd\\.label.{DOMAIN}. A 127.0.0.1")
    (finding,) = estate.audit().findings
    assert finding.remedy.endswith("_imaps._tcp 3600 IN SRV 0 1 993 imap")


def test_a_name_as_long_as_a_document_is_told_in_bounded_words(estate: Estate) -> None:
    odd = replace(PROVIDER, servers=(replace(IMAP, username="x" * 500_000), PROVIDER.servers[1]))
    estate.serve("https", AUTOCONFIG, CONFIG, answer("mozilla", mozilla.render(odd)))
    audit = estate.audit()
    assert "mechanisms-disagree" in [finding.rule for finding in audit.findings]
    assert max(len(finding.text) + len(finding.remedy) for finding in audit.findings) < 25_000


def test_a_document_with_thousands_of_servers_is_told_in_bounded_words(estate: Estate) -> None:
    many = tuple(replace(IMAP, hostname=f"a{number}.{DOMAIN}") for number in range(3000))
    big = replace(PROVIDER, servers=(*PROVIDER.servers, *many))
    estate.define()
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("mozilla", mozilla.render(big)))
    (finding,) = estate.audit().findings
    assert finding.rule == "mechanisms-disagree"
    assert len(finding.text) + len(finding.remedy) < 5000


@pytest.mark.parametrize("address", ["jan", "postmaster"])
def test_an_answer_for_one_user_is_as_good_as_one_for_all(address: str, estate: Estate) -> None:
    """A server that writes the address out says the same as a file that leaves it to the client."""
    written_out = outlook.render(PROVIDER, address=autoconfig.parse_address(f"{address}@{DOMAIN}"))
    estate.serve("https", DOMAIN, POX, answer("outlook", written_out))
    assert estate.rules() == ([] if address == "postmaster" else ["mechanisms-disagree"])


def test_the_audit_has_the_trace_of_every_source(estate: Estate) -> None:
    trace = estate.audit().discovery.trace
    expected = {*ALL, "autoconfig-1.2-http", "autodiscover-json", "profile"} - {"catalog", "mx-catalog"}
    assert {step.source for step in trace} == expected


def test_sarif_names_rules_and_places(estate: Estate) -> None:
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("pacc", mozilla.render(PROVIDER)))
    estate.without(f"_imaps._tcp.{DOMAIN}")
    audit = estate.audit()
    document = json.loads(sarif.render([audit]))
    (run,) = document["runs"]
    assert (document["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "autoconfig audit")
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(BY_ID)
    for result, finding in zip(run["results"], audit.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        (location,) = result["locations"]
        assert location["logicalLocations"][0]["name"] == finding.place
        assert finding.remedy in result["message"]["text"]
    urls = [result["locations"][0].get("physicalLocation") for result in run["results"]]
    assert urls == [{"artifactLocation": {"uri": f"https://{DOMAIN}{WELL_KNOWN}"}}, None]


def test_the_page_in_docs_is_the_one_that_the_table_gives() -> None:
    assert (DOCS / "audit.md").read_bytes() == page.render("audit")


def test_the_page_tells_of_every_rule() -> None:
    text = page.render("audit").decode()
    assert all(f"\n### {id}\n" in text and rule.remedy in text for id, rule in BY_ID.items())
