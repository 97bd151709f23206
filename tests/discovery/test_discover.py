"""Discovery in an internet on loopback: every source, every order, every outcome."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import sleep

import msgspec
import pytest
from dns.rcode import Rcode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autoconfig
from autoconfig.address import Address
from autoconfig.catalog import bundled
from autoconfig.discovery import ALL, Discovery, FindingKind, OptionError, Outcome, Step, Trust, discover_many
from autoconfig.dns import Resolver
from autoconfig.errors import AddressError
from autoconfig.formats import mozilla, outlook, pacc
from autoconfig.formats.outlook_requests import (
    ErrorCode,
    parse_request,
    render_error,
    render_redirect_to_address,
    render_redirect_to_url,
)
from tests.support.dns_server import fails, silent
from tests.support.internet import CONFIG, DOMAIN, JAN, POX, PUBLISHERS, Internet, internet_on, provider_of
from tests.support.samples import BARE
from tests.support.threads import left_behind
from tests.support.web import Answer, Request, Web

TRUST = {
    "catalog": Trust.SECURE,
    "autoconfig-1.1": Trust.SECURE,
    "autoconfig-1.2": Trust.SECURE,
    "autoconfig-1.3": Trust.INSECURE,
    "ispdb": Trust.THIRD_PARTY,
    "mx": Trust.THIRD_PARTY,
    "txt": Trust.INSECURE,
    "pacc": Trust.SECURE,
    "autodiscover": Trust.SECURE,
    "srv": Trust.INSECURE,
    "mx-catalog": Trust.THIRD_PARTY,
}
PRIORITY = (
    "catalog",
    "autoconfig-1.1",
    "autoconfig-1.2",
    "pacc",
    "autodiscover",
    "ispdb",
    "mx",
    "mx-catalog",
    "autoconfig-1.3",
    "txt",
    "srv",
)
"""From the first to the last, as the trust of each source in this internet without DNSSEC makes it."""


def host_of(discovery: Discovery) -> str | None:
    return discovery.best.provider.incoming[0].hostname if discovery.best is not None else None


def outcomes(discovery: Discovery, source: str) -> list[Outcome]:
    return [step.outcome for step in discovery.trace if step.source == source]


def test_the_table_is_complete() -> None:
    assert set(ALL) == set(TRUST) == set(PRIORITY) == set(PUBLISHERS)


@pytest.mark.parametrize("source", ALL)
def test_each_source_is_found_with_its_trust(internet: Internet, source: str) -> None:
    internet.publish(source, DOMAIN, provider_of(source))
    discovery = internet.discover(JAN)
    best = discovery.best
    assert best is not None
    assert (best.source, best.trust) == (source, TRUST[source])
    assert best.reasons
    assert best.confirm == ()
    assert [server.hostname for server in best.provider.servers] == [
        f"{type}.{source.replace('.', '-')}.{DOMAIN}" for type in ("imap", "smtp")
    ]
    assert {server.username for server in best.provider.servers} == {JAN}
    assert any(step.outcome is Outcome.FOUND and step.trust is best.trust for step in discovery.trace)


@given(published=st.dictionaries(st.sampled_from(ALL), st.sampled_from([0.0, 0.02, 0.06])))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_best_is_the_one_of_highest_priority_whoever_answers_when(
    web: Web, ca_file: Path, published: dict[str, float]
) -> None:
    web.sites.clear()
    with internet_on(web, ca_file) as internet:
        for source, delay in published.items():
            internet.publish(source, DOMAIN, provider_of(source), delay)
        discovery = internet.discover(JAN)
    expected = next((source for source in PRIORITY if source in published), None)
    assert (discovery.best.source if discovery.best is not None else None) == expected
    ranks = [PRIORITY.index(candidate.source) for candidate in discovery.candidates]
    assert ranks == sorted(ranks)


def test_all_candidates_are_ranked_on_request_and_their_disagreement_is_told(internet: Internet) -> None:
    for source in ALL:
        internet.publish(source, DOMAIN, provider_of(source))
    discovery = internet.discover(JAN, wait_for_all=True)
    assert tuple(candidate.source for candidate in discovery.candidates) == PRIORITY
    for source in PRIORITY[1:]:
        assert any(f"{source} says imap imap." in warning for warning in discovery.warnings), source


def test_every_way_of_a_source_is_asked_to_its_end_on_request(internet: Internet) -> None:
    internet.publish("autodiscover", DOMAIN, provider_of("a"), delay=0.2)
    internet.serve("https", DOMAIN, POX, Answer(outlook.render(provider_of("b"))))
    steps = internet.discover(JAN, wait_for_all=True, sources=["autodiscover"]).trace
    found = [step.query for step in steps if step.outcome is Outcome.FOUND]
    assert found == [f"https://{DOMAIN}{POX}", f"https://autodiscover.{DOMAIN}{POX}"]


def test_sources_that_agree_cause_no_warning(internet: Internet) -> None:
    for source in ("autoconfig-1.1", "ispdb", "autoconfig-1.3"):
        internet.publish(source, DOMAIN, provider_of("same"))
    assert internet.discover(JAN, wait_for_all=True).warnings == ()


BUNDLED = {
    "XS4ALL": "xs4all.nl",
    "KPN": "kpnmail.nl",
    "Telfort": "telfort.nl",
    "Online.nl": "online.nl",
}


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("domain", BUNDLED.values(), ids=BUNDLED)
def test_the_bundled_dutch_providers_are_found_through_each_source(
    internet: Internet, domain: str, source: str
) -> None:
    provider = bundled().find(domain)
    assert provider is not None
    internet.publish(source, domain, provider)
    address = autoconfig.parse_address(f"jan@{domain}")
    best = internet.discover(str(address)).best
    assert best is not None
    assert (best.source, best.trust) == (source, TRUST[source])
    expected = provider.for_address(address)
    if source in ("catalog", "mx-catalog"):
        assert best.provider.servers == expected.servers
    first = {(server.type, server.hostname, server.port) for server in best.provider.servers}
    assert (expected.incoming[0].type, expected.incoming[0].hostname, expected.incoming[0].port) in first
    assert (expected.outgoing[0].type, expected.outgoing[0].hostname, expected.outgoing[0].port) in first


def test_a_domain_in_the_catalog_costs_no_network(internet: Internet) -> None:
    for source in ("catalog", "autoconfig-1.1"):
        internet.publish(source, DOMAIN, provider_of(source))
    discovery = internet.discover(JAN)
    assert [step.source for step in discovery.trace] == ["catalog"]
    assert not internet.web.requests
    assert not internet.dns.queries


def test_the_bundled_catalog_is_the_default(internet: Internet) -> None:
    best = internet.discover("jan@xs4all.nl", catalog=None, sources=["catalog"]).best
    assert best is not None
    assert best.confirm == ("kpnmail.nl",)


def test_only_the_sources_of_a_list_are_asked(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, provider_of("a"))
    internet.publish("ispdb", DOMAIN, provider_of("b"))
    discovery = internet.discover(JAN, sources=["ispdb"])
    assert {step.source for step in discovery.trace} == {"ispdb"}
    assert host_of(discovery) == "imap.b.example.test"


def test_an_unknown_source_is_told() -> None:
    with pytest.raises(OptionError, match="ispbd; allowed: catalog"):
        autoconfig.discover(JAN, sources=["ispbd"])


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(AddressError):
        autoconfig.discover("jan")


def test_nothing_is_found_where_nothing_is(internet: Internet) -> None:
    discovery = internet.discover(JAN)
    assert discovery.best is None
    assert {step.outcome for step in discovery.trace} == {Outcome.NOTHING}


@pytest.mark.parametrize("source", ["txt", "srv"])
def test_records_that_dnssec_vouches_for_are_trusted(internet: Internet, source: str) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("ispdb"))
    internet.publish(source, DOMAIN, provider_of(source))
    internet.dns.misbehave(validated)
    with Resolver([internet.dns.address], trust_ad=True) as resolver:
        best = internet.discover(JAN, resolver=resolver).best
    assert best is not None
    assert (best.source, best.trust) == (source, Trust.SECURE)


def validated(question: bytes, answer: bytes) -> Iterable[bytes]:
    """Answer as a validating resolver does, with the AD flag set."""
    return [answer[:3] + bytes([answer[3] | 0x20]) + answer[4:]]


# The way of the sources


def test_the_address_is_sent_on_request_only_and_only_over_https(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, BARE, delay=0.2)
    internet.publish("autoconfig-1.3", DOMAIN, BARE)
    internet.publish("mx", DOMAIN, BARE)
    internet.discover(JAN, wait_for_all=True, sources=["autoconfig-1.1", "autoconfig-1.3", "mx"])
    assert not any("jan" in request.path for request in internet.web.requests)
    internet.web.requests.clear()
    internet.discover(
        JAN, wait_for_all=True, sources=["autoconfig-1.1", "autoconfig-1.3", "mx", "ispdb"], send_address=True
    )
    told = {(request.scheme, request.host) for request in internet.web.requests if "jan%40example.test" in request.path}
    assert told == {("https", f"autoconfig.{DOMAIN}"), ("https", "autoconfig.hoster.test")}


def test_an_internationalized_domain_is_asked_by_its_a_labels(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", "xn--bcher-kva.test", provider_of("a", "xn--bcher-kva.test"))
    discovery = internet.discover("jan@Bücher.TEST.")
    assert discovery.address == "jan@xn--bcher-kva.test"
    assert host_of(discovery) == "imap.a.xn--bcher-kva.test"


@pytest.mark.parametrize(
    "order",
    [
        ("https", "autoconfig.mail.hoster.test", CONFIG),
        ("https", "autoconfig.hoster.test", CONFIG),
        ("https", "ispdb.test", "/v1.1/mail.hoster.test"),
        ("https", "ispdb.test", "/v1.1/hoster.test"),
    ],
)
def test_the_mx_host_is_asked_about_in_the_order_of_the_draft(internet: Internet, order: tuple[str, str, str]) -> None:
    steps = [
        ("https", "autoconfig.mail.hoster.test", CONFIG),
        ("https", "autoconfig.hoster.test", CONFIG),
        ("https", "ispdb.test", "/v1.1/mail.hoster.test"),
        ("https", "ispdb.test", "/v1.1/hoster.test"),
    ]
    internet.record(f"{DOMAIN} MX 20 mx.worse.test.", f"{DOMAIN} MX 10 mx1.mail.hoster.test.")
    for number, (scheme, host, path) in enumerate(steps[steps.index(order) :]):
        document = mozilla.render(provider_of(f"step{number}", "hoster.test"))
        internet.serve(scheme, host, path, Answer(document, delay=0.1 - number * 0.02))
    discovery = internet.discover(JAN, sources=["mx"])
    assert host_of(discovery) == "imap.step0.hoster.test"
    assert discovery.best is not None
    assert discovery.best.confirm == ("hoster.test",)
    assert FindingKind.DOMAIN_NOT_LISTED not in {finding.kind for finding in discovery.best.findings}
    assert not internet.asked("autoconfig.worse.test")


def test_an_mx_host_of_the_mail_domain_itself_leads_nowhere(internet: Internet) -> None:
    internet.record(f"{DOMAIN} MX 10 mx.{DOMAIN}.")
    internet.publish("autoconfig-1.1", DOMAIN, provider_of("a"))
    assert internet.discover(JAN, sources=["mx"]).best is None


def test_a_domain_that_takes_no_mail_has_no_provider_behind_its_mx(internet: Internet) -> None:
    internet.record(f"{DOMAIN} MX 0 .")
    assert outcomes(internet.discover(JAN, sources=["mx"]), "mx") == [Outcome.NOTHING]


def test_a_txt_record_that_names_http_is_not_followed(internet: Internet) -> None:
    internet.record(f'{DOMAIN} TXT "mailconf=http://config.{DOMAIN}/mail.xml"', f'{DOMAIN} TXT "v=spf1 -all"')
    internet.serve("http", f"config.{DOMAIN}", "/mail.xml", Answer(mozilla.render(BARE)))
    assert internet.discover(JAN, sources=["txt"]).best is None
    assert not internet.web.requests


@pytest.mark.parametrize("record", [None, "v=UAAC1; a=sha256; d=AAAA", "v=spf1 -all"])
def test_a_pacc_document_without_its_digest_in_dns_is_not_taken(internet: Internet, record: str | None) -> None:
    path = "/.well-known/user-agent-configuration.json"
    internet.serve("https", f"ua-auto-config.{DOMAIN}", path, Answer(pacc.render(BARE)))
    if record is not None:
        internet.record(f'_ua-auto-config.{DOMAIN} TXT "{record}"'.replace(";", "\\;"))
    assert internet.discover(JAN, sources=["pacc"]).best is None


# Outlook autodiscover


def settings_for(request: Request) -> Answer:
    """The answer of a dynamic server, which names the address that it was asked for."""
    return Answer(outlook.render(provider_of("pox", "hoster.test"), address=parse_request(request.body).address))


def test_autodiscover_is_asked_by_post_without_credentials(internet: Internet) -> None:
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, settings_for)
    assert internet.discover(JAN, sources=["autodiscover"]).best is not None
    request = next(request for request in internet.web.requests if request.scheme == "https")
    assert request.method == "POST"
    assert str(parse_request(request.body).address) == JAN
    assert "authorization" not in request.headers


def test_autodiscover_on_the_domain_itself_comes_first(internet: Internet) -> None:
    pox = [Answer(outlook.render(provider_of(mark)), delay=delay) for mark, delay in (("a", 0.1), ("b", 0.0))]
    internet.serve("https", DOMAIN, POX, pox[0])
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, pox[1])
    assert host_of(internet.discover(JAN)) == "imap.a.example.test"


def test_autodiscover_by_srv_is_as_trusted_as_its_dns(internet: Internet) -> None:
    internet.record(f"_autodiscover._tcp.{DOMAIN} SRV 0 0 8443 pox.hoster.test.")
    internet.serve("https", "pox.hoster.test", POX, settings_for)
    best = internet.discover(JAN).best
    assert best is not None
    assert (best.source, best.trust) == ("autodiscover", Trust.INSECURE)


def test_autodiscover_over_http_is_for_a_redirect_only(internet: Internet) -> None:
    internet.serve("http", f"autodiscover.{DOMAIN}", POX, Answer(outlook.render(BARE)))
    assert internet.discover(JAN).best is None
    target = {"Location": f"https://pox.hoster.test{POX}"}
    internet.serve("http", f"autodiscover.{DOMAIN}", POX, Answer(status=302, headers=target))
    internet.serve("https", "pox.hoster.test", POX, settings_for)
    best = internet.discover(JAN).best
    assert best is not None
    assert best.trust is Trust.INSECURE
    assert all(request.body == b"" for request in internet.web.requests if request.scheme == "http")


def test_autodiscover_over_http_does_not_send_the_address_over_http(internet: Internet) -> None:
    target = {"Location": f"http://pox.hoster.test{POX}"}
    internet.serve("http", f"autodiscover.{DOMAIN}", POX, Answer(status=302, headers=target))
    internet.serve("http", "pox.hoster.test", POX, settings_for)
    assert internet.discover(JAN).best is None
    assert not internet.asked("pox.hoster.test")


def test_a_redirect_to_a_url_is_followed_and_lowers_the_trust(internet: Internet) -> None:
    answer = Answer(render_redirect_to_url(f"https://pox.hoster.test{POX}"))
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, answer)
    internet.serve("https", "pox.hoster.test", POX, settings_for)
    best = internet.discover(JAN).best
    assert best is not None
    assert best.trust is Trust.THIRD_PARTY
    assert any("pox.hoster.test" in reason for reason in best.reasons)
    assert best.provider.servers[0].username == JAN


def test_a_redirect_to_an_address_asks_its_domain_and_logs_in_by_it(internet: Internet) -> None:
    answer = Answer(render_redirect_to_address(Address("j.jansen", "hoster.test")))
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, answer)
    static = Answer(outlook.render(provider_of("pox", "hoster.test")))
    internet.serve("https", "autodiscover.hoster.test", POX, static)
    best = internet.discover(JAN).best
    assert best is not None
    assert best.trust is Trust.THIRD_PARTY
    assert best.provider.servers[0].username == "j.jansen@hoster.test"


@pytest.mark.parametrize(
    "answer",
    [
        render_redirect_to_url(f"https://autodiscover.{DOMAIN}{POX}"),
        render_redirect_to_address(Address("jan", DOMAIN)),
    ],
    ids=["url", "address"],
)
def test_redirects_of_autodiscover_end(internet: Internet, answer: bytes) -> None:
    internet.serve("https", DOMAIN, POX, Answer(answer))
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, Answer(answer))
    discovery = internet.discover(JAN, sources=["autodiscover"])
    assert discovery.best is None
    assert len(internet.web.requests) <= 3 * 11
    assert discovery.elapsed < 5


def test_an_error_of_autodiscover_is_told(internet: Internet) -> None:
    internet.serve("https", f"autodiscover.{DOMAIN}", POX, Answer(render_error(ErrorCode.ADDRESS_NOT_FOUND)))
    discovery = internet.discover(JAN, sources=["autodiscover"])
    assert any("error 500" in step.detail for step in discovery.trace)


# Outcomes


HTML = b"<!DOCTYPE html>\n<html><head><title>Welcome to HotelNet</title></head></html>"
INCOMPLETE = mozilla.render(msgspec.structs.replace(BARE, servers=BARE.servers[:1]))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(HTML), Outcome.WEB_PAGE),
        (Answer(b"<html>x"), Outcome.WEB_PAGE),
        (Answer(b"<clientConfig"), Outcome.UNREADABLE),
        (Answer(b""), Outcome.UNREADABLE),
        (Answer(b"<other/>"), Outcome.UNREADABLE),
        (Answer(INCOMPLETE), Outcome.INCOMPLETE),
        (Answer(b"x" * ((1 << 20) + 1)), Outcome.TOO_LARGE),
        (Answer(b"x", 401), Outcome.HTTP_ERROR),
        (Answer(b"x", 404), Outcome.NOTHING),
        (Answer(status=302, headers={"Location": "http://example.test/"}), Outcome.REFUSED),
    ],
)
def test_the_outcome_of_a_step_is_told(internet: Internet, answer: Answer, outcome: Outcome) -> None:
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, answer)
    discovery = internet.discover(JAN, sources=["autoconfig-1.1"])
    assert outcomes(discovery, "autoconfig-1.1") == [outcome]
    assert discovery.best is None


def test_a_host_with_a_wrong_certificate_is_a_tls_error(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, BARE)
    internet.web.strangers.add(f"autoconfig.{DOMAIN}")
    assert outcomes(internet.discover(JAN), "autoconfig-1.1") == [Outcome.TLS_ERROR]


def test_a_host_where_nobody_listens_is_unreachable(internet: Internet) -> None:
    internet.record(f"autoconfig.{DOMAIN} A 127.0.0.1")
    discovery = internet.discover(JAN, ports={443: 1, 80: 1}, sources=["autoconfig-1.1"])
    assert outcomes(discovery, "autoconfig-1.1") == [Outcome.UNREACHABLE]


def test_a_name_server_that_fails_is_a_dns_error(internet: Internet) -> None:
    internet.dns.misbehave(fails(Rcode.SERVFAIL), f"autoconfig.{DOMAIN}")
    assert outcomes(internet.discover(JAN, sources=["autoconfig-1.1"]), "autoconfig-1.1") == [Outcome.DNS_ERROR]


def test_a_name_server_that_is_silent_is_left_at_the_deadline(internet: Internet) -> None:
    internet.dns.misbehave(silent)
    discovery = internet.discover(JAN, deadline=0.4)
    assert discovery.elapsed < 2
    assert {step.outcome for step in discovery.trace} == {Outcome.NOTHING, Outcome.TIMEOUT}


def hang(request: Request) -> None:
    request.connection.settimeout(20)
    request.connection.recv(1)


def test_a_slow_loser_is_cancelled_and_named_in_the_trace(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, provider_of("a"), delay=0.1)
    internet.serve("https", "ispdb.test", f"/v1.1/{DOMAIN}", hang)
    discovery = internet.discover(JAN)
    assert outcomes(discovery, "ispdb") == [Outcome.CANCELLED]
    assert discovery.elapsed < 5


def test_a_winner_that_hangs_is_left_at_the_deadline_and_the_next_one_taken(internet: Internet) -> None:
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, hang)
    internet.publish("ispdb", DOMAIN, provider_of("b"))
    discovery = internet.discover(JAN, deadline=0.6)
    assert host_of(discovery) == "imap.b.example.test"
    assert outcomes(discovery, "autoconfig-1.1") == [Outcome.TIMEOUT]
    assert 0.5 < discovery.elapsed < 3


def test_a_lower_source_that_hangs_is_not_waited_for(internet: Internet) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("b"))
    internet.serve("http", f"autoconfig.{DOMAIN}", CONFIG, hang)
    internet.record(f"{DOMAIN} MX 10 mx.hoster.test.")
    internet.serve("https", "autoconfig.hoster.test", CONFIG, hang)
    assert internet.discover(JAN, deadline=10).elapsed < 5


def test_nothing_outlives_the_deadline(internet: Internet) -> None:
    for scheme, host, path in (
        ("https", f"autoconfig.{DOMAIN}", CONFIG),
        ("https", DOMAIN, POX),
        ("http", f"autodiscover.{DOMAIN}", POX),
        ("https", "autoconfig.hoster.test", CONFIG),
    ):
        internet.serve(scheme, host, path, hang)
    internet.record(f"{DOMAIN} MX 10 mx.hoster.test.")
    internet.dns.misbehave(silent, DOMAIN, "TXT")
    internet.dns.misbehave(silent, f"_imaps._tcp.{DOMAIN}")
    internet.discover(JAN, deadline=0.4)
    assert not left_behind(2)


def test_each_step_is_told_as_it_ends(internet: Internet) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, BARE, delay=0.1)
    internet.dns.misbehave(silent, DOMAIN, "TXT")
    seen: list[Step] = []
    discovery = internet.discover(JAN, on_step=seen.append, deadline=1.0)
    assert not left_behind(5)
    assert sorted(map(repr, seen)) == sorted(map(repr, discovery.trace))


def test_a_step_tells_size_and_time_and_redirects(internet: Internet) -> None:
    body = mozilla.render(provider_of("a"))
    internet.serve("https", f"autoconfig.{DOMAIN}", CONFIG, Answer(status=301, headers={"Location": "/new.xml"}))
    internet.serve("https", f"autoconfig.{DOMAIN}", "/new.xml", Answer(body, delay=0.05))
    step = internet.discover(JAN, sources=["autoconfig-1.1"]).trace[0]
    assert step.size == len(body)
    assert step.elapsed >= 0.05
    assert f"https://autoconfig.{DOMAIN}/new.xml" in step.detail


def test_a_web_page_over_http_is_suspected_of_a_captive_portal(internet: Internet) -> None:
    internet.serve("http", f"autoconfig.{DOMAIN}", CONFIG, Answer(HTML))
    assert any("captive portal" in warning for warning in internet.discover(JAN).warnings)


def test_findings_travel_with_the_candidate(internet: Internet) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a", "other.test"))
    best = internet.discover(JAN).best
    assert best is not None
    assert {finding.kind for finding in best.findings} == {FindingKind.DOMAIN_NOT_LISTED, FindingKind.OFF_DOMAIN}
    assert best.confirm == ("other.test",)


@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.sampled_from([mozilla.render(BARE), outlook.render(BARE), pacc.render(BARE)]).flatmap(
            lambda whole: st.integers(0, len(whole)).map(lambda cut: whole[:cut] + b"\xff" + whole[cut:])
        ),
    )
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_servers_say_it_is_a_result(web: Web, ca_file: Path, body: bytes) -> None:
    web.sites.clear()
    with internet_on(web, ca_file) as internet:
        internet.record(
            f"{DOMAIN} MX 10 mx.hoster.test.",
            f'{DOMAIN} TXT "mailconf=https://config.{DOMAIN}/mail.xml"',
            f'_ua-auto-config.{DOMAIN} TXT "x"',
        )
        for scheme, host, path in (
            ("https", f"autoconfig.{DOMAIN}", CONFIG),
            ("http", f"autoconfig.{DOMAIN}", CONFIG),
            ("https", "autoconfig.hoster.test", CONFIG),
            ("https", f"autodiscover.{DOMAIN}", POX),
            ("https", f"config.{DOMAIN}", "/mail.xml"),
            ("https", f"ua-auto-config.{DOMAIN}", "/.well-known/user-agent-configuration.json"),
        ):
            internet.serve(scheme, host, path, Answer(body))
        assert internet.discover(JAN).trace


# Many


def test_many_are_found_as_they_finish(internet: Internet) -> None:
    for number in range(6):
        internet.publish(
            "ispdb", f"d{number}.test", provider_of("a", f"d{number}.test"), delay=0.3 if number == 0 else 0
        )
    addresses = [f"jan@d{number}.test" for number in range(6)]
    options = internet.with_options()
    results = list(discover_many(addresses, concurrency=3, **options))
    assert sorted(discovery.address for discovery in results) == addresses
    assert all(discovery.best is not None for discovery in results)
    assert results[0].address != "jan@d0.test"


def test_no_more_than_the_concurrency_run_at_once(internet: Internet) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def busy(request: Request) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        sleep(0.03)
        with lock:
            running -= 1
        return Answer(mozilla.render(BARE))

    for number in range(12):
        internet.serve("https", "ispdb.test", f"/v1.1/d{number}.test", busy)
    addresses = (f"jan@d{number}.test" for number in range(12))
    options = internet.with_options(sources=["ispdb"])
    assert len(list(discover_many(addresses, concurrency=4, **options))) == 12
    assert 2 <= most <= 4


def test_text_that_is_no_address_does_not_stop_the_others(internet: Internet) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"))
    options = internet.with_options()
    results = {one.address: one for one in discover_many(["nonsense", JAN], **options)}
    assert results["nonsense"].best is None
    assert "not an e-mail address" in results["nonsense"].warnings[0]
    assert results[JAN].best is not None


def test_leaving_the_iteration_cancels_what_runs(internet: Internet) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"))
    for number in range(8):
        internet.serve("https", "ispdb.test", f"/v1.1/d{number}.test", hang)
    addresses = [JAN, *(f"jan@d{number}.test" for number in range(8))]
    options = internet.with_options(sources=["ispdb"], deadline=60.0)
    for discovery in discover_many(addresses, **options):
        assert discovery.address == JAN
        break
    assert not left_behind(5)


def test_addresses_are_read_as_far_as_needed(internet: Internet) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"))
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield JAN

    options = internet.with_options(sources=["ispdb"])
    results = discover_many(endless(), concurrency=4, **options)
    next(results)
    assert taken <= 5


@pytest.mark.parametrize("name", ["discover", "discover_many"])
def test_the_package_offers_it(name: str) -> None:
    assert callable(getattr(autoconfig, name))
    assert name in autoconfig.__all__
