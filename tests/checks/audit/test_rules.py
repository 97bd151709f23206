"""Every rule: a fault at which it speaks, alone, and something like it at which all are quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import time
from functools import partial
from typing import Any

import dns.message
import dns.rrset
import pytest
from dns.rdatatype import RdataType
from msgspec.structs import replace

from autoconfig.address import Address
from autoconfig.checks.audit import BY_ID, audit
from autoconfig.formats import apple, mozilla, outlook, pacc
from autoconfig.model import Provider, Server, ServerType
from autoconfig.verification import Severity
from tests.support.audited import (
    AUTOCONFIG,
    AUTODISCOVER,
    IMAP,
    PACC,
    POINTER,
    PROFILE,
    PROVIDER,
    SMTP,
    UA,
    WELL_KNOWN,
    Estate,
    answer,
    redirect,
    with_server,
)
from tests.support.internet import CONFIG, DOMAIN, HOSTER, POX
from tests.support.web import Answer

Plant = Callable[[Estate], None]
Case = tuple[str, Plant]

PAGE = Answer(b"<!doctype html><title>Welcome</title>", headers={"Content-Type": "text/html"})
ELSEWHERE = "192.0.2.7"  # of nobody, and never connected to
POP3 = Server(type=ServerType.POP3, hostname=f"pop3.{DOMAIN}", username="%EMAILADDRESS%")
OTHER = with_server(IMAP, port=1993)
EAS = Server(type=ServerType.ACTIVESYNC, url=f"https://eas.{DOMAIN}/Microsoft-Server-ActiveSync")
NOBODY = answer("outlook", outlook.render_error(outlook.ErrorCode.ADDRESS_NOT_FOUND, at=time(), id=1))
ACTIVESYNC_ONLY = outlook.render_mobilesync(replace(PROVIDER, servers=(EAS,)), Address("postmaster", DOMAIN))


def both(*plants: Plant) -> Plant:
    def plant(estate: Estate) -> None:
        for each in plants:
            each(estate)

    return plant


def serving(scheme: str, host: str, path: str, page: Any) -> Plant:
    return lambda estate: estate.serve(scheme, host, path, page)


def catching_all(host: str, page: Answer) -> Plant:
    return lambda estate: estate.catch_all("https", host, page)


def nothing_at(*places: tuple[str, str]) -> Plant:
    return both(*(partial(Estate.nothing_at, scheme=scheme, host=host) for scheme, host in places))


def strange(host: str) -> Plant:
    return lambda estate: estate.internet.web.strangers.add(host)


def recording(*lines: str) -> Plant:
    return lambda estate: estate.record(*lines)


def without(*names: str) -> Plant:
    return lambda estate: estate.without(*names)


def defined(provider: Provider = PROVIDER) -> Plant:
    return lambda estate: estate.define(provider)


def typed(media_type: str, body: bytes) -> Answer:
    return Answer(body, headers={"Content-Type": media_type} if media_type else {})


def config(provider: Provider) -> Answer:
    return answer("mozilla", mozilla.render(provider))


def pox(provider: Provider) -> Answer:
    return answer("outlook", outlook.render(provider))


def lacking(*tags: bytes) -> Answer:
    """An autodiscover answer without some elements."""
    lines = outlook.render(PROVIDER).splitlines()
    return answer("outlook", b"\n".join(line for line in lines if not line.strip().startswith(tags)))


no_autodiscover = both(
    without(AUTODISCOVER, f"_autodiscover._tcp.{DOMAIN}"),
    serving("https", DOMAIN, POX, Answer(status=404)),
)
no_autoconfig = both(without(AUTOCONFIG), serving("https", DOMAIN, WELL_KNOWN, Answer(status=404)))
no_pacc = without(UA, f"_ua-auto-config.{DOMAIN}")


def pacc_of(provider: Provider) -> Plant:
    """The PACC document of a provider, with the record that belongs to it."""
    document = pacc.document(provider)
    record = f'_ua-auto-config.{DOMAIN}. TXT "{document.txt}"'.replace(";", "\\;")
    return both(
        without(f"_ua-auto-config.{DOMAIN}"),
        recording(record),
        serving("https", UA, PACC, answer("pacc", document.body)),
    )


def behind_mx(provider: Provider) -> Plant:
    """What the provider of the MX host says of its own domain."""
    return both(
        recording(f"{DOMAIN}. MX 10 mx.{HOSTER}.", f"autoconfig.{HOSTER}. A 127.0.0.1"),
        serving("https", f"autoconfig.{HOSTER}", CONFIG, config(provider)),
    )


def bare(estate: Estate) -> None:
    """A domain with a web site and no mail settings whatever."""
    estate.without(*estate.names())
    estate.record(f"{DOMAIN}. A 127.0.0.1")
    estate.internet.web.sites.clear()


SPEAKS: list[Case] = [
    ("back-off-host", both(no_autodiscover, recording(f"autodiscover.test. A {ELSEWHERE}"))),
    ("dangling-alias", both(without(UA, f"_ua-auto-config.{DOMAIN}"), recording(f"{UA}. CNAME gone.{HOSTER}."))),
    ("dangling-alias", both(without(UA), recording(f"{UA}. CNAME gone.{HOSTER}."))),
    ("dangling-alias", both(without(AUTOCONFIG), recording(f"{AUTOCONFIG}. CNAME gone.{HOSTER}."))),
    ("redirect-to-http", serving("https", DOMAIN, WELL_KNOWN, redirect(f"http://{DOMAIN}/config.xml"))),
    ("redirect-to-http", serving("https", UA, PACC, redirect(f"http://{UA}{PACC}"))),
    ("bad-certificate", strange(AUTODISCOVER)),
    ("bad-certificate", both(strange(AUTOCONFIG), strange(UA))),
    ("bad-certificate", both(strange(AUTOCONFIG), serving("http", AUTOCONFIG, CONFIG, config(PROVIDER)))),
    (
        "http-only",
        both(nothing_at(("https", AUTOCONFIG)), serving("http", AUTOCONFIG, CONFIG, config(PROVIDER))),
    ),
    ("http-differs", serving("http", AUTOCONFIG, CONFIG, config(OTHER))),
    ("http-differs", serving("http", DOMAIN, WELL_KNOWN, PAGE)),
    ("mechanisms-disagree", serving("https", DOMAIN, WELL_KNOWN, config(OTHER))),
    ("mechanisms-disagree", serving("https", DOMAIN, POX, pox(with_server(SMTP, username="%EMAILLOCALPART%")))),
    (
        "mechanisms-disagree",
        both(without(f"_imaps._tcp.{DOMAIN}"), recording(f"_imaps._tcp.{DOMAIN}. SRV 0 1 993 smtp.{DOMAIN}.")),
    ),
    (
        "mechanisms-disagree",
        both(without(f"_imaps._tcp.{DOMAIN}"), recording(f"_imaps._tcp.{DOMAIN}. SRV 0 0 0 .")),
    ),
    ("mechanisms-disagree", both(defined(), serving("https", DOMAIN, WELL_KNOWN, config(OTHER)))),
    (
        "mechanisms-disagree",
        both(defined(), serving("https", DOMAIN, POX, pox(replace(PROVIDER, servers=(*PROVIDER.servers, POP3))))),
    ),
    (
        "mechanisms-disagree",
        both(
            recording("ispdb.test. A 127.0.0.1"),
            serving("https", "ispdb.test", f"/v1.1/{DOMAIN}", config(with_server(IMAP, hostname=f"old.{DOMAIN}"))),
        ),
    ),
    ("missing-autoconfig", both(no_autoconfig, behind_mx(PROVIDER))),
    ("mechanisms-disagree", pacc_of(with_server(IMAP, hostname=f"old.{DOMAIN}"))),
    ("html-instead-of-xml", serving("https", AUTOCONFIG, CONFIG, PAGE)),
    ("html-instead-of-xml", catching_all(DOMAIN, PAGE)),
    ("unreadable-document", serving("https", AUTOCONFIG, CONFIG, typed("text/xml", b"<clientConfig"))),
    ("unreadable-document", serving("https", DOMAIN, POX, typed("text/xml", b"x" * (1 << 21)))),
    (
        "unreadable-document",
        serving("https", DOMAIN, WELL_KNOWN, config(replace(PROVIDER, servers=(IMAP,)))),
    ),
    ("pacc-digest-mismatch", serving("https", UA, PACC, answer("pacc", pacc.render(PROVIDER) + b"\n"))),
    (
        "pacc-digest-mismatch",
        serving("https", UA, PACC, answer("pacc", pacc.render(with_server(IMAP, hostname="a.b")))),
    ),
    ("pacc-digest-mismatch", without(f"_ua-auto-config.{DOMAIN}")),
    ("pacc-digest-mismatch", nothing_at(("https", UA))),
    ("pacc-digest-mismatch", without(UA)),
    ("srv-without-service", recording(f"_imap._tcp.{DOMAIN}. SRV 0 1 143 nowhere.{DOMAIN}.")),
    ("srv-without-service", recording(f"_imaps._tcp.{DOMAIN}. SRV 9 1 9 imap.{DOMAIN}.")),
    (
        "srv-without-service",
        both(
            without(f"_autodiscover._tcp.{DOMAIN}"),
            recording(f"_autodiscover._tcp.{DOMAIN}. SRV 0 1 443 nowhere.{DOMAIN}."),
        ),
    ),
    (
        "srv-without-service",
        both(
            without(f"_autodiscover._tcp.{DOMAIN}"),
            recording(f"_autodiscover._tcp.{DOMAIN}. SRV 0 1 443 imap.{DOMAIN}."),
        ),
    ),
    ("server-fails", without(f"imap.{DOMAIN}")),
    ("nothing-published", bare),
    ("no-answer", serving("https", AUTOCONFIG, CONFIG, Answer(b"broken", 500))),
    ("no-answer", serving("https", AUTODISCOVER, POX, Answer(b"no POST", 405))),
    ("wildcard-dns", both(without(UA), nothing_at(("https", UA)), recording(f"*.{DOMAIN}. A 127.0.0.1"))),
    ("wildcard-dns", both(no_pacc, nothing_at(("https", UA)), recording(f"*.{DOMAIN}. A 127.0.0.1"))),
    (
        "wildcard-dns",
        both(no_pacc, recording(f"*.{DOMAIN}. CNAME {DOMAIN}."), catching_all(UA, PAGE), strange(UA)),
    ),
    (
        "redirect-off-domain",
        both(
            recording(f"config.{HOSTER}. A 127.0.0.1"),
            serving("https", f"config.{HOSTER}", CONFIG, config(PROVIDER)),
            serving("https", DOMAIN, WELL_KNOWN, redirect(f"https://config.{HOSTER}{CONFIG}")),
        ),
    ),
    (
        "redirect-off-domain",
        both(
            recording(f"pox.{HOSTER}. A 127.0.0.1"),
            serving("https", f"pox.{HOSTER}", POX, pox(PROVIDER)),
            serving("http", AUTODISCOVER, POX, redirect(f"https://pox.{HOSTER}{POX}")),
        ),
    ),
    (
        "redirect-off-domain",
        both(
            recording(f"pox.{HOSTER}. A 127.0.0.1"),
            serving("https", f"pox.{HOSTER}", POX, pox(PROVIDER)),
            serving(
                "https", DOMAIN, POX, answer("outlook", outlook.render_redirect_to_url(f"https://pox.{HOSTER}{POX}"))
            ),
        ),
    ),
    ("open-defaults", serving("https", DOMAIN, POX, lacking(b"<SPA>"))),
    ("open-defaults", serving("https", DOMAIN, POX, lacking(b"<SSL>", b"<Encryption>"))),
    ("wrong-content-type", serving("https", DOMAIN, WELL_KNOWN, typed("text/plain", mozilla.render(PROVIDER)))),
    ("wrong-content-type", serving("https", DOMAIN, POX, typed("", outlook.render(PROVIDER)))),
    ("wrong-content-type", serving("https", UA, PACC, typed("text/html", pacc.render(PROVIDER)))),
    ("wrong-content-type", serving("https", DOMAIN, PROFILE, typed("text/xml", apple.render(PROVIDER)))),
    ("service-without-srv", without(f"_imaps._tcp.{DOMAIN}")),
    ("service-without-srv", both(without(f"_imaps._tcp.{DOMAIN}", f"_submissions._tcp.{DOMAIN}"))),
    (
        "service-without-srv",
        both(without(f"_imaps._tcp.{DOMAIN}"), recording(f"*._tcp.{DOMAIN}. SRV 0 1 993 imap.{DOMAIN}.")),
    ),
    ("missing-autoconfig", no_autoconfig),
    ("missing-autoconfig", both(without(AUTOCONFIG), serving("https", DOMAIN, WELL_KNOWN, Answer(status=500)))),
    ("missing-autodiscover", no_autodiscover),
    ("missing-autodiscover", both(no_autodiscover, recording("autodiscover.test. A 127.0.0.1"))),
    ("missing-pacc", no_pacc),
]
QUIET: list[Case] = [
    ("back-off-host", recording(f"autodiscover.test. A {ELSEWHERE}")),
    ("dangling-alias", without("nothing")),
    ("redirect-to-http", serving("https", DOMAIN, WELL_KNOWN, redirect(f"https://{AUTOCONFIG}{CONFIG}"))),
    ("bad-certificate", strange("www.example.test")),
    ("http-only", nothing_at(("http", AUTOCONFIG), ("http", DOMAIN), ("http", AUTODISCOVER))),
    ("http-differs", serving("http", AUTOCONFIG, CONFIG, config(replace(PROVIDER, name="Another name")))),
    (
        "mechanisms-disagree",
        serving("https", DOMAIN, WELL_KNOWN, config(replace(PROVIDER, servers=(IMAP, SMTP, POP3)))),
    ),
    ("mechanisms-disagree", serving("https", DOMAIN, POX, answer("outlook", outlook.render(PROVIDER)))),
    ("mechanisms-disagree", defined()),
    ("mechanisms-disagree", behind_mx(OTHER)),
    ("mechanisms-disagree", pacc_of(replace(PROVIDER, name="Another name"))),
    ("html-instead-of-xml", serving("https", DOMAIN, WELL_KNOWN, Answer(PAGE.body, 404))),
    ("unreadable-document", serving("https", DOMAIN, PROFILE, Answer(status=404))),
    ("unreadable-document", serving("https", DOMAIN, POX, answer("outlook", ACTIVESYNC_ONLY))),
    ("pacc-digest-mismatch", recording(f'_ua-auto-config.{DOMAIN}. TXT "v=UAAC1\\; a=sha256\\; d=AAAA"')),
    ("srv-without-service", recording(f"_imaps._tcp.{DOMAIN}. SRV 9 1 993 imap.{DOMAIN}.")),
    ("no-answer", both(without(f"_autodiscover._tcp.{DOMAIN}"), nothing_at(("https", DOMAIN)))),
    ("no-answer", serving("https", AUTODISCOVER, POINTER, Answer(b"{}", 400))),
    ("wildcard-dns", recording(f"*.{DOMAIN}. A {ELSEWHERE}")),
    ("wildcard-dns", both(without(AUTOCONFIG), recording(f"*.{DOMAIN}. A 127.0.0.1"))),
    ("redirect-off-domain", serving("https", DOMAIN, POX, redirect(f"https://{AUTODISCOVER}{POX}"))),
    (
        "redirect-off-domain",
        both(
            recording(f"www.{HOSTER}. A 127.0.0.1"),
            serving("https", DOMAIN, WELL_KNOWN, redirect(f"https://www.{HOSTER}/")),
            nothing_at(("http", DOMAIN)),
        ),
    ),
    (
        "redirect-off-domain",
        both(
            defined(replace(PROVIDER, mx_domains=(HOSTER,))),
            recording(f"config.{HOSTER}. A 127.0.0.1"),
            serving("https", f"config.{HOSTER}", CONFIG, config(PROVIDER)),
            serving("https", DOMAIN, WELL_KNOWN, redirect(f"https://config.{HOSTER}{CONFIG}")),
        ),
    ),
    (
        "redirect-off-domain",
        both(
            without(f"_autodiscover._tcp.{DOMAIN}"),
            recording(f"_autodiscover._tcp.{DOMAIN}. SRV 0 1 443 pox.{HOSTER}.", f"pox.{HOSTER}. A 127.0.0.1"),
            serving("https", f"pox.{HOSTER}", POX, pox(PROVIDER)),
        ),
    ),
    ("open-defaults", serving("https", DOMAIN, POX, lacking(b"<Encryption>"))),
    ("open-defaults", serving("https", DOMAIN, POX, lacking(b"<SSL>"))),
    (
        "wrong-content-type",
        serving("https", AUTOCONFIG, CONFIG, typed("Application/XML ; x=y", mozilla.render(PROVIDER))),
    ),
    ("nothing-published", both()),
    ("missing-autoconfig", serving("https", DOMAIN, WELL_KNOWN, Answer(status=404))),
    ("missing-autodiscover", both(without(AUTODISCOVER), serving("https", DOMAIN, POX, pox(PROVIDER)))),
    ("missing-autodiscover", both(*(serving("https", host, POX, NOBODY) for host in (DOMAIN, AUTODISCOVER)))),
    ("missing-pacc", both()),
    ("service-without-srv", both()),
]
BY_SERVERS = {"server-fails", "server-weak", "too-many-servers"}
"""The rules whose cases stand in test_servers.py."""


def names(case: Any) -> str:
    return case if isinstance(case, str) else ""


@pytest.mark.parametrize(("rule", "plant"), SPEAKS, ids=names)
def test_a_fault_is_told_by_its_rule_and_by_no_other(rule: str, plant: Plant, estate: Estate) -> None:
    plant(estate)
    findings = estate.audit().findings
    assert [finding.rule for finding in findings] == [rule], list(map(str, findings))
    assert findings[0].remedy.count("\n") or rule == "server-fails"


@pytest.mark.parametrize(("rule", "plant"), QUIET, ids=names)
def test_what_is_no_fault_is_passed_over(rule: str, plant: Plant, estate: Estate) -> None:
    plant(estate)
    assert list(map(str, estate.audit().findings)) == []


def test_a_wildcard_is_known_by_the_host_that_it_leads_to_whatever_its_addresses(estate: Estate) -> None:
    def elsewhere(question: bytes, answer: bytes) -> Iterable[bytes]:
        message = dns.message.from_wire(answer)
        message.answer = [
            dns.rrset.from_text(it.name, it.ttl, "IN", "A", "127.0.0.9") if it.rdtype == RdataType.A else it
            for it in message.answer
        ]
        yield message.to_wire()

    both(no_pacc, nothing_at(("https", UA)), recording(f"*.{DOMAIN}. CNAME {DOMAIN}."))(estate)
    estate.internet.dns.misbehave(elsewhere, UA)
    assert estate.rules() == ["wildcard-dns"]


@pytest.mark.parametrize(
    ("record", "rule"),
    [(f"*.{DOMAIN}. A 127.0.0.1", "wildcard-dns"), (f"{AUTOCONFIG}. CNAME gone.{DOMAIN}.", "dangling-alias")],
)
def test_a_domain_that_publishes_nothing_is_told_so_beside_its_faults(record: str, rule: str, estate: Estate) -> None:
    bare(estate)
    estate.record(record)
    assert sorted(estate.rules()) == sorted([rule, "nothing-published"])


@pytest.mark.parametrize("host", ["autodiscover.co.uk", "autodiscover.uk"])
def test_every_name_that_clients_back_off_to_is_looked_for(host: str, estate: Estate) -> None:
    estate.record("example.co.uk. A 127.0.0.1")
    estate.record(f"{host}. A {ELSEWHERE}")
    first, second = audit("example.co.uk", **estate.options()).findings
    assert (first.rule, first.place, second.rule) == ("back-off-host", f"dns:{host}?type=A", "nothing-published")


def test_the_provider_of_the_mx_host_counts_where_the_domain_says_nothing(estate: Estate) -> None:
    both(defined(), no_autoconfig, behind_mx(OTHER))(estate)
    assert estate.rules() == ["mechanisms-disagree", "missing-autoconfig"]


def test_no_rule_is_without_a_case() -> None:
    assert {rule for rule, _ in SPEAKS} | BY_SERVERS == set(BY_ID)
    assert {rule for rule, _ in QUIET} | BY_SERVERS == set(BY_ID)


def test_the_table_has_errors_before_warnings_and_these_before_notes() -> None:
    severities = [rule.severity for rule in BY_ID.values()]
    assert severities == sorted(severities, key=list(Severity).index)


def test_a_rule_tells_its_source_and_its_remedy() -> None:
    assert [rule.id for rule in BY_ID.values() if not (rule.text and rule.source and rule.remedy)] == []
