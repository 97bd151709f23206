"""The setup pages are served byte for byte as the static site has them."""

from __future__ import annotations

import pytest
from falcon.testing import TestClient

from autoconfig.server import create_app
from autoconfig.site.pages import render_page, render_pages
from tests.support.serving import CATALOG, COM


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(CATALOG, pages=True))


def test_every_page_is_as_the_site_has_it(client: TestClient) -> None:
    for file in render_pages(CATALOG.providers):
        answer = client.simulate_get(f"/{file.path}")
        assert answer.content == file.data
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert client.simulate_get("/pages/nl/example.com.html").content == render_page(COM, "nl")


@pytest.mark.parametrize("path", ["/pages", "/pages/", "/pages/en", "/pages/en/"])
def test_a_folder_is_its_index(client: TestClient, path: str) -> None:
    answer = client.simulate_get(path)
    if answer.status_code == 308:
        answer = client.simulate_get(answer.headers["Location"])
    assert answer.text.startswith("<!")
    again = client.simulate_get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code in (304, 308)


@pytest.mark.parametrize("path", ["/pages/nothing.html", "/pages/../healthz", "/pages/en/%2e%2e/x", "/pages/\0"])
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.simulate_get(path).status_code == 404


def test_without_the_option_there_are_none() -> None:
    assert TestClient(create_app(CATALOG)).simulate_get("/pages/").status_code == 404


def test_their_policy_keeps_them_out_of_frames(client: TestClient) -> None:
    answer = client.simulate_get("/pages/en/example.com.html")
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
