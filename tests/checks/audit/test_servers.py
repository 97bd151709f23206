"""The rules on the servers themselves, and what is never asked of whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from autoconfig.address import Address, parse_address
from autoconfig.checks.audit import AuditFinding
from autoconfig.formats import mozilla, outlook
from autoconfig.model import Authentication, Server, ServerType, SocketType
from tests.support import mail_talks
from tests.support.audited import (
    AUTOCONFIG,
    AUTODISCOVER,
    IMAP,
    PROVIDER,
    SMTP,
    UA,
    WELL_KNOWN,
    Estate,
    answer,
    ending_soon,
)
from tests.support.internet import CONFIG, DOMAIN, POX
from tests.support.mail_talks import Manner
from tests.support.mail_wire import serving
from tests.support.web import Answer


def told(findings: Sequence[AuditFinding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_server_that_nobody_starts_is_told_with_its_listener(estate: Estate) -> None:
    estate.ports[993] = 9
    (finding,) = estate.audit().findings
    assert (finding.rule, finding.place) == ("server-fails", f"imap://imap.{DOMAIN}:993")
    assert "inet_listener imaps {" in finding.remedy


def test_a_certificate_that_is_refused_is_told_once_for_a_host(estate: Estate) -> None:
    one_host = replace(PROVIDER, servers=(IMAP, replace(SMTP, hostname=IMAP.hostname)))
    estate.define(one_host)
    estate.without(f"_submissions._tcp.{DOMAIN}")
    estate.publish(one_host)
    estate.internet.web.strangers.add(f"imap.{DOMAIN}")
    (finding,) = estate.audit().findings
    assert finding.rule == "server-fails"
    assert f"imap://imap.{DOMAIN}:993, smtp://imap.{DOMAIN}:465" in finding.text
    assert f"certbot certonly -d imap.{DOMAIN}" in finding.remedy


def test_a_certificate_that_ends_soon_is_a_weakness(estate: Estate, tmp_path: Path) -> None:
    with ending_soon(estate.internet, tmp_path) as imap:
        estate.ports[993] = imap.port
        (finding,) = estate.audit().findings
    assert finding.rule == "server-weak"
    assert "[certificate-expires-soon]" in finding.text


def test_a_password_that_may_go_unencrypted_is_a_weakness(estate: Estate) -> None:
    starttls = replace(PROVIDER, servers=(IMAP, SMTP, replace(SMTP, socket_type=SocketType.STARTTLS, port=587)))
    estate.define(starttls)
    estate.without(f"_submission._tcp.{DOMAIN}")
    estate.publish(starttls)
    manner = Manner(clear=("AUTH PLAIN",), secured=("AUTH PLAIN",), tls=estate.internet.web.context())
    with serving(partial(mail_talks.smtp, manner=manner)) as smtp:
        estate.ports[587] = smtp.port
        (finding,) = estate.audit().findings
    assert finding.rule == "server-weak"
    assert "smtpd_tls_auth_only = yes" in finding.remedy


def test_sound_servers_are_passed_over(estate: Estate) -> None:
    audit = estate.audit()
    assert told(audit.findings) == []
    assert [report.server.hostname for report in audit.report.servers] == [f"imap.{DOMAIN}", f"smtp.{DOMAIN}"]
    assert all(report.tls and report.tls.trusted for report in audit.report.servers)


@pytest.mark.parametrize(("count", "rules"), [(29, []), (40, ["too-many-servers"])])
def test_no_more_than_32_servers_are_talked_to(estate: Estate, count: int, rules: list[str]) -> None:
    extra = tuple(replace(IMAP, username=f"user{number}") for number in range(count))
    document = answer("mozilla", mozilla.render(replace(PROVIDER, servers=(*PROVIDER.servers, *extra))))
    estate.serve("https", AUTOCONFIG, CONFIG, document)
    audit = estate.audit()
    assert told(audit.findings) == rules
    assert len(audit.report.servers) == min(32, count + 2)


def test_a_hundred_targets_of_one_service_are_one_finding(estate: Estate) -> None:
    estate.record(*(f"_imaps._tcp.{DOMAIN}. SRV {it + 1} 1 993 gone{it}.{DOMAIN}." for it in range(100)))
    (finding,) = estate.audit().findings
    assert finding.rule == "srv-without-service"
    assert len(finding.remedy.splitlines()) == 1 + 31
    assert "and 23 more" in finding.text


def test_nothing_above_the_registrable_domain_is_asked_but_by_dns(estate: Estate) -> None:
    estate.record("autodiscover.test. A 127.0.0.1")
    estate.record("autoconfig.test. A 127.0.0.1")
    estate.audit()
    hosts = {request.host for request in estate.internet.web.requests}
    assert hosts == {
        DOMAIN,
        "autoconfig.example.test",
        "autodiscover.example.test",
        "ua-auto-config.example.test",
        "ispdb.test",
    }
    assert estate.internet.dns.asked("autodiscover.test") > 0
    assert estate.internet.dns.asked("autoconfig.test") == 0


def test_private_addresses_are_refused_on_demand(estate: Estate) -> None:
    """Here all are: neither web nor mail servers are talked to."""
    estate.define(replace(PROVIDER, servers=(*PROVIDER.servers, Server(type=ServerType.IMAP, hostname="127.0.0.1"))))
    audit = estate.audit(allow_private=False)
    assert estate.internet.web.requests == []
    assert {report.address for report in audit.report.servers} == {None}
    assert any("not of the public internet" in finding.text for finding in audit.findings)


def test_services_behind_a_url_are_verified_at_the_ports_of_the_site(estate: Estate) -> None:
    calendar = Server(type=ServerType.CALDAV, url=f"https://dav.{DOMAIN}/", authentication=(Authentication.HTTP_BASIC,))
    provider = replace(PROVIDER, servers=(*PROVIDER.servers, calendar))
    estate.define(provider)
    estate.without(f"_caldavs._tcp.{DOMAIN}")
    estate.publish(provider)
    estate.record(f"dav.{DOMAIN}. A 127.0.0.1")
    challenge = Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    estate.catch_all("https", f"dav.{DOMAIN}", challenge)
    audit = estate.audit()
    assert told(audit.findings) == []
    assert audit.report.servers[-1].offered == (Authentication.HTTP_BASIC,)


def test_a_definition_with_gaps_is_filled_before_it_is_compared(estate: Estate) -> None:
    estate.define(replace(PROVIDER, servers=(IMAP, replace(SMTP, hostname=None, port=None, socket_type=None))))
    assert told(estate.audit().findings) == []


def test_without_a_definition_one_mechanism_may_name_more_than_another(estate: Estate) -> None:
    pop3 = Server(type=ServerType.POP3, hostname=f"imap.{DOMAIN}", username="%EMAILADDRESS%")
    more = answer("mozilla", mozilla.render(replace(PROVIDER, servers=(*PROVIDER.servers, pop3))))
    estate.serve("https", DOMAIN, WELL_KNOWN, more)
    assert told(estate.audit().findings) == []
    estate.define()
    assert told(estate.audit().findings) == ["mechanisms-disagree"]


def test_the_most_preferred_server_is_the_first_everywhere(estate: Estate) -> None:
    second = replace(IMAP, username="%EMAILLOCALPART%")
    estate.define(replace(PROVIDER, servers=(IMAP, second, SMTP)))
    swapped = replace(PROVIDER, servers=(second, IMAP, SMTP))
    estate.publish(replace(PROVIDER, servers=(IMAP, second, SMTP)))
    estate.without(f"_ua-auto-config.{DOMAIN}", UA)
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("mozilla", mozilla.render(swapped)))
    found = [finding.text for finding in estate.audit().findings if finding.rule == "mechanisms-disagree"]
    assert len(found) == 1
    assert "username %EMAILLOCALPART% for %EMAILADDRESS%" in found[0]


def test_what_others_keep_is_for_them_to_mend(estate: Estate) -> None:
    wrong = replace(PROVIDER, servers=(replace(IMAP, hostname=f"old.{DOMAIN}"), SMTP))
    estate.serve("https", "ispdb.test", f"/v1.1/{DOMAIN}", answer("mozilla", mozilla.render(wrong)))
    (finding,) = estate.audit().findings
    assert finding.remedy.startswith(f"tell who keeps https://ispdb.test/v1.1/{DOMAIN}; ")


def test_letter_case_makes_no_other_host(estate: Estate) -> None:
    shouted = replace(PROVIDER, servers=(replace(IMAP, hostname=f"IMAP.{DOMAIN}"), SMTP))
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("mozilla", mozilla.render(shouted)))
    assert told(estate.audit().findings) == []


@pytest.mark.parametrize("address", [None, parse_address(f"postmaster@{DOMAIN}")])
def test_what_outlook_can_say_only_for_one_address_may_be_said_so_or_not_at_all(
    address: Address | None, estate: Estate
) -> None:
    odd = replace(PROVIDER, servers=tuple(replace(it, username="%EMAILLOCALPART%.x") for it in PROVIDER.servers))
    estate.publish(odd)
    estate.define(odd)
    for host in (DOMAIN, AUTODISCOVER):
        estate.serve("https", host, POX, answer("outlook", outlook.render(odd, address=address)))
    assert told(estate.audit().findings) == []


def test_a_target_that_is_not_there_is_told_once(estate: Estate) -> None:
    """Not also as one that is missing beside it."""
    two = replace(PROVIDER, servers=(IMAP, replace(IMAP, hostname=SMTP.hostname), SMTP))
    estate.publish(two)
    estate.define(two)
    estate.without(f"_imaps._tcp.{DOMAIN}")
    estate.record(f"_imaps._tcp.{DOMAIN}. SRV 0 1 993 {IMAP.hostname}.")
    estate.record(f"_imaps._tcp.{DOMAIN}. SRV 9 1 993 gone.{DOMAIN}.")
    assert told(estate.audit().findings) == ["srv-without-service"]


def test_the_placeholders_stay_in_what_mends(estate: Estate) -> None:
    wrong = replace(PROVIDER, servers=(replace(IMAP, username="%EMAILLOCALPART%"), SMTP))
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("mozilla", mozilla.render(wrong)))
    (finding,) = estate.audit().findings
    assert "username %EMAILLOCALPART% for %EMAILADDRESS%" in finding.text
    assert "<username>%EMAILADDRESS%</username>" in finding.remedy
    assert "postmaster" not in finding.text + finding.remedy
