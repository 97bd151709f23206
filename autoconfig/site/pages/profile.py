"""The pages on which people get an Apple profile of their own, for a server that writes it into the answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from segno import DataOverflowError

from autoconfig.address import Address
from autoconfig.model import Provider
from autoconfig.site.pages.filling import filled
from autoconfig.site.pages.guide import qr_code
from autoconfig.site.pages.inlined import Inlined, inlined
from autoconfig.site.pages.texts import presentable


class Mistake(StrEnum):
    """Why there is no profile for what was typed."""

    NO_ADDRESS = "no address"
    NO_PROFILE = "no profile"


def render_form(
    language: str, versions: Mapping[str, str], *, address: str = "", name: str = "", mistake: Mistake | None = None
) -> bytes:
    """Write the page that asks for an address and a name, and sends them by POST to where it came from.

    Args:
        language: one of `LANGUAGES`.
        versions: where the page is in each of them.
        address: what was typed before.
        name: the same.
        mistake: what was wrong with it.
    """
    return filled(
        "profile_form.html.jinja",
        language,
        inlined=_inlined(),
        versions=versions,
        address=address,
        name=name,
        mistake=mistake,
    )


def render_offer(
    language: str, versions: Mapping[str, str], *, provider: Provider, address: Address, path: str, url: str
) -> bytes:
    """Write the page that leads to the profile of an address: by a link, and by a QR code for another device.

    Args:
        language: one of `LANGUAGES`.
        versions: where the form is in each of them.
        provider: whose servers the profile sets up.
        address: the user's.
        path: the profile, for this device.
        url: the profile, for others.
    """
    try:
        code = qr_code(url)
    except DataOverflowError:
        code = None
    return filled(
        "profile_offer.html.jinja",
        language,
        inlined=_inlined(),
        versions=versions,
        provider_name=presentable(provider).name,
        address=str(address),
        path=path,
        url=url,
        qr_code=code,
    )


def policy() -> str:
    """The Content Security Policy of these pages, which stands in them too."""
    return _inlined().policy


def _inlined() -> Inlined:
    return inlined(form_action="'self'")
