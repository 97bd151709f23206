"""Bytes that come in any pieces are told apart into the requests that they were sent as."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.server.arrival import MAX_HEAD, Arrival
from autoconfig.server.limits import MAX_BODY


def head(*lines: str) -> bytes:
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode()


def chunked(body: bytes, sizes: list[int], trailer: bytes) -> bytes:
    pieces, place = [], 0
    for size in sizes:
        if chunk := body[place : place + size]:
            pieces.append(b"%X;a=b\r\n%b\r\n" % (len(chunk), chunk))
        place += size
    return b"".join([*pieces, b"0\r\n", trailer, b"\r\n"])


BODIES = st.binary(max_size=40) | st.sampled_from([b"0\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
PLAIN = st.builds(lambda name: head(f"Host: {name}"), st.text("abc", max_size=30))
SIZED = st.builds(lambda body, name: head(f"{name}:{len(body)} ") + body, BODIES, st.just("content-Length"))
CHUNKED = st.builds(
    lambda body, sizes, trailer: head("Transfer-Encoding: chunked") + chunked(body, sizes, trailer),
    BODIES,
    st.lists(st.integers(1, 20), min_size=3),
    st.sampled_from([b"", b"X: y\r\n"]),
)


def taken(arrival: Arrival, size: int = 7) -> bytes:
    return b"".join(iter(lambda: arrival.take(size), b""))


@given(st.lists(PLAIN | SIZED | CHUNKED, max_size=5), st.data())
def test_requests_in_any_pieces_are_the_ones_that_were_sent(requests: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(requests)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)))))
    arrival, seen = Arrival(), []
    for start, end in pairwise([0, *cuts, len(sent)]):
        arrival.add(sent[start:end])
        while arrival.is_whole():
            seen.append(taken(arrival))
            assert arrival.finish()
    assert seen == requests
    assert not arrival


@given(
    st.lists(st.binary(max_size=30)), st.lists(st.sampled_from([b"\r\n", b"\r\n\r\n", b"0\r\n", b"Content-Length: 5"]))
)
def test_any_bytes_are_given_on_as_they_came(pieces: list[bytes], marks: list[bytes]) -> None:
    sent, given_on, arrival = b"", b"", Arrival()
    for piece in (part for pair in zip(pieces, marks, strict=False) for part in pair):
        sent += piece
        arrival.add(piece)
        while arrival.is_whole():
            given_on += taken(arrival)
            if not arrival.finish():
                return
    arrival.end()
    assert given_on + taken(arrival) == sent
    assert not arrival.finish()


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (head(f"Content-Length: {MAX_BODY + 1}") + b"x", head(f"Content-Length: {MAX_BODY + 1}")),
        (head("Content-Length: 1", "Content-Length: 1") + b"x", head("Content-Length: 1", "Content-Length: 1")),
        (head("Transfer-Encoding: gzip") + b"x", head("Transfer-Encoding: gzip")),
        (head("Transfer-Encoding: chunked") + b"zz\r\n", head("Transfer-Encoding: chunked") + b"zz\r\n"),
    ],
)
def test_what_nobody_reads_to_its_end_ends_the_connection(data: bytes, whole: bytes) -> None:
    arrival = Arrival()
    arrival.add(data)
    assert arrival.is_whole()
    assert taken(arrival) == whole
    assert not arrival.finish()


def test_a_body_in_chunks_is_waited_for_up_to_twice_the_largest() -> None:
    arrival = Arrival()
    arrival.add(head("Transfer-Encoding: chunked"))
    for _ in range(2 * MAX_BODY // 1006):
        arrival.add(b"3E8\r\n" + b"x" * 1000 + b"\r\n")
        assert not arrival.is_whole()
    arrival.add(b"3E8\r\n")
    assert arrival.is_whole()
    assert arrival.is_cut


def test_a_head_is_waited_for_up_to_64_kib() -> None:
    arrival = Arrival()
    arrival.add(b"x" * MAX_HEAD)
    assert not arrival.is_whole()
    assert not arrival.is_too_large
    arrival.add(b"x")
    assert arrival.is_too_large


@pytest.mark.parametrize(
    ("data", "asks"),
    [
        (head("Content-Length: 3", "Expect: 100-continue"), True),
        (head("expect:100-Continue", "Content-Length: 3"), True),
        (head("Content-Length: 3", "Expect: 100-continue") + b"x", False),
        (head("Content-Length: 3"), False),
        (head("Content-Length: 3", "Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0"), False),
        (head("Content-Length: 3", "Expect: 100-continue")[:-1], False),
    ],
)
def test_a_client_may_ask_before_it_sends_its_body(data: bytes, asks: bool) -> None:
    arrival = Arrival()
    arrival.add(data)
    assert not arrival.is_whole()
    assert arrival.asks_to_go_on() is asks
    assert not arrival.asks_to_go_on()
