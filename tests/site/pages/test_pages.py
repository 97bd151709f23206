"""The pages as HTML: complete, small, the same each time, and holding to their own policy."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import PurePosixPath

import lxml.html
import pytest
from lxml.html import HtmlElement
from msgspec.structs import replace

from autoconfig import bundled
from autoconfig.errors import AutoconfigError
from autoconfig.model import Authentication, HelpPage, LocalizedText, Provider, Server, ServerType, SocketType, Status
from autoconfig.site.pages import LANGUAGES, render_page, render_pages
from tests.support.samples import BARE, RICH

LARGEST = 60_000
EVENT_HANDLERS_AND_STYLES = "//@*[starts-with(name(), 'on') or name() = 'style']"
every_language = pytest.mark.parametrize("code", LANGUAGES)


@pytest.fixture(scope="module")
def bundle() -> dict[str, bytes]:
    return {file.path: file.data for file in render_pages(bundled().providers)}


@pytest.fixture(scope="module")
def parsed(bundle: dict[str, bytes]) -> dict[str, HtmlElement]:
    return {path: _parsed(data) for path, data in bundle.items()}


def _parsed(data: bytes) -> HtmlElement:
    return lxml.html.document_fromstring(data.decode())


def _page(provider: Provider, code: str = "en") -> HtmlElement:
    return _parsed(render_page(provider, code))


def _text(page: HtmlElement) -> str:
    return " ".join(" ".join(page.xpath("//main//text()")).split())


def test_there_is_a_list_and_a_page_for_each_provider_in_each_language(bundle: dict[str, bytes]) -> None:
    names = ["index", *(provider.id for provider in bundled().providers)]
    assert set(bundle) == {"pages/index.html"} | {f"pages/{code}/{name}.html" for code in LANGUAGES for name in names}


def test_every_page_is_small(bundle: dict[str, bytes]) -> None:
    assert [path for path, data in bundle.items() if len(data) >= LARGEST] == []


def test_the_same_providers_give_the_same_bytes() -> None:
    assert list(render_pages([BARE, RICH])) == list(render_pages([BARE, RICH]))


def test_a_page_alone_is_the_one_of_the_site() -> None:
    files = {file.path: file.data for file in render_pages([BARE])}
    for code in LANGUAGES:
        assert render_page(BARE, code) == files[f"pages/{code}/example.com.html"]


def test_pages_tell_their_language_and_direction(parsed: dict[str, HtmlElement]) -> None:
    for path, page in parsed.items():
        code = "en" if path == "pages/index.html" else path.split("/")[1]
        assert (page.get("lang"), page.get("dir")) == (code, "rtl" if code == "ar" else "ltr")


def test_every_link_within_the_site_leads_to_a_page_of_it(parsed: dict[str, HtmlElement]) -> None:
    for path, page in parsed.items():
        for href in page.xpath("//a/@href | //link[@rel='alternate']/@href"):
            if href.startswith(("https://", "http://")):
                continue
            target, _, fragment = href.partition("#")
            if target:
                parts: list[str] = []
                for part in (PurePosixPath(path).parent / target).parts:
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert "/".join(parts) in parsed, (path, href)
            else:
                assert page.xpath("//*[@id=$id]", id=fragment), (path, href)


def test_languages_are_switched_between_pages_of_the_same_provider(parsed: dict[str, HtmlElement]) -> None:
    switch = parsed["pages/nl/xs4all.nl.html"].xpath("//a[@hreflang]")
    assert [link.get("hreflang") for link in switch] == list(LANGUAGES)
    assert [link.get("href") for link in switch] == [f"../{code}/xs4all.nl.html" for code in LANGUAGES]
    assert [link.get("hreflang") for link in switch if link.get("aria-current")] == ["nl"]


def test_the_policy_allows_what_stands_in_the_page_and_nothing_else(parsed: dict[str, HtmlElement]) -> None:
    for path, page in parsed.items():
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        (style,), (script,) = page.xpath("//style/text()"), page.xpath("//script/text()")
        assert policy == (
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        ), path
        assert page.xpath(EVENT_HANDLERS_AND_STYLES) == []
        assert page.xpath("//form | //iframe | //img | //object | //base | //script[@src] | //*[@srcset]") == []
        assert page.xpath("//link[not(@rel='alternate' or starts-with(@href, 'data:'))]") == []


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_the_style_asks_for_nothing() -> None:
    assert not re.search(r"url\(|@import|@font-face", render_page(BARE, "en").decode())


def test_ids_are_unique(parsed: dict[str, HtmlElement]) -> None:
    for path, page in parsed.items():
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path


def test_every_domain_is_on_the_list(parsed: dict[str, HtmlElement]) -> None:
    listed = " ".join(parsed["pages/index.html"].xpath("//*[@id='providers']//p/text()")).split()
    assert sorted(listed) == sorted(domain for provider in bundled().providers for domain in provider.domains)


def test_the_table_holds_what_a_program_asks_for() -> None:
    rows = _page(BARE).xpath("(//table)[1]//tr")
    assert [[cell.text_content().strip() for cell in row] for row in rows] == [
        ["Server", "imap.example.com"],
        ["Port", "993"],
        ["Encryption", "SSL/TLS"],
        ["User name", "your whole e-mail address, for example name@example.com"],
        ["Sign-in", "Normal password"],
    ]


@every_language
def test_every_way_to_sign_in_has_words(code: str) -> None:
    rows = []
    for method in Authentication:
        server = replace(BARE.servers[0], authentication=(method,))
        rows.append(_page(replace(BARE, servers=(server,)), code).xpath("string((//table)[1]//tr[last()]/td)"))
    assert all(rows)
    assert not [words for words in rows if "SASL" in words]


def test_host_names_ports_and_addresses_are_left_to_right_in_arabic() -> None:
    page = _page(RICH, "ar")
    for text in ("imap.example.com", "993", "name@example.com", "@example.com", "autoconfig.example.com"):
        holders = page.xpath("//main//*[normalize-space(text()) = $text]", text=text)
        assert holders and all(holder.get("dir") == "ltr" for holder in holders), text


@every_language
def test_an_unconfirmed_provider_says_so(code: str) -> None:
    notices = [_page(replace(BARE, status=status), code).xpath("//*[contains(@class, 'warning')]") for status in Status]
    assert [len(found) for found in notices] == [0, 1]


def test_the_code_and_the_link_lead_to_the_profile() -> None:
    page = _page(BARE)
    assert page.xpath("//a/@href[contains(., 'mobileconfig')]") == [
        "https://autoconfig.example.com/example.com.mobileconfig"
    ]
    assert len(page.xpath("//*[@class='qr']/svg")) == 1
    assert not _page(replace(BARE, domains=("*.example.com",))).xpath("//*[@class='qr']")


def test_alternatives_are_folded() -> None:
    starttls = replace(BARE.servers[0], socket_type=SocketType.STARTTLS, port=143)
    page = _page(replace(BARE, servers=(*BARE.servers, starttls)))
    assert page.xpath("//details//td[contains(., 'STARTTLS')]")
    assert not page.xpath("//main//td[contains(., 'STARTTLS')][not(ancestor::details)]")


def test_what_is_not_encrypted_is_warned_of() -> None:
    plain = replace(BARE.servers[0], socket_type=SocketType.PLAIN, port=143)
    text = _text(_page(replace(BARE, servers=(plain, BARE.servers[1]))))
    assert "None: others on the network can read your password and your mail" in text
    assert "Never choose “none”" not in text


def test_texts_of_the_definition_stand_in_the_pages_language() -> None:
    texts = (LocalizedText("en", "Switch it on first"), LocalizedText("nl", "Zet het eerst aan"))
    provider = replace(BARE, enable=(HelpPage("https://help.example.com/", texts), HelpPage("", texts)))
    for code, text, language in (("nl", "Zet het eerst aan", "nl"), ("ar", "Switch it on first", "en")):
        link, words = _page(provider, code).xpath("//main//li/*[text() = $text]", text=text)
        assert (link.tag, link.get("href"), link.get("lang")) == ("a", "https://help.example.com/", language)
        assert (words.tag, words.get("lang")) == ("span", language)


@pytest.mark.parametrize("type", [ServerType.JMAP, ServerType.EWS, ServerType.ACTIVESYNC, ServerType.GRAPH])
@every_language
def test_a_provider_without_imap_and_pop3_has_a_page_too(type: ServerType, code: str) -> None:
    page = _page(replace(BARE, servers=(Server(type=type, url="https://mail.example.com/x"),)), code)
    assert page.xpath("//main//code[text() = 'https://mail.example.com/x']")


def test_a_provider_without_incoming_server_has_no_page() -> None:
    files = list(render_pages([replace(BARE, servers=BARE.servers[1:])]))
    assert all(file.path.endswith("index.html") for file in files)


def test_a_catalog_without_providers_has_a_list_all_the_same() -> None:
    assert "0 providers" in next(iter(render_pages([]))).data.decode()


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(AutoconfigError, match="'tlh'; allowed: en"):
        render_page(BARE, "tlh")


@pytest.mark.parametrize("package", ["babel", "segno"])
def test_a_missing_package_is_named_with_its_extra(package: str) -> None:
    program = f"import sys; sys.modules['{package}'] = None; import autoconfig.site.pages"
    failed = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert f"SiteError: pages need {package}: pip install 'mail-autoconfig[pages]'" in failed.stderr
