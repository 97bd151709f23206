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

from autoconfig.catalog import Catalog
from autoconfig.server import Application, create_app
from autoconfig.site.pages import LANGUAGES
from autoconfig.site.pages.guide import qr_code
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


def profile_links(page: str) -> list[str]:
    hrefs = (link["href"] or "" for link in Elements(page).named("a"))
    return [href for href in hrefs if ".mobileconfig" in href]


def test_the_form_sends_the_address_by_post(client: TestClient) -> None:
    page = Elements(client.simulate_get("/profile").text)
    assert [element["method"] for element in page.named("form")] == ["post"]
    labels = {element["for"] for element in page.named("label")}
    assert {element["name"] for element in page.named("input")} == labels == {"emailaddress", "name"}


def test_the_offered_link_leads_to_the_profile(client: TestClient) -> None:
    answer = submit(client, emailaddress="jan+x&y@example.com", name="Jän <Jansen>")
    [link] = profile_links(answer.text)
    profile = client.simulate_get(link)
    assert b"<string>jan+x&amp;y@example.com</string>" in profile.content
    assert "<string>Jän &lt;Jansen&gt;</string>".encode() in profile.content
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_link_leads_to_where_the_application_is_mounted(app: Application) -> None:
    client = TestClient(app)
    answer = client.simulate_post("/profile", body="emailaddress=jan%40example.com", root_path="/mail setup")
    [link] = profile_links(answer.text)
    assert link == "/mail setup/example.com.mobileconfig?emailaddress=jan%40example.com"


def test_the_code_for_another_device_says_the_same_as_the_text_below() -> None:
    client = TestClient(create_app(CATALOG, base_url="https://setup.example.com"))
    page = submit(client, emailaddress="jan@example.com").text
    [url] = re.findall('<code dir="ltr">(.*)</code>', page)
    assert unescape(url) == "https://setup.example.com/example.com.mobileconfig?emailaddress=jan%40example.com"
    assert qr_code(unescape(url)) in page


def test_a_url_too_long_for_a_code_has_none(client: TestClient) -> None:
    assert 'class="qr"' in submit(client, emailaddress="jan@example.com", name="é").text
    assert 'class="qr"' not in submit(client, emailaddress="jan@example.com", name="é" * 1000).text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("en;q=0.2, fr-CH;q=0.7, tlh", "fr"),
        ("de;q=0, ar", "ar"),
        ("tlh", "en"),
        (";q=,,;q=nan, nl;q=x, *", "en"),
    ],
)
def test_the_page_is_in_the_language_of_the_visitor(client: TestClient, accepted: str, language: str) -> None:
    answer = client.simulate_get("/profile", headers={"Accept-Language": accepted})
    assert [element["lang"] for element in Elements(answer.text).named("html")] == [language]


def test_other_languages_can_be_chosen(client: TestClient) -> None:
    links = Elements(client.simulate_get("/profile").text).named("a")
    versions = {link["lang"]: link["href"] for link in links if "lang" in link}
    assert list(versions) == list(LANGUAGES)
    for code, path in versions.items():
        assert path is not None
        for answer in (client.simulate_get(path), client.simulate_post(path, body="emailaddress=jan%40example.com")):
            assert Elements(answer.text).named("html")[0]["lang"] == code
    assert client.simulate_get("/profile/tlh").status_code == 404


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
    evil = TestClient(create_app(Catalog([provider("example.com", name=EVIL)])))
    for answer in (
        submit(client, emailaddress=EVIL, name=EVIL),
        submit(client, emailaddress=f"{EVIL.replace(' ', '')}@example.com", name=EVIL),
        submit(evil, emailaddress="jan@example.com", name=EVIL),
    ):
        assert answer.status_code == 200
        assert not Elements(answer.text).named("script")


@pytest.mark.parametrize(
    "body", [b"\xff", b"emailaddress=%ff", b"emailaddress=a&emailaddress=b", b"&&=;", b"x" * 70_000]
)
def test_a_broken_form_is_answered(client: TestClient, body: bytes) -> None:
    answer = client.simulate_post("/profile", body=body)
    assert answer.status_code in (200, 400, 413)


def test_the_page_may_send_what_is_typed_to_this_server_alone(client: TestClient) -> None:
    answer = client.simulate_get("/profile")
    [policy] = [it["content"] for it in Elements(answer.text).named("meta") if "http-equiv" in it]
    assert policy is not None
    assert policy.endswith("base-uri 'none'; form-action 'self'")
    assert answer.headers["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


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
            assert page.locator(".qr svg").is_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert not barriers(page)
            with page.expect_download() as download:
                page.get_by_role("link", name="Get the profile").click()
            assert download.value.suggested_filename == "example.com.mobileconfig"
            profile = plistlib.loads(download.value.path().read_bytes())
            assert [it["EmailAccountName"] for it in profile["PayloadContent"]] == ["Jän Jansen"]
