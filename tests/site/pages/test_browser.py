"""The pages in a real Chromium, from the disk: search, languages, copying, no script, right to left, phones, axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, FloatRect, Locator, Page

from autoconfig import bundled
from autoconfig.model import HelpPage, InputField, LocalizedText, Server, ServerType, SocketType, Status
from autoconfig.site.pages import LANGUAGES, render_pages
from tests.support.browser import PHONE, PROGRAM, barriers, chromium, watched
from tests.support.samples import BARE, RICH

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PROGRAM.exists(), reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]
BAD_NAME = "</title><script>alert(1)</script>\u202egro.elpmaxe"
LONG_NAME = "W" * 70
BUNDLED = ("gmail.com", "xs4all.nl", "outlook.com", "inbox.la", "inbox.lt", "inbox.lv")
OURS = ("example.com", "bad.example", "long.example", "jmap.example")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
every_language = pytest.mark.parametrize("code", LANGUAGES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of some bundled providers and of a few of our own."""
    root = tmp_path_factory.mktemp("site")
    rich = replace(
        RICH,
        domains=("xn--bcher-kva.example", "*.wild.example", *(f"d{number}.example" for number in range(40))),
        status=Status.UNCONFIRMED,
        enable=(HelpPage("https://help.example.com/", (LocalizedText("en", "Switch it on first"),)),),
        input_fields=(InputField("NUMBER", "Customer number", "12345"),),
    )
    plain = replace(BARE.servers[0], hostname="mail.%EMAILDOMAIN%", socket_type=SocketType.PLAIN, port=143)
    servers = (plain, replace(BARE.servers[1], username="%EMAILLOCALPART%"))
    jmap = Server(type=ServerType.JMAP, url="https://jmap.example/%EMAILADDRESS%")
    ours = [
        rich,
        replace(BARE, id="bad.example", name=BAD_NAME, domains=("bad.example", "worse.example"), servers=servers),
        replace(BARE, id="long.example", name=LONG_NAME, domains=("long.example",)),
        replace(BARE, id="jmap.example", name="JMAP", domains=("jmap.example",), servers=(jmap,)),
    ]
    for file in render_pages([*(bundled().with_id(id)[0] for id in BUNDLED), *ours]):
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    return root / "pages"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    options: dict[str, Any] = getattr(request, "param", {})
    with watched(browser, folder.as_uri(), **options) as opened:
        yield opened


def _open(page: Page, folder: Path, path: str) -> Page:
    page.goto((folder / path).as_uri())
    return page


def _unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")


def _copied(page: Page, name: str) -> str:
    """What the first button of a name puts on the clipboard; needs a clock that stands still."""
    button = page.get_by_role("button", name=name).first
    button.click()
    button.locator("use[href='#tick']").wait_for(state="attached")
    assert page.inner_text("#said") == "Copied"
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied


def _box(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def _found(page: Page) -> list[str]:
    return page.locator("#providers a:visible").all_inner_texts()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("jan@xs4all.nl", ["XS4ALL"]),
        ("JAN@XS4ALL.NL", ["XS4ALL"]),
        ("hotmail.be", ["Outlook.com"]),
        ("jan@post.wild.example", ["Example & Söhne <mail>"]),
        ("bücher.example", ["Example & Söhne <mail>"]),
        ("jan@BÜCHER.example", ["Example & Söhne <mail>"]),
        ("xn--bcher-kva.example", ["Example & Söhne <mail>"]),
        ("jan@xs4a", ["XS4ALL"]),
        ("xs4all", ["XS4ALL"]),
        ("söhne", ["Example & Söhne <mail>"]),
        ("jan@nowhere.example", []),
        ("<script>", ["</title><script>alert(1)</script>gro.elpmaxe"]),
    ],
)
def test_the_search_finds_a_provider(page: Page, folder: Path, typed: str, found: list[str]) -> None:
    _open(page, folder, "en/index.html").fill("#search", typed)
    assert _found(page) == found
    said = page.inner_text("#found")
    assert said == "1 provider found" if found else "No provider on this list" in said


def test_an_emptied_search_shows_all_again(page: Page, folder: Path) -> None:
    everything = _found(_open(page, folder, "en/index.html"))
    page.fill("#search", "xs4all.nl")
    page.fill("#search", "")
    assert _found(page) == everything
    assert page.inner_text("#found") == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "3 providers found"),
        ("nl", "3 providers gevonden"),
        ("de", "3 Anbieter gefunden"),
        ("fr", "3 fournisseurs trouvés"),
        ("ar", "عُثر على 3 مزوّدين"),
    ],
)
def test_what_was_found_is_counted_in_the_pages_language(page: Page, folder: Path, code: str, said: str) -> None:
    _open(page, folder, f"{code}/index.html").fill("#search", "inbox.l")
    assert _found(page) == ["Inbox.la", "Inbox.lt", "Inbox.lv"]
    assert page.inner_text("#found") == said


def test_enter_opens_the_provider_with_the_address_filled_in(page: Page, folder: Path) -> None:
    _open(page, folder, "en/index.html").fill("#search", "jan+x@xs4all.nl")
    page.press("#search", "Enter")
    page.wait_for_url("**/en/xs4all.nl.html#*")
    assert page.input_value("#address") == "jan+x@xs4all.nl"
    assert page.locator("code:visible", has_text="jan+x@xs4all.nl").count() == 2


@pytest.mark.parametrize("page", [{"locale": "nl-BE"}], indirect=True)
def test_the_welcome_leads_to_the_language_of_the_visitor(page: Page, folder: Path) -> None:
    _open(page, folder, "index.html")
    page.wait_for_url("**/nl/index.html")


@pytest.mark.parametrize("page", [{"locale": "en-GB"}, {"locale": "eo"}], indirect=True)
def test_the_welcome_is_in_english_for_others(page: Page, folder: Path) -> None:
    _open(page, folder, "index.html").fill("#search", "xs4all.nl")
    assert page.url == (folder / "index.html").as_uri()
    page.locator("#providers a:visible").click()
    assert page.url == (folder / "en/xs4all.nl.html").as_uri()


def test_languages_are_switched_in_place(page: Page, folder: Path) -> None:
    _open(page, folder, "en/xs4all.nl.html")
    for code, heading in (("nl", "Serverinstellingen"), ("de", "Servereinstellungen"), ("ar", "إعدادات الخوادم")):
        page.click(f"a[hreflang={code}]")
        assert page.url == (folder / code / "xs4all.nl.html").as_uri()
        assert page.inner_text("#settings") == heading


def test_a_button_puts_its_value_on_the_clipboard(page: Page, folder: Path) -> None:
    page.clock.install()
    _open(page, folder, "en/xs4all.nl.html")
    assert _copied(page, "Copy: Server") == "imap.kpnmail.nl"
    assert _copied(page, "Copy: Port") == "993"
    page.clock.run_for(3000)
    assert page.inner_text("#said") == ""


def test_the_address_fills_in_user_names_and_hosts(page: Page, folder: Path) -> None:
    page.clock.install()
    _open(page, folder, "en/bad.example.html")
    assert page.get_by_role("button", name="Copy: User name").count() == 0
    page.fill("#address", "<b>jan@worse.example")
    cells = page.locator(".server td:has([data-template])").all_inner_texts()
    assert cells == ["mail.worse.example", "<b>jan@worse.example", "<b>jan"]
    assert _copied(page, "Copy: User name") == "<b>jan@worse.example"
    page.fill("#address", "jan@")
    assert page.locator(".server td:has([data-template])").first.inner_text().endswith("mail.bad.example")


def test_the_address_is_encoded_in_urls(page: Page, folder: Path) -> None:
    _open(page, folder, "en/jmap.example.html").fill("#address", "jan/x@jmap.example")
    assert page.inner_text(".server code") == "https://jmap.example/jan%2Fx%40jmap.example"


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_all_is_readable_without_scripts(page: Page, folder: Path) -> None:
    _open(page, folder, "index.html")
    assert len(_found(page)) == len(BUNDLED + OURS)
    assert not page.locator("#search").is_visible()
    page.get_by_role("link", name="XS4ALL").click()
    assert "imap.kpnmail.nl" in page.inner_text("main")
    assert page.locator("button:visible, input:visible").count() == 0
    page.get_by_text("If you chose POP3").click()
    assert page.locator("code:visible", has_text="pop.kpnmail.nl").count() == 1


def test_arabic_runs_from_right_to_left_and_host_names_do_not(page: Page, folder: Path) -> None:
    _open(page, folder, "ar/gmail.com.html")
    style = "element => getComputedStyle(element)"
    assert (
        page.eval_on_selector(
            "body", f"{style.replace('getComputedStyle(element)', 'getComputedStyle(element).direction')}"
        )
        == "rtl"
    )
    codes = page.eval_on_selector_all(
        "code", "all => all.map(it => getComputedStyle(it)).map(it => [it.direction, it.unicodeBidi])"
    )
    assert set(map(tuple, codes)) == {("ltr", "isolate")}
    label, value = page.locator("tr").first.locator("th, td").all()
    assert _box(label)["x"] > _box(value)["x"]


def test_a_script_and_an_override_in_a_name_do_nothing(page: Page, folder: Path) -> None:
    _open(page, folder, "en/bad.example.html")
    assert page.inner_text("h1 bdi") == "</title><script>alert(1)</script>gro.elpmaxe"
    assert page.title().startswith("</title><script>alert(1)</script>gro.elpmaxe: ")
    assert page.locator("script").count() == 1


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True)
@every_language
def test_a_phone_needs_no_scrolling_sideways(page: Page, folder: Path, code: str) -> None:
    for name in ("index", *BUNDLED[:3], *OURS):
        _open(page, folder, f"{code}/{name}.html")
        _unfold(page)
        scroll, client = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert scroll <= client == PHONE["width"], name


@every_language
def test_axe_finds_no_barrier(page: Page, folder: Path, code: str) -> None:
    for name in ("index", "gmail.com", "example.com", "jmap.example"):
        _open(page, folder, f"{code}/{name}.html")
        _unfold(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert barriers(page) == [], (name, scheme)


def test_axe_finds_no_barrier_in_the_whole_list(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(next(render_pages(bundled().providers)).data)
    with watched(browser, tmp_path.as_uri()) as page:
        assert barriers(_open(page, tmp_path, "index.html")) == []


def test_dark_and_light_follow_the_device(browser: Browser, folder: Path) -> None:
    def brightness(scheme: str) -> int:
        with watched(browser, folder.as_uri(), color_scheme=scheme) as page:
            _open(page, folder, "en/gmail.com.html")
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    assert brightness("dark") < 3 * 64 < 3 * 192 < brightness("light")


def test_the_keyboard_reaches_the_content_first_and_everything_shows_its_focus(page: Page, folder: Path) -> None:
    _open(page, folder, "en/xs4all.nl.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_paper_shows_what_is_folded_and_nothing_to_click(page: Page, folder: Path) -> None:
    _open(page, folder, "en/xs4all.nl.html").emulate_media(media="print")
    for text in ("pop.kpnmail.nl", "Scan with the camera"):
        assert _box(page.get_by_text(text).first)["height"] > 0
    assert page.locator(".copy:visible, .languages:visible, #address:visible").count() == 0
    assert page.pdf().startswith(b"%PDF")
    assert page.locator("details.card[open]").count() == 0
