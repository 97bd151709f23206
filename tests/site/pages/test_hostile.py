"""Whatever a definition says, a page shows it as text: no markup, no script, no link but to the web."""

from __future__ import annotations

import unicodedata

import lxml.html
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement
from msgspec.structs import replace

from autoconfig.model import HelpPage, InputField, LocalizedText, Provider, Server, ServerType, Source, Webmail
from autoconfig.site.pages import LANGUAGES, render_page, render_pages
from tests.support.providers import providers
from tests.support.samples import BARE, RICH

NASTY = (
    "<script>alert(1)</script>",
    "</title></style></script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "%(name)s %s %",
    "\u202egnp.exe\u2066\u200f",
    "a\x00b\x1bc\x85\ud800\uffff",
    "javascript:alert(1)",
    "<!--",
    "]]>&amp;",
    "W" * 5000,
)
nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
OVERRIDES = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _said_by(text: str) -> Provider:
    """A provider that says one text wherever it can."""
    texts = (LocalizedText(text, text), LocalizedText("en", text))
    return replace(
        RICH,
        id=text,
        name=text,
        short_name=text,
        domains=(text,),
        servers=(
            Server(type=ServerType.IMAP, hostname=text, username=text, restriction=text),
            Server(type=ServerType.SMTP, hostname=f"%EMAILDOMAIN%{text}", username=f"%EMAILADDRESS%{text}"),
            Server(type=ServerType.CALDAV, url=text, username=text),
        ),
        webmail=Webmail(login_page=text),
        documentation=(HelpPage(text, texts),),
        enable=(HelpPage(text, texts),),
        instructions=(HelpPage(text, texts),),
        input_fields=(InputField(text, text, text),),
        sources=(Source("https://example.com/", "2026-03"),),
    )


def _tags(data: bytes) -> dict[str, int]:
    counts: dict[str, int] = {}
    for element in lxml.html.document_fromstring(data.decode()).iter():
        assert isinstance(element.tag, str), "a comment"
        counts[element.tag] = counts.get(element.tag, 0) + 1
    return counts


def _harmless(data: bytes) -> None:
    text = data.decode()
    assert not OVERRIDES & set(text)
    assert not [character for character in text if unicodedata.category(character) == "Cc" and character != "\n"]
    page: HtmlElement = lxml.html.document_fromstring(text)
    assert [page.xpath(f"count(//{tag})") for tag in ("script", "style", "title")] == [1, 1, 1]
    assert page.xpath("//@*[starts-with(name(), 'on') or name() = 'style']") == []
    links = [link.get("href", "") for tag in ("a", "use") for link in page.iter(tag)]
    assert [url for url in links if ":" in url and not url.lower().startswith(("https://", "http://"))] == []


@given(nasty, st.sampled_from(LANGUAGES))
@settings(max_examples=60)
def test_any_text_is_only_text(text: str, code: str) -> None:
    _harmless(render_page(_said_by(text), code))


@given(nasty)
@settings(max_examples=20)
def test_any_text_is_only_text_on_the_list(text: str) -> None:
    for file in render_pages([_said_by(text), BARE]):
        assert not file.path.startswith(("/", "."))
        assert ".." not in file.path.split("/")
        _harmless(file.data)


@given(providers(), st.sampled_from(LANGUAGES))
@settings(max_examples=40)
def test_every_provider_that_a_definition_can_describe_has_a_page(provider: Provider, code: str) -> None:
    _harmless(render_page(provider, code))


def test_markup_in_a_name_changes_no_element_of_the_page() -> None:
    plain = _tags(render_page(_said_by("a plain text"), "en"))
    for text in NASTY[:5]:
        assert _tags(render_page(_said_by(text), "en")) == plain


def test_a_name_in_hebrew_or_arabic_keeps_its_letters() -> None:
    for name in ("דואר ישראל", "بريد مصر", "می\u200cخواهم"):
        assert name in render_page(replace(BARE, name=name), "en").decode()
