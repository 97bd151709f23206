from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.dns.answers import Srv
from autoconfig.dns.srv import SERVICES, processing_order, services_of
from autoconfig.model import ServerType, SocketType

HOSTS = [f"host{number}.example" for number in range(8)]
RECORDS = st.lists(
    st.builds(Srv, st.integers(0, 3), st.integers(0, 65535), st.integers(0, 65535), st.sampled_from([*HOSTS, "."])),
    unique=True,
    max_size=20,
)


@given(RECORDS, st.integers())
def test_records_are_tried_by_priority_and_none_is_lost(records: list[Srv], seed: int) -> None:
    ordered = processing_order(records, seed)
    assert sorted(map(str, ordered)) == sorted(map(str, records))
    assert [record.priority for record in ordered] == sorted(record.priority for record in records)


@given(RECORDS, st.integers(), st.randoms(use_true_random=False))
def test_equal_seeds_give_equal_orders(records: list[Srv], seed: int, random: random.Random) -> None:
    shuffled = random.sample(records, len(records))
    assert processing_order(records, seed) == processing_order(shuffled, seed)


def test_a_seed_leaves_the_random_numbers_of_others_alone() -> None:
    records = [Srv(0, weight, 993, host) for weight, host in enumerate(HOSTS)]
    random.seed(7)
    expected = random.random()
    random.seed(7)
    processing_order(records, 1)
    assert random.random() == expected


def test_without_a_seed_the_order_varies() -> None:
    records = [Srv(0, 1, 993, host) for host in HOSTS]
    assert len({tuple(processing_order(records)) for _ in range(20)}) > 1


def test_weights_are_chances() -> None:
    """Chi-square over 4,000 seeds with 3 degrees of freedom: 16.27 is exceeded once in a thousand times."""
    weights = {"one.example": 1, "two.example": 2, "three.example": 3, "four.example": 4}
    records = [Srv(10, weight, 993, host) for host, weight in weights.items()]
    rounds = 4000
    firsts = Counter(processing_order(records, seed)[0].target for seed in range(rounds))
    expected = {host: rounds * weight / 10 for host, weight in weights.items()}
    assert sum((firsts[host] - count) ** 2 / count for host, count in expected.items()) < 16.27


def test_a_weight_of_zero_has_a_small_chance() -> None:
    records = [Srv(0, 0, 993, "zero.example"), Srv(0, 10, 993, "ten.example")]
    firsts = Counter(processing_order(records, seed)[0].target for seed in range(1000))
    assert 0 < firsts["zero.example"] < 50


@pytest.mark.parametrize(
    ("type", "socket_type", "labels"),
    [
        (ServerType.IMAP, None, ["_imaps", "_imap"]),
        (ServerType.IMAP, SocketType.SSL, ["_imaps"]),
        (ServerType.POP3, SocketType.STARTTLS, ["_pop3"]),
        (ServerType.SMTP, SocketType.PLAIN, ["_submission"]),
        (ServerType.MANAGESIEVE, None, ["_sieve"]),
        (ServerType.CALDAV, None, ["_caldavs"]),
        (ServerType.EXCHANGE, None, []),
    ],
)
def test_the_socket_type_restricts_the_services(
    type: ServerType, socket_type: SocketType | None, labels: list[str]
) -> None:
    assert [service.label for service in services_of(type, socket_type)] == labels


def test_every_service_has_a_way_to_be_reached() -> None:
    assert all((service.socket_type is None) == (service.path is not None) for service in SERVICES)
