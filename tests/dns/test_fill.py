from __future__ import annotations

import msgspec
import pytest
from dns.rcode import Rcode

from autoconfig.dns import CautionKind, Filled, GapReason, Origin, Resolver, fill, fill_all
from autoconfig.model import DEFAULT_USERNAME, Authentication, Provider, Server, ServerType, SocketType
from tests.support import dns_server
from tests.support.dns_server import DnsServer

DOMAIN = "example.test"
IMAP, POP3, SMTP, SIEVE, CALDAV = (
    ServerType.IMAP,
    ServerType.POP3,
    ServerType.SMTP,
    ServerType.MANAGESIEVE,
    ServerType.CALDAV,
)
PASSWORD = (Authentication.PASSWORD_CLEARTEXT,)
EVERYTHING = """
_imaps._tcp 600 SRV 0 1 993 imap
_imap._tcp SRV 20 1 143 imap
_pop3s._tcp SRV 10 1 995 pop
_pop3._tcp SRV 0 0 0 .
_submissions._tcp SRV 0 1 465 smtp
_submission._tcp SRV 10 1 587 smtp
_jmap._tcp SRV 30 1 8443 jmap
_sieve._tcp SRV 0 1 4190 imap
_caldavs._tcp SRV 0 1 443 dav
_caldavs._tcp TXT "path=/calendars/"
_carddavs._tcp SRV 0 1 443 dav
_autodiscover._tcp SRV 0 1 443 www
imap A 192.0.2.1
pop A 192.0.2.2
smtp AAAA 2001:db8::3
jmap A 192.0.2.4
dav A 192.0.2.5
www A 192.0.2.6
"""


def with_servers(*servers: Server, domains: tuple[str, ...] = (DOMAIN,)) -> Provider:
    return Provider(id=DOMAIN, name="Example", domains=domains, servers=servers)


def logged_in(server: Server, authentication: Authentication = Authentication.PASSWORD_CLEARTEXT) -> Server:
    return msgspec.structs.replace(server, username=DEFAULT_USERNAME, authentication=(authentication,))


def kinds(filled: Filled) -> set[CautionKind]:
    return {caution.kind for caution in filled.warnings}


def reasons(filled: Filled) -> list[tuple[str, GapReason]]:
    return [(gap.field, gap.reason) for gap in filled.gaps]


def hosts(filled: Filled) -> list[str | None]:
    return [server.hostname for server in filled.provider.servers]


def test_one_line_of_substance_becomes_a_full_configuration(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    filled = fill(with_servers(), resolver)
    starttls = SocketType.STARTTLS
    assert filled.provider.servers == (
        logged_in(Server(type=IMAP, hostname="imap.example.test")),
        logged_in(Server(type=POP3, hostname="pop.example.test")),
        logged_in(Server(type=IMAP, hostname="imap.example.test", socket_type=starttls)),
        logged_in(
            Server(type=ServerType.JMAP, url="https://jmap.example.test:8443/.well-known/jmap"),
            Authentication.HTTP_BASIC,
        ),
        logged_in(Server(type=SMTP, hostname="smtp.example.test")),
        logged_in(Server(type=SMTP, hostname="smtp.example.test", socket_type=starttls)),
        logged_in(Server(type=SIEVE, hostname="imap.example.test")),
        logged_in(Server(type=CALDAV, url="https://dav.example.test/calendars/"), Authentication.HTTP_BASIC),
        logged_in(
            Server(type=ServerType.CARDDAV, url="https://dav.example.test/.well-known/carddav"),
            Authentication.HTTP_BASIC,
        ),
    )
    assert not filled.gaps
    assert kinds(filled) == {CautionKind.UNSIGNED}
    assert filled.autodiscover == ("https://www.example.test/autodiscover/autodiscover.xml",)


def test_every_value_has_a_provenance(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    filled = fill(with_servers(), resolver)
    found = {record.field: record for record in filled.provenance}
    port = found["servers[0].port"]
    assert (port.value, port.origin, port.ttl, port.secure) == ("993", Origin.DNS, 600, False)
    assert port.record == "_imaps._tcp.example.test. 600 IN SRV 0 1 993 imap.example.test."
    assert found["servers[0].username"].origin is Origin.DEFINITION
    assert found["servers[7].url"].record == (
        "_caldavs._tcp.example.test. 300 IN SRV 0 1 443 dav.example.test.; "
        '_caldavs._tcp.example.test. 300 IN TXT "path=/calendars/"'
    )
    for index, server_ in enumerate(filled.provider.servers):
        names = {field.partition(".")[2] for field in found if field.startswith(f"servers[{index}].")}
        place = {"url"} if server_.url else {"hostname", "port", "socket_type"}
        assert names == place | {"username", "authentication"}


def test_the_login_is_that_of_the_provider(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    local_part, oauth2 = "%EMAILLOCALPART%", (Authentication.OAUTH2,)
    provider = msgspec.structs.replace(with_servers(), username=local_part, authentication=oauth2)
    servers = fill(provider, resolver).provider.servers
    assert {(server.username, server.authentication) for server in servers} == {(local_part, oauth2)}


def test_a_gap_takes_its_place_from_dns_and_keeps_what_it_says(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    stated = Server(type=IMAP, hostname="imap.example.net", username="%EMAILLOCALPART%", authentication=PASSWORD)
    gap = Server(type=SMTP, socket_type=SocketType.STARTTLS, username="me", authentication=(Authentication.NTLM,))
    filled = fill(with_servers(stated, gap), resolver)
    assert filled.provider.servers == (stated, msgspec.structs.replace(gap, hostname="smtp.example.test", port=587))
    assert {record.field for record in filled.provenance} == {"servers[1].hostname", "servers[1].port"}


def test_a_gap_becomes_all_servers_of_its_type(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    servers = fill(with_servers(Server(type=IMAP)), resolver).provider.servers
    assert [(server.port, server.socket_type) for server in servers] == [
        (993, SocketType.SSL),
        (143, SocketType.STARTTLS),
    ]
    assert {server.username for server in servers} == {DEFAULT_USERNAME}


def test_a_server_that_the_definition_has_is_not_repeated(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    stated = logged_in(Server(type=IMAP, hostname="imap.example.test"))
    filled = fill(with_servers(logged_in(Server(type=IMAP)), stated, logged_in(Server(type=IMAP))), resolver)
    assert [server.port for server in filled.provider.servers] == [143, 993]
    assert not filled.gaps


def test_only_the_services_of_the_definition_are_asked_for(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    fill(with_servers(Server(type=SMTP)), resolver)
    services = {query.name.split(".")[0] for query in server.queries if query.type == "SRV"}
    assert services == {"_submissions", "_submission", "_autoconfig-probe"}


def test_priority_orders_across_services(server: DnsServer, resolver: Resolver) -> None:
    server.add(
        DOMAIN,
        "_imaps._tcp SRV 20 1 993 imap\n_pop3s._tcp SRV 10 1 995 pop\n_imaps._tcp SRV 5 1 993 first\n"
        "_submissions._tcp SRV 0 1 465 smtp\n* A 192.0.2.1",
    )
    assert hosts(fill(with_servers(), resolver))[:3] == ["first.example.test", "pop.example.test", "imap.example.test"]


def test_a_decided_no_is_never_followed_by_a_guess(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 0 0 .\n_imap._tcp SRV 0 0 0 .\nimap A 192.0.2.1\nsmtp A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP), Server(type=SMTP)), resolver, guess=True)
    assert reasons(filled) == [("servers[0]", GapReason.NOT_OFFERED), ("servers[1]", GapReason.NO_RECORD)]
    assert filled.provider.servers == (Server(type=SMTP),)


def test_a_no_among_real_targets_is_no_decision(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 0 0 .\n_imaps._tcp SRV 0 0 993 imap\nimap A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert hosts(filled) == ["imap.example.test"]
    assert CautionKind.BAD_TARGET in kinds(filled)


def test_a_provider_without_servers_needs_incoming_and_outgoing_ones(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_pop3s._tcp SRV 0 1 995 pop\npop A 192.0.2.1\n_submissions._tcp SRV 0 0 0 .")
    filled = fill(with_servers(), resolver)
    assert hosts(filled) == ["pop.example.test"]
    assert reasons(filled) == [("servers", GapReason.NOT_OFFERED)]
    assert filled.gaps[0].type is SMTP
    nothing = fill(with_servers(domains=("none.test",)), resolver)
    assert reasons(nothing) == [("servers", GapReason.NO_RECORD)] * 2


def test_no_answer_leaves_a_gap_and_allows_no_guess(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "imap A 192.0.2.1\nsmtp A 192.0.2.1")
    server.misbehave(dns_server.fails(Rcode.SERVFAIL), "_imaps._tcp.example.test")
    filled = fill(with_servers(Server(type=IMAP), Server(type=SMTP)), resolver, guess=True)
    assert reasons(filled) == [("servers[0]", GapReason.NO_ANSWER), ("servers[1]", GapReason.NO_RECORD)]
    assert "SERVFAIL" in str(filled.gaps[0])


def test_a_service_that_did_not_answer_beside_one_that_did_is_told(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    server.misbehave(dns_server.fails(Rcode.SERVFAIL), "_imap._tcp.example.test")
    for provider in (with_servers(), with_servers(Server(type=IMAP))):
        filled = fill(provider, resolver)
        assert hosts(filled)[0] == "imap.example.test"
        assert not filled.gaps
        assert CautionKind.UNKNOWN in kinds(filled)


@pytest.mark.parametrize("type", [ServerType.EXCHANGE, ServerType.XMPP, ServerType.EWS])
def test_a_type_without_srv_record_stays_a_gap(resolver: Resolver, type: ServerType) -> None:
    filled = fill(with_servers(Server(type=type)), resolver)
    assert reasons(filled) == [("servers[0]", GapReason.NO_SERVICE)]
    assert filled.provider.gaps


def test_wildcards_only_leave_no_domain_to_ask(server: DnsServer, resolver: Resolver) -> None:
    wildcard = ("*.example.test",)
    assert reasons(fill(with_servers(Server(type=IMAP), domains=wildcard), resolver)) == [
        ("servers[0]", GapReason.NO_DOMAIN)
    ]
    assert reasons(fill(with_servers(domains=wildcard), resolver)) == [("servers", GapReason.NO_DOMAIN)] * 2
    assert not server.queries


def test_guesses_are_off_unless_asked_for(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "imap A 192.0.2.1\nsmtp A 192.0.2.1")
    assert not fill(with_servers(), resolver).provider.servers
    assert server.asked("imap.example.test") == 0


def test_guesses_are_usual_names_with_an_address_and_marked(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "imap A 192.0.2.1\nmail AAAA 2001:db8::1")
    filled = fill(with_servers(), resolver, guess=True)
    assert hosts(filled) == ["imap.example.test", "mail.example.test", "mail.example.test"]
    assert not filled.gaps
    guessed = [record for record in filled.provenance if record.origin is Origin.GUESS]
    assert [record.field for record in guessed if record.value == "SSL"] == [
        f"servers[{index}].socket_type" for index in range(3)
    ]
    assert guessed[0].record == "imap.example.test. 300 IN A 192.0.2.1"
    assert not any(record.secure for record in guessed)


def test_a_guess_keeps_what_the_gap_says(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "smtp A 192.0.2.1")
    gap = Server(type=SMTP, socket_type=SocketType.STARTTLS, port=2587, username="me", authentication=PASSWORD)
    filled = fill(with_servers(gap), resolver, guess=True)
    assert filled.provider.servers == (msgspec.structs.replace(gap, hostname="smtp.example.test"),)
    assert [record.field for record in filled.provenance] == ["servers[0].hostname"]


def test_a_wildcard_address_is_no_guess(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "* A 192.0.2.1")
    filled = fill(with_servers(), resolver, guess=True)
    assert not filled.provider.servers
    assert CautionKind.WILDCARD in kinds(filled)


@pytest.mark.parametrize(
    ("records", "contradicts"),
    [
        ("_imaps._tcp SRV 0 1 993 imap", False),
        ("_imaps._tcp SRV 0 1 993 other", True),
        ("_imaps._tcp SRV 0 1 1993 imap", True),
        ("_imaps._tcp SRV 0 0 0 .", True),
        ("_imap._tcp SRV 0 0 0 .", False),
        ("_imaps._tcp SRV 0 1 993 other\n_imaps._tcp SRV 9 1 993 imap", False),
        ("imap TXT x", False),
    ],
)
def test_a_contradiction_is_told_and_nothing_changed(
    server: DnsServer, resolver: Resolver, records: str, contradicts: bool
) -> None:
    server.add(DOMAIN, f"{records}\nimap A 192.0.2.1\nother A 192.0.2.2")
    provider = with_servers(Server(type=IMAP, hostname="IMAP.%EMAILDOMAIN%"))
    filled = fill(provider, resolver)
    assert filled.provider == provider
    assert not filled.provenance
    assert (CautionKind.CONTRADICTION in kinds(filled)) is contradicts


def test_a_stated_port_stays_and_another_in_dns_is_a_contradiction(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    filled = fill(with_servers(Server(type=POP3, port=1995, socket_type=SocketType.SSL)), resolver)
    assert [(server.hostname, server.port) for server in filled.provider.servers] == [("pop.example.test", 1995)]
    assert CautionKind.CONTRADICTION in kinds(filled)


def test_a_url_is_compared_with_the_host_in_dns(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    same, other = ("https://dav.example.test/mine", "https://cal.example.test/")
    assert CautionKind.CONTRADICTION not in kinds(fill(with_servers(Server(type=CALDAV, url=same)), resolver))
    assert CautionKind.CONTRADICTION in kinds(fill(with_servers(Server(type=CALDAV, url=other)), resolver))


def test_a_host_of_another_domain_is_flagged(server: DnsServer, resolver: Resolver) -> None:
    server.add("co.uk", "_imaps._tcp.mine SRV 0 1 993 imap.theirs\nimap.theirs A 192.0.2.1\nimap.mine A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP), domains=("mine.co.uk",)), resolver)
    assert [caution.about for caution in filled.warnings if caution.kind is CautionKind.OFF_DOMAIN] == [
        "imap.theirs.co.uk"
    ]


def test_a_host_of_another_domain_is_not_flagged_where_dnssec_vouches_for_it(server: DnsServer) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 imap.example.net.")
    server.add("example.net", "imap A 192.0.2.1")
    server.misbehave(lambda question, answer: [answer[:3] + bytes([answer[3] | 0x20]) + answer[4:]])
    with Resolver([server.address], trust_ad=True) as trusting:
        filled = fill(with_servers(Server(type=IMAP)), trusting)
    assert hosts(filled) == ["imap.example.net"]
    assert not filled.warnings
    assert all(record.secure for record in filled.provenance)


def test_an_alias_as_target_is_taken_and_flagged(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 imap\nimap CNAME mail\nmail A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert hosts(filled) == ["imap.example.test"]
    assert CautionKind.ALIAS in kinds(filled)


def test_a_target_without_address_is_left_out(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 gone\n_imaps._tcp SRV 1 1 993 imap\nimap A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert hosts(filled) == ["imap.example.test"]
    assert CautionKind.NO_ADDRESS in kinds(filled)


def test_a_target_with_port_0_is_left_out(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 0 imap\nimap A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert reasons(filled) == [("servers[0]", GapReason.UNUSABLE)]
    assert CautionKind.BAD_TARGET in kinds(filled)


def test_no_target_with_an_address_leaves_a_gap(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 gone\nimap A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver, guess=True)
    assert reasons(filled) == [("servers[0]", GapReason.UNUSABLE)]
    assert filled.provider.gaps


def test_a_target_below_an_address_wildcard_is_flagged(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 imap\n* A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert hosts(filled) == ["imap.example.test"]
    assert CautionKind.WILDCARD in kinds(filled)


def test_a_wildcard_of_services_says_nothing_of_one(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "*._tcp SRV 0 1 993 imap\nimap A 192.0.2.1\n_pop3s._tcp SRV 0 1 995 imap")
    filled = fill(with_servers(Server(type=IMAP), Server(type=POP3)), resolver)
    assert reasons(filled) == [("servers[0]", GapReason.NO_RECORD)]
    assert filled.provider.servers[1].hostname == "imap.example.test"
    assert CautionKind.WILDCARD in kinds(filled)


def test_a_wildcard_may_decline_all_services(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "*._tcp SRV 0 0 0 .\nimap A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver, guess=True)
    assert reasons(filled) == [("servers[0]", GapReason.NOT_OFFERED)]


def test_u_labels_become_a_labels_and_are_flagged(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, "_imaps._tcp SRV 0 1 993 b\\195\\188cher\nxn--bcher-kva A 192.0.2.1")
    filled = fill(with_servers(Server(type=IMAP)), resolver)
    assert hosts(filled) == ["xn--bcher-kva.example.test"]
    assert CautionKind.U_LABELS in kinds(filled)


@pytest.mark.parametrize("path", ["calendars", "/a b", "/%EMAILADDRESS%", "/?x", "https://evil.example/"])
def test_a_path_that_is_none_is_not_taken(server: DnsServer, resolver: Resolver, path: str) -> None:
    server.add(DOMAIN, f'_caldavs._tcp SRV 0 1 443 dav\n_caldavs._tcp TXT "path={path}"\ndav A 192.0.2.1')
    filled = fill(with_servers(Server(type=CALDAV)), resolver)
    assert filled.provider.servers[0].url == "https://dav.example.test/.well-known/caldav"
    assert CautionKind.BAD_PATH in kinds(filled)


def test_a_path_may_stand_among_other_texts(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, '_caldavs._tcp SRV 0 1 443 dav\n_caldavs._tcp TXT "x=1" "PATH=/cal"\ndav A 192.0.2.1')
    assert fill(with_servers(Server(type=CALDAV)), resolver).provider.servers[0].url == "https://dav.example.test/cal"


def test_only_the_first_domain_is_asked(server: DnsServer, resolver: Resolver) -> None:
    server.add(DOMAIN, EVERYTHING)
    fill(with_servers(domains=("*.example.net", DOMAIN, "example.org")), resolver)
    assert all(query.name.endswith(DOMAIN) for query in server.queries)


def test_many_providers_keep_their_order(server: DnsServer, resolver: Resolver) -> None:
    server.latency = 0.01
    names = [f"d{number}.test" for number in range(30)]
    for name in names:
        server.add(name, "_imaps._tcp SRV 0 1 993 imap\nimap A 192.0.2.1")
    found = fill_all((with_servers(Server(type=IMAP), domains=(name,)) for name in names), resolver)
    assert [hosts(filled) for filled in found] == [[f"imap.{name}"] for name in names]
