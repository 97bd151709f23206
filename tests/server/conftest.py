"""An application over two providers, and a client that asks it without a network."""

from __future__ import annotations

import pytest
from falcon.testing import TestClient

from autoconfig.server import Application, create_app
from tests.support.serving import CATALOG


@pytest.fixture
def app() -> Application:
    return create_app(CATALOG)


@pytest.fixture
def client(app: Application) -> TestClient:
    return TestClient(app)
