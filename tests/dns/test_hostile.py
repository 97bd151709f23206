"""Answers that are made to harm: each must end as a failure or in a bounded answer, and in time."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoconfig.dns import Absence, Answer, CautionKind, Failure, Resolver, Trouble, fill
from autoconfig.dns.srv import SERVICES
from autoconfig.model import Provider
from tests.support import dns_server
from tests.support.dns_server import DnsServer

NAME = "_imaps._tcp.example.test"
PROVIDER = Provider(id="example.test", name="Example", domains=("example.test",))
SRV_HEAD = b"\xc0\x0c\x00\x21\x00\x01\x00\x00\x01\x2c"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


def srv(target: bytes, priority: int = 0) -> bytes:
    return SRV_HEAD + struct.pack("!HHHH", 6 + len(target), priority, 1, 993) + target


def asked(server: DnsServer, body: bytes, *, answers: int = 1) -> object:
    server.misbehave(dns_server.replies(body, answers=answers))
    with Resolver([server.address], timeout=0.3, lifetime=0.5) as resolver, within(1.5):
        return resolver.srv(NAME)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(struct.pack("!H", 0xC000 | 12 + len(NAME) + 2 + 4 + 10 + 2 + 6), id="a pointer to itself"),
        pytest.param(b"\xff\xff", id="a pointer beyond the end"),
        pytest.param(b"\x01a" + struct.pack("!H", 0xC000 | 12 + len(NAME) + 2 + 4 + 10 + 2 + 6), id="a loop"),
        pytest.param(b"\x3f" + b"a" * 10, id="a label that is cut off"),
        pytest.param(b"\x80", id="a reserved kind of label"),
        pytest.param(b"", id="nothing"),
        pytest.param((b"\x3f" + b"a" * 63) * 5 + b"\x00", id="a name that is too long"),
    ],
)
def test_a_broken_name_is_malformed(server: DnsServer, target: bytes) -> None:
    result = asked(server, srv(target))
    assert isinstance(result, Failure) and result.why is Trouble.MALFORMED


@pytest.mark.parametrize("label", [b"im\x00ap", b"im ap", b"im.ap", b"im\xffap", b"%EMAILDOMAIN%", b"-imap", b"<b>"])
def test_a_target_that_is_no_host_name_is_left_out(server: DnsServer, resolver: Resolver, label: bytes) -> None:
    target = bytes([len(label)]) + label + b"\x07example\x04test\x00"
    server.misbehave(dns_server.replies(srv(target)), NAME, "SRV")
    filled = fill(PROVIDER, resolver)
    assert not filled.provider.servers
    assert CautionKind.BAD_TARGET in {caution.kind for caution in filled.warnings}
    assert all(str(caution).isprintable() for caution in filled.warnings)


def test_an_answer_of_64_kilobytes_is_read_in_time(server: DnsServer, resolver: Resolver) -> None:
    record = srv(b"\x04imap\xc0\x18")
    count = (65535 - 12 - len(NAME) - 6) // len(record)
    body = b"".join(srv(b"\x04" + f"{number:04x}".encode() + b"\xc0\x18", number % 7) for number in range(count))
    server.misbehave(dns_server.truncated, NAME, "SRV", over="udp")
    server.misbehave(dns_server.replies(body, answers=count), NAME, "SRV", over="tcp")
    with Resolver([server.address]) as patient, within(patient.lifetime):
        filled = fill(PROVIDER, patient)
    too_many = [caution for caution in filled.warnings if caution.kind is CautionKind.TOO_MANY]
    assert len(too_many) == 1 and str(count) in too_many[0].message


def test_10000_records_do_not_fit_even_into_tcp(server: DnsServer) -> None:
    server.add("example.test", "\n".join(f"_imaps._tcp SRV {number} 1 993 imap" for number in range(10_000)))
    with Resolver([server.address]) as resolver, within(resolver.lifetime):
        result = resolver.srv(NAME)
    assert isinstance(result, Failure) and result.why is Trouble.MALFORMED
    assert [query.over for query in server.queries] == ["udp", "tcp"]


def test_a_loop_of_aliases_ends(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp CNAME b\nb CNAME c\nc CNAME b\nself CNAME self")
    for name in (NAME, "self.example.test"):
        result = resolver.srv(name)
        assert isinstance(result, Failure) and result.why is Trouble.MALFORMED


def test_a_loop_of_aliases_over_several_answers_ends(server: DnsServer, resolver: Resolver) -> None:
    for one, other in ((b"a", b"b"), (b"b", b"a")):
        alias = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x0f\x01" + other + b"\x07example\x03net\x00"
        server.misbehave(dns_server.replies(alias), f"{one.decode()}.example.net")
    result = resolver.srv("a.example.net")
    assert isinstance(result, Failure) and result.why is Trouble.MALFORMED


def test_a_long_chain_of_aliases_is_not_followed_to_its_end(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "\n".join(f"n{number} CNAME n{number + 1}" for number in range(40)))
    short, long = resolver.srv("n32.example.test"), resolver.srv("n0.example.test")
    assert isinstance(short, Absence)
    assert isinstance(long, Failure) and long.why is Trouble.MALFORMED


def test_a_slow_drip_over_tcp_ends_with_the_lifetime(server: DnsServer, resolver: Resolver) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap")
    server.misbehave(dns_server.truncated, over="udp")
    server.drip = 0.05
    with within(resolver.lifetime + 0.3):
        result = resolver.srv(NAME)
    assert isinstance(result, Failure) and result.why is Trouble.TIMEOUT


def test_filling_ends_with_the_lifetime_when_nobody_answers(server: DnsServer, resolver: Resolver) -> None:
    server.misbehave(dns_server.silent)
    with within(resolver.lifetime + 0.3):
        filled = fill(PROVIDER, resolver, guess=True)
    assert {gap.reason.value for gap in filled.gaps} == {"no answer"}


def test_both_round_trips_of_filling_share_one_lifetime(server: DnsServer) -> None:
    server.add("example.test", "_imaps._tcp SRV 0 1 993 imap\n_submissions._tcp SRV 0 1 465 smtp")
    for name in ("imap", "smtp"):
        server.misbehave(dns_server.silent, f"{name}.example.test")
    server.latency = 0.6
    with Resolver([server.address], lifetime=1.0) as resolver, within(1.3):
        filled = fill(PROVIDER, resolver)
    assert [server.hostname for server in filled.provider.servers] == ["imap.example.test", "smtp.example.test"]
    assert CautionKind.UNKNOWN in {caution.kind for caution in filled.warnings}


@settings(max_examples=150)
@given(st.binary(max_size=300), st.integers(0, 5))
def test_whatever_a_server_sends_there_is_a_result(body: bytes, answers: int) -> None:
    with DnsServer() as server, Resolver([server.address], timeout=0.2, lifetime=0.2) as resolver:
        server.misbehave(dns_server.replies(body, answers=answers))
        assert isinstance(resolver.srv(NAME), Answer | Absence | Failure)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([service.label for service in SERVICES]),
        st.lists(
            st.tuples(
                st.integers(0, 65535),
                st.integers(0, 65535),
                st.integers(0, 65535),
                st.sampled_from(
                    [b"\x00", b"\x04imap\xc0\x0c", b"\x03\x00 .\xc0\x0c", b"\x02\xc3\xbc\xc0\x0c", b"\xc0\x0c"]
                ),
            ),
            min_size=1,
            max_size=6,
        ),
    )
)
def test_whatever_srv_records_there_are_fill_has_a_result(
    offers: dict[str, list[tuple[int, int, int, bytes]]],
) -> None:
    with DnsServer() as server, Resolver([server.address]) as resolver:
        server.add("example.test", "imap A 192.0.2.1")
        for label, records in offers.items():
            body = b"".join(
                SRV_HEAD + struct.pack("!HHHH", 6 + len(target), priority, weight, port) + target
                for priority, weight, port, target in records
            )
            server.misbehave(dns_server.replies(body, answers=len(records)), f"{label}._tcp.example.test", "SRV")
        filled = fill(PROVIDER, resolver, guess=True, seed=1)
        again = fill(PROVIDER, resolver, guess=True, seed=1)
    assert filled.provider == again.provider
    assert not filled.provider.gaps
    assert {record.field.partition(".")[0] for record in filled.provenance} == {
        f"servers[{index}]" for index in range(len(filled.provider.servers))
    }
