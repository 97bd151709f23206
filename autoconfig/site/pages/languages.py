"""The languages of the pages. English is what the templates are written in; the others have gettext catalogs.

Catalogs are read from their sources when a language is first asked for, so that nothing has to be compiled before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

import msgspec
from babel import Locale
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from autoconfig.errors import SiteError
from autoconfig.model import LocalizedText

LANGUAGES = ("en", "nl", "de", "fr", "ar")
"""The languages that every page is written in, as BCP 47 tags."""
_SOURCE = "en"
_COUNTS = range(101)  # enough to meet every plural form of every language


class Language(msgspec.Struct, frozen=True):
    """One language: its tag, its name in itself, its direction (`ltr` or `rtl`) and its texts."""

    code: str
    name: str
    direction: str
    translations: NullTranslations

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.code)

    def month(self, checked: str) -> str:
        """A month as people write it, of `YYYY-MM` or `YYYY-MM-DD`."""
        year, month = map(int, checked.split("-")[:2])
        return format_skeleton("yMMMM", date(year, month, 1), locale=self.code)

    def choose(self, texts: Sequence[LocalizedText]) -> LocalizedText | None:
        """The text in this language, else the one in English, in no language or whichever comes first."""
        by_language = {text.language.lower().split("-")[0]: text for text in reversed(texts) if text.text}
        wanted = (code for code in (self.code, _SOURCE, "", *by_language) if code in by_language)
        code = next(wanted, None)
        return None if code is None else by_language[code]

    @property
    def plural_forms(self) -> dict[str, int]:
        """The plural forms by their names in CLDR, with a number of each: for scripts that count by themselves."""
        form_of = Locale.parse(self.code).plural_form
        return {form_of(count): count for count in reversed(_COUNTS)}


@cache
def language(code: str) -> Language:
    """The language of a tag.

    Raises:
        SiteError: the pages are not written in it.
    """
    if code not in LANGUAGES:
        raise SiteError(f"no page is written in {code!r}; allowed: {', '.join(LANGUAGES)}")
    locale = Locale.parse(code)
    name = locale.display_name or code
    return Language(code, name[0].upper() + name[1:], locale.text_direction, _translations(code))


def _translations(code: str) -> NullTranslations:
    if code == _SOURCE:
        return NullTranslations()
    source = files(__package__).joinpath("locale", code, "LC_MESSAGES", "messages.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
