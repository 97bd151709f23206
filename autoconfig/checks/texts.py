"""Rules on names, domains and pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from autoconfig.checks.rule import Hit, Subject
from autoconfig.model import HelpPage

_LONGEST_NAME, _LONG_NAME = 60, 30
_LONGEST_SHORT_NAME, _LONG_SHORT_NAME = 20, 12
_SHOWN = 3


def name_too_long(subject: Subject) -> Iterator[Hit]:
    yield from _name_over(subject, "name", _LONGEST_NAME)
    yield from _name_over(subject, "short_name", _LONGEST_SHORT_NAME)


def name_long(subject: Subject) -> Iterator[Hit]:
    yield from _name_over(subject, "name", _LONG_NAME, _LONGEST_NAME)
    yield from _name_over(subject, "short_name", _LONG_SHORT_NAME, _LONGEST_SHORT_NAME)


def _name_over(subject: Subject, field: str, limit: int, upper: int | None = None) -> Iterator[Hit]:
    length = len(getattr(subject.provider, field) or "")
    if length > limit and (upper is None or length <= upper):
        yield Hit(field, f"{length} characters, more than {limit}")


def unsorted_domains(subject: Subject) -> Iterator[Hit]:
    """The first domain may be the main one, by which people know the provider."""
    domains = subject.provider.domains
    for index, (before, after) in enumerate(pairwise(domains[1:]), start=2):
        if after < before:
            yield Hit(f"domains[{index}]", f"{after} comes after {before}")
            return


def http_page(subject: Subject) -> Iterator[Hit]:
    for field, url in page_urls(subject):
        if url.lower().startswith("http:"):
            yield Hit(field, url)


def page_urls(subject: Subject) -> Iterator[tuple[str, str]]:
    """The pages for people, each with the name of its field."""
    provider = subject.provider
    lists: dict[str, tuple[HelpPage, ...]] = {
        "documentation": provider.documentation,
        "instructions": provider.instructions,
        "enable": provider.enable,
    }
    for name, pages in lists.items():
        yield from ((f"{name}[{index}].url", page.url) for index, page in enumerate(pages) if page.url)
    if provider.webmail is not None and provider.webmail.login_page:
        yield "webmail", provider.webmail.login_page
