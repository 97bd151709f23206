"""A DNS server that behaves and misbehaves as a test tells it, and resolvers that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autoconfig.dns import Resolver
from tests.support.dns_server import DnsServer


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


@pytest.fixture
def resolver(server: DnsServer) -> Iterator[Resolver]:
    with Resolver([server.address], timeout=0.3, lifetime=0.8) as resolver:
        yield resolver
