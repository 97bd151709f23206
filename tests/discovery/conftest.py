"""The loopback web, made once for all tests and emptied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.internet import Internet, internet_on
from tests.support.web import Web


@pytest.fixture(scope="session")
def running_web() -> Iterator[Web]:
    with Web().running() as web:
        yield web


@pytest.fixture
def web(running_web: Web) -> Iterator[Web]:
    yield running_web
    running_web.sites.clear()
    running_web.requests.clear()
    running_web.strangers.clear()


@pytest.fixture(scope="session")
def ca_file(running_web: Web, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    running_web.authority.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture
def internet(web: Web, ca_file: Path) -> Iterator[Internet]:
    with internet_on(web, ca_file) as internet:
        yield internet
