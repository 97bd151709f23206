"""Every text of the pages is translated into every language, with the same placeholders and the right plurals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from autoconfig.errors import SiteError
from autoconfig.model import LocalizedText
from autoconfig.site import pages
from autoconfig.site.pages.languages import LANGUAGES, language

PACKAGE = Path(pages.__file__).parent
TRANSLATED = [code for code in LANGUAGES if code != "en"]
every_translation = pytest.mark.parametrize("code", TRANSLATED)
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _in_templates() -> set[str | tuple[str, ...]]:
    with (PACKAGE / "locale" / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    return {message for _, _, message, _, _ in extract_from_dir(PACKAGE / "templates", methods, options)}


def _catalog(code: str) -> Catalog:
    source = PACKAGE / "locale" / code / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(source.read_bytes()), locale=code, abort_invalid=True)


def _texts(catalog: Catalog) -> Iterator[tuple[set[str], str]]:
    """The placeholders of each message, and each of its translations."""
    for message in catalog:
        source, translated = message.id, message.string
        if not source:
            continue
        singular = source if isinstance(source, str) else source[0]
        for text in [translated] if isinstance(translated, str) else translated or [""]:
            yield set(_PLACEHOLDER.findall(singular)), text


@every_translation
def test_a_catalog_holds_the_texts_of_the_templates_and_no_others(code: str) -> None:
    assert {message.id for message in _catalog(code) if message.id} == _in_templates()


@every_translation
def test_nothing_is_untranslated_or_fuzzy(code: str) -> None:
    catalog = _catalog(code)
    assert [text for _, text in _texts(catalog) if not text.strip()] == []
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert not catalog.obsolete


@every_translation
def test_translations_have_the_placeholders_of_their_source_and_no_markup(code: str) -> None:
    for expected, text in _texts(_catalog(code)):
        found = set(_PLACEHOLDER.findall(text))
        assert found == expected or (code == "ar" and expected - found == {"%(number)s"}), text
        assert "%" not in _PLACEHOLDER.sub("", text)
        assert not re.search("[<>&\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), text


@every_translation
def test_the_plural_forms_are_those_of_the_language(code: str) -> None:
    """Numbers that differ by CLDR's rules get different texts, and equal ones the same."""
    translations = language(code).translations
    form_of = Locale.parse(code).plural_form
    texts: dict[str, set[str]] = {}
    for count in range(1000):
        text = translations.ngettext("%(number)s more domain", "%(number)s more domains", count)
        texts.setdefault(form_of(count), set()).add(text)
    assert all(len(of_form) == 1 for of_form in texts.values())
    assert len({text for of_form in texts.values() for text in of_form}) == len(texts)


def test_arabic_has_six_plural_forms() -> None:
    assert set(language("ar").plural_forms) == {"zero", "one", "two", "few", "many", "other"}


@pytest.mark.parametrize(
    ("code", "month"),
    [("en", "March 2026"), ("nl", "maart 2026"), ("de", "März 2026"), ("fr", "mars 2026"), ("ar", "مارس 2026")],
)
def test_months_are_written_as_people_do(code: str, month: str) -> None:
    assert language(code).month("2026-03") == language(code).month("2026-03-31") == month


def test_large_numbers_are_grouped_as_in_the_language() -> None:
    assert [language(code).number(1234) for code in LANGUAGES] == ["1,234", "1.234", "1.234", "1\u202f234", "1,234"]


def test_texts_of_a_definition_come_in_the_pages_language_or_else_in_english() -> None:
    texts = [LocalizedText("pt-BR", "Olá"), LocalizedText("en", "Hello"), LocalizedText("nl-BE", "Dag")]
    chosen = {code: language(code).choose(texts) for code in ("nl", "de")}
    assert chosen == {"nl": texts[2], "de": texts[1]}
    assert language("de").choose(texts[:1]) == texts[0]
    assert language("de").choose([LocalizedText("", "Hi"), *texts[:1]]) == LocalizedText("", "Hi")
    assert language("de").choose([]) is None


def test_a_language_without_pages_is_refused() -> None:
    with pytest.raises(SiteError, match="'eo'; allowed: en, nl, de, fr, ar"):
        language("eo")
