"""How often a client may ask, and what is remembered of it."""

from __future__ import annotations

import pytest
from falcon.testing import TestClient

from autoconfig.server import create_app
from autoconfig.server.limits import RateLimit
from autoconfig.server.memory import Memory
from tests.support.serving import CATALOG


class Clock:
    """A clock that goes on when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def statuses(client: TestClient, number: int, **environ: str) -> list[int]:
    forwarded = environ.pop("forwarded", None)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return [client.simulate_get("/healthz", headers=headers, **environ).status_code for _ in range(number)]


def test_a_client_that_asks_too_often_is_told_to_wait() -> None:
    client = TestClient(create_app(CATALOG, rate_limit=3))
    assert statuses(client, 4) == [200, 200, 200, 429]
    assert 1 <= int(client.simulate_get("/healthz").headers["Retry-After"]) <= 20
    assert statuses(client, 1, remote_addr="192.0.2.2") == [200]


def test_a_client_may_go_on_as_time_goes_on() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert [limit.wait("a") for _ in range(61)] == [0.0] * 60 + [1.0]
    clock.now += 1
    assert [limit.wait("a") for _ in range(2)] == [0.0, 1.0]


def test_an_ipv6_client_is_its_network() -> None:
    client = TestClient(create_app(CATALOG, rate_limit=1))
    assert statuses(client, 1, remote_addr="2001:db8:0:1::1") == [200]
    assert statuses(client, 1, remote_addr="2001:db8:0:1:ffff::2") == [429]
    assert statuses(client, 1, remote_addr="2001:db8:0:2::1") == [200]


def test_x_forwarded_for_is_trusted_by_option_only() -> None:
    client = TestClient(create_app(CATALOG, rate_limit=1))
    assert statuses(client, 1, forwarded="192.0.2.1") + statuses(client, 1, forwarded="192.0.2.2") == [200, 429]


@pytest.mark.parametrize(("proxies", "same"), [(1, "192.0.2.9"), (2, "192.0.2.8, 10.0.0.1")])
def test_what_stands_left_of_the_trusted_proxies_counts_for_nothing(proxies: int, same: str) -> None:
    client = TestClient(create_app(CATALOG, rate_limit=1, proxies=proxies))
    assert statuses(client, 1, forwarded=f"198.51.100.1, {same}") == [200]
    assert statuses(client, 1, forwarded=f"198.51.100.2, {same}") == [429]


def test_the_memory_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoconfig.server.limits._CLIENTS", 10)
    limit = RateLimit(1)
    for number in range(100):
        limit.wait(str(number))
    assert len(limit._clients) == 10


def test_memory_forgets_what_is_old_and_what_is_too_much() -> None:
    clock = Clock()
    memory: Memory[str] = Memory(2, clock)
    memory.put("a", "1", 10)
    clock.now += 9
    assert memory.get("a", "none") == "1"
    clock.now += 1
    assert memory.get("a", "none") == "none"
    for key in "bcd":
        memory.put(key, key, 10)
    assert [memory.get(key, "none") for key in "bcd"] == ["none", "c", "d"]
    assert len(memory) == 2
