"""Two providers compared, as the people of their domains see them."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from autoconfig.diff import servers
from autoconfig.diff.change import Change, Kind
from autoconfig.diff.matching import match, unmatched, whole
from autoconfig.diff.settings import setting, settings
from autoconfig.model import HelpPage, InputField, Provider

_PAGES = {
    "documentation": ("help page", "help pages"),
    "instructions": ("instruction", "instructions"),
    "enable": ("step before set-up", "steps before set-up"),
}
_ELSEWHERE = frozenset({"id", "domains", "domains_file", "mx_domains", "servers", "sources", "input_fields", *_PAGES})
_NAMES = frozenset({"name", "short_name"})
_DEFAULTS = frozenset({"username", "authentication"})
"""What says something only where no server is listed."""


def compare(old: Provider | None, new: Provider | None) -> tuple[Change, ...]:
    """What changes for people; None where they have no provider. Sources concern nobody."""
    if old is None and new is None:
        return ()
    if old is None or new is None or old.id != new.id:
        kind = Kind.SERVED if old is None else Kind.NOT_SERVED if new is None else Kind.HANDED_OVER
        change = Change(kind=kind, field="domains", old=_called(old), new=_called(new))
        return (change, *(_differences(old, new, ignored=_NAMES) if old and new else ()))
    return tuple(_differences(old, new))


def _called(provider: Provider | None) -> str | None:
    if provider is None:
        return None
    return f"{provider.name} ({provider.id})" if provider.name else provider.id


def _differences(old: Provider, new: Provider, *, ignored: frozenset[str] = frozenset()) -> Iterator[Change]:
    yield from servers.compare(old.servers, new.servers)
    yield from settings(old, new, ignored=_ELSEWHERE | ignored | (_DEFAULTS if old.servers or new.servers else set()))
    for field, (one, several) in _PAGES.items():
        yield from _pages(field, one, several, getattr(old, field), getattr(new, field))
    yield from _input_fields(old.input_fields, new.input_fields)


def _pages(
    field: str, one: str, several: str, old: tuple[HelpPage, ...], new: tuple[HelpPage, ...]
) -> Iterator[Change]:
    matches = match(old, new, (whole, attrgetter("url")))
    for i, j in matches:
        if old[i].text != new[j].text:
            what = " ".join(filter(None, (f"the text of the {one}", new[j].url)))
            yield setting(f"{field}[{j}].text", what, old[i].text, new[j].text)
    for j in unmatched(len(new), (j for _, j in matches)):
        yield Change(kind=Kind.ADDED, field=f"{field}[{j}]", new=f"the {one} {_page(new[j])}")
    for i in unmatched(len(old), (i for i, _ in matches)):
        yield Change(kind=Kind.REMOVED, field=f"{field}[{i}]", old=f"the {one} {_page(old[i])}")
    if matches != sorted(matches):
        order = ", ".join(_page(new[j]) for _, j in matches)
        yield Change(kind=Kind.REORDERED, field=field, what=several, new=order)


def _page(page: HelpPage) -> str:
    return page.url or f'"{page.text[0].text}"'


def _input_fields(old: tuple[InputField, ...], new: tuple[InputField, ...]) -> Iterator[Change]:
    if old != new:
        yield setting("input_fields", "what people are asked for", *(tuple(map(_asked, side)) for side in (old, new)))


def _asked(field: InputField) -> str:
    example = f", such as {field.sample}" if field.sample else ""
    return f"{field.label} ({field.key}{example})"
