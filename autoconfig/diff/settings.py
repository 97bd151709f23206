"""The single settings of two structs compared, and their values in words."""

from __future__ import annotations

from collections.abc import Container, Iterator

import msgspec

from autoconfig.diff.change import Change, Effect, Kind
from autoconfig.model import LocalizedText

_WORDS = {
    "name": "the name",
    "short_name": "the short name",
    "username": "the user name",
    "authentication": "the authentication",
    "client_config_update": "the address of updates",
    "status": "the status of the settings",
    "restriction": "the restriction",
    "owa_url": "the address of webmail",
    "ews_url": "the EWS address",
    "eas_url": "the ActiveSync address",
    "pop3.leave_messages_on_server": "the option to leave mail on the server",
    "pop3.days_to_leave_messages_on_server": "the number of days that mail is left on the server",
    "pop3.check_interval_minutes": "the number of minutes between looks for mail",
    "webmail.login_page": "the address of webmail",
    "webmail.login_form.url": "the address of webmail's login form",
    "webmail.login_form.username": "the user name of webmail",
    "oauth2.issuer": "the OAuth2 issuer",
    "oauth2.auth_url": "the OAuth2 authorization address",
    "oauth2.token_url": "the OAuth2 token address",
    "oauth2.scopes": "the OAuth2 scope",
    "oauth2.client_id": "the OAuth2 client id",
    "oauth2.client_secret": "the OAuth2 client secret",
}
"""What people call a setting; any other is called as in a definition."""


def settings(
    old: msgspec.Struct | None,
    new: msgspec.Struct | None,
    *,
    ignored: Container[str] = (),
    path: str = "",
    server: str = "",
    inside: str = "",
) -> Iterator[Change]:
    """What differs, field by field; structs inside are gone through, and say nothing where they are empty.

    Args:
        old, new: of one type, and one of them given.
        ignored: names of fields that are not compared.
        path: the place of the structs in the definition, up to a dot.
        server: the server that they belong to, as people call it.
        inside: the names of the fields that led here, each with a dot.
    """
    for name in (old or new).__struct_fields__:  # type: ignore[union-attr]
        before, after = getattr(old, name, None), getattr(new, name, None)
        if name in ignored or before == after:
            continue
        if isinstance(before or after, msgspec.Struct):
            yield from settings(before, after, path=f"{path}{name}.", server=server, inside=f"{inside}{name}.")
        else:
            what = _WORDS.get(inside + name, inside + name)
            effects = (Effect.OLD_MUST_STAY,) if inside == "oauth2." and before else ()
            yield setting(path + name, what, before, after, server=server, effects=effects)


def setting(
    field: str, what: str, before: object, after: object, *, server: str = "", effects: tuple[Effect, ...] = ()
) -> Change:
    """A value that is another one, is given now or is given no longer."""
    old, new = (None if value in (None, ()) else in_words(value) for value in (before, after))
    kind = Kind.GIVEN if old is None else Kind.WITHDRAWN if new is None else Kind.CHANGED
    return Change(kind=kind, field=field, what=what, server=server, old=old, new=new, effects=effects)


def in_words(value: object) -> str:
    """A single value of the model, or a tuple of them, as text."""
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(in_words, value))
        case LocalizedText():
            return f"{value.text} ({value.language})" if value.language else value.text
        case _:
            return str(value) or "empty"
