"""The loopback internet, with a mail domain on it that is as it should be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.discovery.conftest import ca_file, internet, running_web, web
from tests.support.audited import Estate, estate_on
from tests.support.internet import Internet

__all__ = ["ca_file", "estate", "internet", "running_web", "web"]


@pytest.fixture
def estate(internet: Internet) -> Iterator[Estate]:
    with estate_on(internet) as estate:
        yield estate
