from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from dns.rcode import Rcode

from autoconfig.dns import Absence, Answer, Failure, Mx, Nothing, Resolver, Result, Srv, Trouble
from autoconfig.errors import AddressError
from tests.support import dns_server
from tests.support.dns_server import Behaviour, DnsServer

NAME = "_imaps._tcp.example.test"


def trouble(result: Result[Srv] | Result[str]) -> Trouble:
    assert isinstance(result, Failure), result
    return result.why


def test_each_type_is_read(server: DnsServer, resolver: Resolver) -> None:
    server.add(
        "example.test",
        "_imaps._tcp SRV 0 1 993 IMAP\n@ MX 10 mx\n@ MX 20 .\n@ TXT one two\nimap A 192.0.2.1\nimap AAAA 2001:db8::1",
    )
    assert resolver.srv(NAME) == Answer(
        name=NAME, records=(Srv(0, 1, 993, "imap.example.test"),), ttl=300, canonical=NAME
    )
    mx = resolver.mx("example.test")
    assert isinstance(mx, Answer) and set(mx.records) == {Mx(10, "mx.example.test"), Mx(20, ".")}
    txt = resolver.txt("example.test")
    assert isinstance(txt, Answer) and txt.records == ("onetwo",)
    addresses = resolver.addresses("imap.example.test")
    assert isinstance(addresses, Answer) and addresses.records == ("192.0.2.1", "2001:db8::1")


def test_a_name_that_does_not_exist_and_one_without_the_type_differ(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "a A 192.0.2.1\nb AAAA 2001:db8::1")
    missing, empty = resolver.srv("none.example.test"), resolver.srv("a.example.test")
    assert isinstance(missing, Absence) and missing.why is Nothing.NXDOMAIN
    assert isinstance(empty, Absence) and empty.why is Nothing.NO_DATA
    assert isinstance(resolver.addresses("a.example.test"), Answer)
    assert isinstance(resolver.addresses("b.example.test"), Answer)
    nobody = resolver.addresses("none.example.test")
    assert isinstance(nobody, Absence) and nobody.why is Nothing.NXDOMAIN


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (dns_server.silent, Trouble.TIMEOUT),
        (dns_server.wrong_id, Trouble.TIMEOUT),
        (dns_server.wrong_question, Trouble.TIMEOUT),
        (dns_server.fails(Rcode.SERVFAIL), Trouble.SERVFAIL),
        (dns_server.fails(Rcode.REFUSED), Trouble.REFUSED),
        (dns_server.fails(Rcode.FORMERR), Trouble.SERVFAIL),
        (dns_server.replies(b"\x00" * 5), Trouble.MALFORMED),
    ],
)
def test_each_trouble_is_told_apart(
    server: DnsServer, resolver: Resolver, behaviour: Behaviour, expected: Trouble
) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(behaviour)
    assert trouble(resolver.srv(NAME)) is expected


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with Resolver(["127.0.0.1"], port) as resolver:
        assert trouble(resolver.srv(NAME)) is Trouble.UNREACHABLE


def test_no_name_server_at_all_is_unreachable() -> None:
    with Resolver([]) as resolver:
        assert trouble(resolver.srv(NAME)) is Trouble.UNREACHABLE


def test_a_forged_answer_is_ignored_and_the_true_one_awaited(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(dns_server.forged_first)
    assert isinstance(resolver.srv(NAME), Answer)


def test_garbage_with_a_wrong_id_is_ignored_and_the_true_answer_awaited(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(lambda question, answer: [bytes([question[0] ^ 0xFF]) + question[1:2] + b"garbage", answer])
    assert isinstance(resolver.srv(NAME), Answer)


def test_a_truncated_answer_is_asked_for_again_over_tcp(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "\n".join(f"_imaps._tcp SRV {n} 1 993 a-rather-long-name-{n}" for n in range(60)))
    answer = resolver.srv(NAME)
    assert isinstance(answer, Answer) and len(answer.records) == 60
    assert [query.over for query in server.queries] == ["udp", "tcp"]


def test_edns_makes_room_for_more_than_512_octets(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "\n".join(f"_imaps._tcp SRV {n} 1 993 host-{n:030}" for n in range(12)))
    assert isinstance(resolver.srv(NAME), Answer)
    assert [query.over for query in server.queries] == ["udp"]


def test_a_server_that_knows_no_edns_is_asked_without(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    formerr = dns_server.fails(Rcode.FORMERR)
    server.misbehave(lambda question, answer: formerr(question, answer) if question[11] else [answer])
    assert isinstance(resolver.srv(NAME), Answer)


def test_the_next_server_is_asked_when_one_fails(server: DnsServer) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    with DnsServer() as bad:
        bad.misbehave(dns_server.fails(Rcode.REFUSED))
        with Resolver([bad.address, server.address]) as resolver:
            assert isinstance(resolver.srv(NAME), Answer)
        assert bad.asked(NAME) == 1


def test_a_lost_question_is_asked_again(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(lambda question, answer: [answer] if server.asked(NAME) > 1 else [])
    assert isinstance(resolver.srv(NAME), Answer)


def test_a_referral_is_no_answer(server: DnsServer, resolver: Resolver) -> None:
    referral = b"\xc0\x0c\x00\x02\x00\x01\x00\x00\x00\x3c\x00\x05\x02ns\xc0\x0c"
    base = dns_server.replies(referral, answers=0)

    def refers(question: bytes, answer: bytes) -> list[bytes]:
        return [message[:8] + b"\x00\x01" + message[10:] for message in base(question, answer)]

    server.misbehave(refers)
    assert trouble(resolver.srv(NAME)) is Trouble.SERVFAIL


def test_answers_are_kept_for_their_ttl(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp 300 SRV 0 1 993 imap\n_pop3s._tcp 0 SRV 0 1 995 pop")
    for _ in range(3):
        assert isinstance(resolver.srv(NAME), Answer)
        assert isinstance(resolver.srv("_pop3s._tcp.example.test"), Answer)
    assert server.asked(NAME) == 1
    assert server.asked("_pop3s._tcp.example.test") == 3


def test_the_ttl_counts_down_and_ends(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp 1 SRV 0 1 993 imap")
    resolver.srv(NAME)
    time.sleep(1.01)
    resolver.srv(NAME)
    assert server.asked(NAME) == 2


def test_absences_are_kept_for_the_minimum_of_the_zone(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "@ 3600 SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns")
    for _ in range(2):
        absence = resolver.srv(NAME)
        assert isinstance(absence, Absence) and absence.ttl == 60
    assert server.asked(NAME) == 1


def test_an_absence_of_which_no_zone_tells_is_not_kept(server: DnsServer, resolver: Resolver) -> None:
    for _ in range(2):
        assert isinstance(resolver.srv(NAME), Absence)
    assert server.asked(NAME) == 2


def test_failures_are_not_kept(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(dns_server.fails(Rcode.SERVFAIL))
    assert trouble(resolver.srv(NAME)) is Trouble.SERVFAIL
    server.misbehave(dns_server.proper)
    assert isinstance(resolver.srv(NAME), Answer)


def test_the_cache_is_bounded_and_forgets_what_was_not_used_longest(server: DnsServer) -> None:
    server.add("example.test", "* TXT x")
    with Resolver([server.address], cache_size=2) as resolver:
        for label in ("a", "b", "a", "c", "a", "b"):
            resolver.txt(f"{label}.example.test")
    assert [server.asked(f"{label}.example.test") for label in "abc"] == [1, 2, 1]


def test_an_alias_is_followed_also_where_the_server_stops_at_it(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp CNAME _imaps._tcp.example.org.")
    server.add("example.org", "_imaps._tcp 60 SRV 0 1 993 imap")
    whole = resolver.srv(NAME)
    assert isinstance(whole, Answer) and whole.canonical == "_imaps._tcp.example.org" and whole.ttl == 60

    alias = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x19\x06_imaps\x04_tcp\x07example\x03org\x00"
    server.misbehave(dns_server.replies(alias), "_imaps._tcp.example.net")
    parts = resolver.srv("_imaps._tcp.example.net")
    assert isinstance(parts, Answer) and parts.canonical == "_imaps._tcp.example.org"


def test_an_alias_to_nowhere_is_an_absence(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp CNAME gone")
    absence = resolver.srv(NAME)
    assert isinstance(absence, Absence) and absence.why is Nothing.NXDOMAIN


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", "a." * 130])
def test_text_that_is_no_name_is_malformed(resolver: Resolver, name: str) -> None:
    assert trouble(resolver.srv(name)) is Trouble.MALFORMED


def test_many_threads_share_a_resolver(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "* TXT x")
    server.latency = 0.02
    names = [f"n{number % 50}.example.test" for number in range(400)]
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(resolver.txt, names))
    assert [result.name for result in results] == names
    assert all(isinstance(result, Answer) for result in results)


def test_the_flag_of_a_validating_server_counts_only_if_it_is_trusted(server: DnsServer) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(lambda question, answer: [answer[:3] + bytes([answer[3] | question[3] & 0x20]) + answer[4:]])
    with Resolver([server.address]) as wary, Resolver([server.address], trust_ad=True) as trusting:
        plain, flagged = wary.srv(NAME), trusting.srv(NAME)
    assert isinstance(plain, Answer) and not plain.secure
    assert isinstance(flagged, Answer) and flagged.secure


@pytest.mark.parametrize(
    "entry", ["", "a b", "192.0.2.1:0", "192.0.2.1:65536", "[::1", "[::1]x", "host:", "192.0.2.1:x"]
)
def test_text_that_names_no_name_server_is_refused(entry: str) -> None:
    with pytest.raises(AddressError):
        Resolver([entry])


def test_a_name_server_may_be_a_host_or_ipv6(server: DnsServer) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    with Resolver([f"localhost:{server.port}"], timeout=0.5) as resolver:
        assert isinstance(resolver.srv(NAME), Answer)
    for entry in ("[::1]:5300", "::1", "[fe80::1%lo]:53"):
        Resolver([entry]).close()
