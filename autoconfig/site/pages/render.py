"""The pages as bytes: templates filled in for each provider and language. Pure: the same input, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autoconfig.model import Provider
from autoconfig.site.file import File
from autoconfig.site.pages.filling import filled
from autoconfig.site.pages.guide import Guide, guide
from autoconfig.site.pages.inlined import inlined
from autoconfig.site.pages.languages import LANGUAGES
from autoconfig.site.pages.listing import Letters, by_letter
from autoconfig.site.pages.paths import INDEX, file_name, file_names

_FOLDER = "pages"


def render_pages(providers: Sequence[Provider]) -> Iterator[File]:
    """Write the list of providers and a page for each of them, in every language.

    `pages/index.html` is the list in English, which leads visitors on to their own language; `pages/LANGUAGE/` holds
    the list and the pages of one, named after the providers' ids. A provider without incoming server has no page.
    """
    shown = [provider for provider in providers if provider.incoming]
    guides = [guide(provider) for provider in shown]
    names = file_names(provider.id for provider in shown)
    letters = by_letter(guides, names)
    yield File(f"{_FOLDER}/{INDEX}", _render_welcome(letters))
    for code in LANGUAGES:
        yield File(f"{_FOLDER}/{code}/{INDEX}", _render_list(letters, code))
    for about, name in zip(guides, names, strict=True):
        for code in LANGUAGES:
            yield File(f"{_FOLDER}/{code}/{name}", _render_guide(about, name, code))


def render_page(provider: Provider, language: str) -> bytes:
    """Write the page of one provider, as `render_pages` does of one that shares its id with no other.

    Args:
        provider: whose page.
        language: one of `LANGUAGES`.

    Raises:
        SiteError: no page is written in that language.
    """
    return _render_guide(guide(provider), file_name(provider.id), language)


def _render_welcome(letters: Letters) -> bytes:
    return filled(
        "index.html.jinja",
        LANGUAGES[0],
        inlined=inlined("index.js", "welcome.js"),
        letters=letters,
        versions=_versions("", INDEX),
        folder=f"{LANGUAGES[0]}/",
    )


def _render_list(letters: Letters, code: str) -> bytes:
    return filled(
        "index.html.jinja",
        code,
        inlined=inlined("index.js"),
        letters=letters,
        versions=_versions("../", INDEX),
        folder="",
    )


def _render_guide(about: Guide, name: str, code: str) -> bytes:
    return filled(
        "provider.html.jinja", code, inlined=inlined("provider.js"), guide=about, versions=_versions("../", name)
    )


def _versions(up: str, name: str) -> dict[str, str]:
    """Where the same page is in each language."""
    return {code: f"{up}{code}/{name}" for code in LANGUAGES}
