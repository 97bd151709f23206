"""Attackers on http, on DNS, on redirects and behind documents: none ends up as the best over a secure answer."""

from __future__ import annotations

import pytest

from autoconfig.discovery import Outcome, Trust
from autoconfig.formats import mozilla, outlook
from autoconfig.formats.outlook_requests import render_redirect_to_url
from tests.support.internet import CONFIG, DOMAIN, JAN, POX, Internet, provider_of
from tests.support.web import Answer

EVIL = provider_of("evil", "evil.test")
SECURE = ("autoconfig-1.1", "autoconfig-1.2", "pacc", "autodiscover")
LATE = 0.15


def evil_redirect(target: str) -> Answer:
    return Answer(status=302, headers={"Location": target})


@pytest.mark.parametrize("honest", [*SECURE, "ispdb"])
def test_an_attacker_on_http_does_not_beat_a_later_answer_over_https(internet: Internet, honest: str) -> None:
    internet.publish("autoconfig-1.3", DOMAIN, EVIL)
    internet.serve("http", f"autodiscover.{DOMAIN}", POX, evil_redirect(f"https://evil.test{POX}"))
    internet.serve("https", "evil.test", POX, Answer(outlook.render(EVIL)))
    internet.publish(honest, DOMAIN, provider_of("good"), LATE)
    best = internet.discover(JAN).best
    assert best is not None
    assert best.source == honest
    assert best.confirm == ()


@pytest.mark.parametrize("honest", SECURE)
@pytest.mark.parametrize("forged", ["mx", "txt", "srv", "autodiscover", "mx-catalog"])
def test_an_attacker_on_dns_does_not_beat_a_later_secure_answer(internet: Internet, forged: str, honest: str) -> None:
    if forged == "txt":
        internet.record(f'{DOMAIN} TXT "mailconf=https://evil.test/mail.xml"')
        internet.serve("https", "evil.test", "/mail.xml", Answer(mozilla.render(EVIL)))
    elif forged == "autodiscover":
        internet.record(f"_autodiscover._tcp.{DOMAIN} SRV 0 0 443 evil.test.")
        internet.serve("https", "evil.test", POX, Answer(outlook.render(EVIL)))
    else:
        internet.publish(forged, DOMAIN, EVIL)
    internet.publish(honest, DOMAIN, provider_of("good"), LATE)
    best = internet.discover(JAN).best
    assert best is not None
    assert (best.source, best.trust, best.confirm) == (honest, Trust.SECURE, ())


@pytest.mark.parametrize("honest", ["autoconfig-1.2", "pacc", "autodiscover"])
def test_an_open_redirect_does_not_beat_a_later_secure_answer(internet: Internet, honest: str) -> None:
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, evil_redirect("https://evil.test/mail.xml"))
    internet.serve("https", "evil.test", "/mail.xml", Answer(mozilla.render(EVIL)))
    internet.publish(honest, DOMAIN, provider_of("good"), LATE)
    best = internet.discover(JAN).best
    assert best is not None
    assert (best.source, best.confirm) == (honest, ())


def test_a_redirect_of_autodiscover_does_not_beat_a_later_secure_answer(internet: Internet) -> None:
    internet.serve("https", DOMAIN, POX, Answer(render_redirect_to_url(f"https://evil.test{POX}")))
    internet.serve("https", "evil.test", POX, Answer(outlook.render(EVIL)))
    internet.publish("autodiscover", DOMAIN, provider_of("good"), LATE)
    best = internet.discover(JAN).best
    assert best is not None
    assert (best.trust, best.confirm) == (Trust.SECURE, ())


def test_a_way_through_a_foreign_host_is_a_third_party_even_if_it_leads_back(internet: Internet) -> None:
    internet.serve("https", DOMAIN, POX, Answer(render_redirect_to_url(f"https://evil.test{POX}")))
    internet.serve("https", "evil.test", POX, Answer(render_redirect_to_url(f"https://users.{DOMAIN}{POX}")))
    internet.serve("https", f"users.{DOMAIN}", POX, Answer(outlook.render(EVIL)))
    best = internet.discover(JAN).best
    assert best is not None
    assert best.trust is Trust.THIRD_PARTY


def test_what_an_mx_record_leads_to_is_a_third_party_even_on_a_related_host(internet: Internet) -> None:
    internet.record(f"staff.{DOMAIN} MX 10 mx.{DOMAIN}.")
    internet.publish("autoconfig-1.1", DOMAIN, EVIL)
    best = internet.discover(f"jan@staff.{DOMAIN}").best
    assert best is not None
    assert (best.source, best.trust) == ("mx", Trust.THIRD_PARTY)


def test_https_is_not_left_for_http(internet: Internet) -> None:
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, evil_redirect(f"http://autoconfig.{DOMAIN}/evil.xml"))
    internet.serve("http", f"autoconfig.{DOMAIN}", "/evil.xml", Answer(mozilla.render(EVIL)))
    discovery = internet.discover(JAN)
    assert discovery.best is None
    assert not any(request.path == "/evil.xml" for request in internet.web.requests)


def test_an_attacker_who_is_alone_is_shown_for_what_he_is(internet: Internet) -> None:
    internet.publish("autoconfig-1.3", DOMAIN, EVIL)
    discovery = internet.discover(JAN)
    assert discovery.best is not None
    assert discovery.best.trust is Trust.INSECURE
    assert discovery.best.confirm == ("evil.test",)
    assert any("nothing more trustworthy" in warning for warning in discovery.warnings)


@pytest.mark.parametrize(
    "source",
    ["autoconfig-1.1", "autoconfig-1.2", "autoconfig-1.3", "ispdb", "mx", "txt", "pacc", "autodiscover", "srv"],
)
def test_foreign_hosts_are_to_be_confirmed_whoever_names_them(internet: Internet, source: str) -> None:
    internet.publish(source, DOMAIN, EVIL)
    best = internet.discover(JAN).best
    assert best is not None
    assert best.confirm == ("evil.test",)


def test_http_is_left_alone_on_request(internet: Internet) -> None:
    internet.publish("autoconfig-1.3", DOMAIN, EVIL)
    internet.serve("http", f"autodiscover.{DOMAIN}", POX, evil_redirect(f"https://evil.test{POX}"))
    internet.serve("https", "evil.test", POX, Answer(outlook.render(EVIL)))
    assert internet.discover(JAN, allow_http=False).best is None
    assert not any(request.scheme == "http" for request in internet.web.requests)


@pytest.mark.parametrize("domain", ["com", "co.uk", "github.io"])
def test_nobody_is_asked_above_the_registrable_domain(internet: Internet, domain: str) -> None:
    hosts = [f"{label}.{domain}" for label in ("autoconfig", "autodiscover", "ua-auto-config")]
    for host in (*hosts, domain):
        for path in (CONFIG, f"/.well-known/autoconfig{CONFIG}", POX):
            for scheme in ("http", "https"):
                internet.serve(scheme, host, path, Answer(mozilla.render(EVIL)))
    assert internet.discover(f"jan@{domain}").best is None
    assert {request.host for request in internet.web.requests} <= {"ispdb.test"}
    assert not any(internet.asked(host) for host in hosts)


@pytest.mark.parametrize("host", ["autodiscover.com", "autoconfig.co.uk", "co.uk"])
def test_neither_records_nor_answers_lead_above_the_registrable_domain(internet: Internet, host: str) -> None:
    internet.serve("https", host, POX, Answer(outlook.render(EVIL)))
    internet.serve("https", host, "/mail.xml", Answer(mozilla.render(EVIL)))
    internet.record(
        f'{DOMAIN} TXT "mailconf=https://{host}/mail.xml"',
        f"{DOMAIN} MX 10 {host}.",
        f"_autodiscover._tcp.{DOMAIN} SRV 0 0 443 {host}.",
    )
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, Answer(render_redirect_to_url(f"https://{host}{POX}")))
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, evil_redirect(f"https://{host}/mail.xml"))
    assert internet.discover(JAN).best is None
    assert not any(request.host == host for request in internet.web.requests)


def test_private_hosts_are_refused_on_request(internet: Internet) -> None:
    for source in ("autoconfig-1.1", "autoconfig-1.3", "ispdb", "autodiscover"):
        internet.publish(source, DOMAIN, provider_of("good"))
    discovery = internet.discover(JAN, allow_private=False)
    assert discovery.best is None
    assert Outcome.REFUSED in {step.outcome for step in discovery.trace}
    assert not internet.web.requests


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><clientConfig>&e;</clientConfig>',
        b"<a>" * 100_000,
    ],
    ids=["entity", "depth"],
)
def test_a_hostile_document_is_unreadable(internet: Internet, document: bytes) -> None:
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, Answer(document))
    discovery = internet.discover(JAN, sources=["autoconfig-1.1"])
    assert [step.outcome for step in discovery.trace] == [Outcome.UNREADABLE]


def test_a_captive_portal_is_no_answer(internet: Internet) -> None:
    internet.serve("http", f"autoconfig.{DOMAIN}", CONFIG, evil_redirect("http://portal.evil.test/login"))
    internet.serve("http", "portal.evil.test", "/login", Answer(b"<html><form action=/pay></form></html>"))
    discovery = internet.discover(JAN)
    assert discovery.best is None
    assert any("captive portal" in warning for warning in discovery.warnings)


def test_the_word_of_a_database_is_not_that_of_the_domain_even_if_it_owns_both(internet: Internet) -> None:
    internet.serve("https", f"db.{DOMAIN}", f"/{DOMAIN}", Answer(mozilla.render(EVIL)))
    best = internet.discover(JAN, ispdb=f"https://db.{DOMAIN}/").best
    assert best is not None
    assert best.trust is Trust.THIRD_PARTY
