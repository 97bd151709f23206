"""Two providers compared, as the people of their domains see them."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.diff import servers
from autoconfig.diff.change import Change, Effect
from autoconfig.diff.servers import turned
from autoconfig.model import HelpPage, Provider, Status

_WORDS = {
    "name": "the name",
    "short_name": "the short name",
    "oauth2": "the OAuth2 server",
    "client_config_update": "the address of updates",
    "input_fields": "what is asked of the user",
}
_PAGES = {"documentation": "help page", "instructions": "instruction", "enable": "page to allow mail programs"}
_NOT_FOR_PEOPLE = frozenset({"id", "domains", "mx_domains", "servers", "sources", "status", "webmail", *_PAGES})
_DEFAULTS = frozenset({"username", "authentication"})
"""What says something only where no server is listed."""


def compare(old: Provider, new: Provider) -> Iterator[Change]:
    """What is otherwise in the new one, servers first; nothing of domains, sources and ids."""
    yield from servers.compare(old.servers, new.servers)
    for field in Provider.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field in _NOT_FOR_PEOPLE or before == after or (field in _DEFAULTS and old.servers and new.servers):
            continue
        effects = (Effect.OLD_MUST_STAY,) if field == "oauth2" and before is not None else ()
        yield Change(field, turned(_WORDS.get(field, field), before, after), effects)
    yield from _webmail(old, new)
    for field, what in _PAGES.items():
        yield from _pages(field, what, getattr(old, field), getattr(new, field))
    if old.status is not new.status:
        said = "confirmed now" if new.status is Status.CONFIRMED else "not confirmed any more"
        yield Change("status", f"the settings are {said}")


def _webmail(old: Provider, new: Provider) -> Iterator[Change]:
    before, after = (provider.webmail and provider.webmail.login_page for provider in (old, new))
    if before != after:
        yield Change("webmail", turned("the address of webmail", before, after))
    elif old.webmail != new.webmail:
        yield Change("webmail", "the login form of webmail is otherwise")


def _pages(field: str, what: str, old: tuple[HelpPage, ...], new: tuple[HelpPage, ...]) -> Iterator[Change]:
    if old == new:
        return
    urls_before, urls_after = [page.url for page in old], [page.url for page in new]
    for url in dict.fromkeys(urls_after):
        if url not in urls_before:
            yield Change(field, f"{what} added: {url}")
    for url in dict.fromkeys(urls_before):
        if url not in urls_after:
            yield Change(field, f"{what} removed: {url}")
    if set(urls_before) == set(urls_after):
        texts = urls_before == urls_after
        yield Change(field, f"{what}: the text is otherwise" if texts else f"{what}: the order is otherwise")
