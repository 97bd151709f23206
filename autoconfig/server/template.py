"""Documents that are prepared once: bytes with the places where the parts of an address go, each escaped as it must be.

A place is found by rendering for an address that occurs nowhere else, and its context by what became of a quotation
mark and a plus in it. So nothing here knows a format, and a format needs to know nothing of this.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec

from autoconfig.address import Address
from autoconfig.errors import RenderError

Render = Callable[[Address, str], bytes]
"""From an address and a login name, which may be empty, to a document."""

_ODD = '"+'
_CONTEXTS: dict[bytes, Callable[[str], bytes]] = {
    b'"+': lambda text: escape(text).encode(),  # the text of an XML element
    b"&quot;+": lambda text: escape(text, {'"': "&quot;"}).encode(),  # an XML attribute
    b"%22%2B": lambda text: quote(text, safe="").encode(),  # a part of a URL
    b'\\"+': lambda text: msgspec.json.encode(text)[1:-1],  # a JSON string
}
_ANY_CONTEXT = b"|".join(map(re.escape, _CONTEXTS))
_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
"""What stays as it is in every context."""
_UNFIT = re.compile("[%\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SAMPLES = (("jan", "jan"), ("j.o'x+y", "uid=j,dc=x"), ('"<&>/é', '<&"\\> é'))


class _Slot(msgspec.Struct, frozen=True):
    """What goes to a place: `context` is a key of `_CONTEXTS`, and `at` separates a local part from its domain."""

    name: bytes
    context: bytes = b""
    at: bytes = b""


_LOCAL_PART, _LOGIN, _DOMAIN = b"l", b"u", b"d"


class Template:
    """A document for whoever asks: `fill` gives the same bytes as `render`, in a fraction of the time.

    What a document says may depend on the address in other ways than by holding it, such as a host name that is none
    for some addresses. So a template compares itself with `render` once, and renders each time where they differ.

    Args:
        render: what makes the document.
        with_login: whether `fill` will be given login names.

    Raises:
        RenderError: the document cannot be rendered for any address.
    """

    def __init__(self, render: Render, *, with_login: bool = False) -> None:
        self._render = render
        self._with_login = with_login
        token = secrets.token_hex(12)
        document = render(Address(f"{token}l{_ODD}", f"{token}d.example"), f"{token}u{_ODD}" if with_login else "")
        constants, self._slots = _split(document, token.encode())
        self._constants = tuple(constants)
        self._is_faithful = True
        self._is_faithful = all(map(self._agrees, _SAMPLES))
        kinds = set(self._slots)
        self._only_slot = kinds.pop() if self._is_faithful and len(kinds) == 1 else None

    def fill(self, address: Address, login: str = "") -> bytes:
        """The document for an address and, where there is one, a login name that no placeholder can say.

        Raises:
            RenderError: a part of the address or the login name has a character that the format cannot hold.
        """
        slot = self._only_slot
        if slot is not None and slot.name == _LOCAL_PART and address.local_part.isascii():
            value = address.local_part.encode()
            if not value.translate(None, _SAFE):
                return (value + slot.at + address.domain.encode() if slot.at else value).join(self._constants)
        return self._fill_any(address, login)

    def _fill_any(self, address: Address, login: str) -> bytes:
        if not self._is_faithful or _UNFIT.search(address.local_part) or _UNFIT.search(login):
            return self._render(address, login)
        values = {slot: _value(slot, address, login) for slot in set(self._slots)}
        pieces = [self._constants[0]]
        for slot, constant in zip(self._slots, self._constants[1:], strict=True):
            pieces += (values[slot], constant)
        return b"".join(pieces)

    def _agrees(self, sample: tuple[str, str]) -> bool:
        address = Address(sample[0], "example.com")
        login = sample[1] if self._with_login else ""
        try:
            return self._fill_any(address, login) == self._render(address, login)
        except RenderError:
            return False


def _split(document: bytes, token: bytes) -> tuple[list[bytes], tuple[_Slot, ...]]:
    """The constant pieces of a document and, between each two of them, a slot."""
    domain = token + rb"d\.example"
    marker = re.compile(
        rb"%b(?P<name>[lu])(?P<context>%b)(?:(?P<at>@|%%40)%b)?|(?P<domain>%b)" % (token, _ANY_CONTEXT, domain, domain)
    )
    constants, slots, end = [], [], 0
    for found in marker.finditer(document):
        constants.append(document[end : found.start()])
        end = found.end()
        if found["domain"]:
            slots.append(_Slot(_DOMAIN))
        else:
            slots.append(_Slot(found["name"], found["context"], found["at"] or b""))
    return [*constants, document[end:]], tuple(slots)


def _value(slot: _Slot, address: Address, login: str) -> bytes:
    """A domain is in A-labels, which are the same in every context."""
    if slot.name == _DOMAIN:
        return address.domain.encode()
    text = _CONTEXTS[slot.context](login if slot.name == _LOGIN else address.local_part)
    return text + slot.at + address.domain.encode() if slot.at else text
