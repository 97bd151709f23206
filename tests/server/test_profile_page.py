"""The page where people get a profile of their own."""

from __future__ import annotations

import plistlib
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from falcon.testing import Result, TestClient

from autoconfig.address import Address
from autoconfig.catalog import Catalog
from autoconfig.server import Application, create_app
from autoconfig.server.profile import form, offer
from tests.support.browser import PHONE, PROGRAM, barriers, chromium, watched
from tests.support.serving import CATALOG, provider, serving

EVIL = "\"'><script>alert(1)</script>&amp;"


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def submit(client: TestClient, **values: str) -> Result:
    from urllib.parse import urlencode

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.simulate_post("/profile", body=urlencode(values), headers=headers)


def test_the_form_sends_the_address_by_post(client: TestClient) -> None:
    page = Elements(client.simulate_get("/profile").text)
    assert [element["method"] for element in page.named("form")] == ["post"]
    labels = {element["for"] for element in page.named("label")}
    assert {element["name"] for element in page.named("input")} == labels == {"emailaddress", "name"}


def test_the_offered_link_leads_to_the_profile(client: TestClient) -> None:
    answer = submit(client, emailaddress="jan+x&y@example.com", name="Jän <Jansen>")
    [link] = Elements(answer.text).named("a")
    assert link["href"] is not None
    profile = client.simulate_get(link["href"])
    assert b"<string>jan+x&amp;y@example.com</string>" in profile.content
    assert "<string>Jän &lt;Jansen&gt;</string>".encode() in profile.content
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_link_leads_to_where_the_application_is_mounted(app: Application) -> None:
    client = TestClient(app)
    answer = client.simulate_post("/profile", body="emailaddress=jan%40example.com", root_path="/mail setup")
    [link] = Elements(answer.text).named("a")
    assert link["href"] == "/mail setup/example.com.mobileconfig?emailaddress=jan%40example.com"


def test_the_code_for_another_device_says_the_same_as_the_text_below() -> None:
    segno = pytest.importorskip("segno")
    page = offer(
        provider("example.com"), Address("jan", "example.com"), "", base_url="https://setup.example.com"
    ).data.decode()
    [url] = re.findall("<code>(.*)</code>", page)
    assert unescape(url) == "https://setup.example.com/example.com.mobileconfig?emailaddress=jan%40example.com"
    assert segno.make_qr(unescape(url)).svg_inline(scale=4, title="QR code", omitsize=True) in page


def test_a_url_too_long_for_a_code_has_none() -> None:
    address = Address("jan", "example.com")
    assert b"<svg" not in offer(provider("example.com"), address, "é" * 1000).data


@pytest.mark.parametrize(
    ("address", "mistake"),
    [
        ("jan", "not an e-mail address"),
        ("", "not an e-mail address"),
        ("jan@unknown.test", "no profile for this address"),
    ],
)
def test_a_mistake_is_told_and_what_was_typed_stays(client: TestClient, address: str, mistake: str) -> None:
    answer = submit(client, emailaddress=address, name="Jan")
    assert mistake in answer.text
    values = [element["value"] for element in Elements(answer.text).named("input")]
    assert values == [address, "Jan"]


def test_what_is_typed_is_text(client: TestClient) -> None:
    for answer in (
        submit(client, emailaddress=EVIL, name=EVIL).content,
        submit(client, emailaddress=f"{EVIL.replace(' ', '')}@example.com", name=EVIL).content,
        form(EVIL, EVIL, EVIL).data,
        offer(provider("example.com", name=EVIL), Address(EVIL, "example.com"), EVIL).data,
    ):
        assert b"<script" not in answer
        assert not Elements(answer.decode()).named("script")


@pytest.mark.parametrize(
    "body", [b"\xff", b"emailaddress=%ff", b"emailaddress=a&emailaddress=b", b"&&=;", b"x" * 70_000]
)
def test_a_broken_form_is_answered(client: TestClient, body: bytes) -> None:
    answer = client.simulate_post("/profile", body=body)
    assert answer.status_code in (200, 400, 413)


def test_the_style_is_allowed_by_its_digest_alone(client: TestClient) -> None:
    import base64
    import hashlib

    answer = client.simulate_get("/profile")
    [style] = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_provider_without_profile_offers_none() -> None:
    client = TestClient(create_app(Catalog([provider("example.com", servers=())])))
    assert "no profile for this address" in submit(client, emailaddress="jan@example.com").text


def test_customers_profiles_are_offered_too() -> None:
    assert "mobileconfig" in submit(TestClient(create_app(CATALOG)), emailaddress="jan@shop.example.org").text


@pytest.mark.real
@pytest.mark.skipif(not PROGRAM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_gets_a_profile_on_a_phone(scheme: Literal["light", "dark"], tmp_path: Path) -> None:
    """In a real browser, which holds the pages to their policy."""
    with serving(tmp_path) as server, chromium() as browser:
        origin = f"http://127.0.0.1:{server.port}/"
        with watched(browser, origin, viewport=PHONE, color_scheme=scheme) as page:
            page.goto(f"{origin}profile")
            assert not barriers(page)
            page.get_by_label("Your e-mail address").fill("jan@elsewhere.example")
            page.get_by_role("button").click()
            assert page.get_by_role("alert").inner_text() == "There is no profile for this address here."
            assert not barriers(page)
            page.get_by_label("Your e-mail address").fill("jan@example.com")
            page.get_by_label("Your name").fill("Jän Jansen")
            page.get_by_role("button").click()
            assert page.get_by_role("img", name="QR code").is_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert not barriers(page)
            with page.expect_download() as download:
                page.get_by_role("link", name="Download the profile").click()
            assert download.value.suggested_filename == "example.com.mobileconfig"
            profile = plistlib.loads(download.value.path().read_bytes())
            assert [it["EmailAccountName"] for it in profile["PayloadContent"]] == ["Jän Jansen"]
