"""The published formats, as one table: what a format is called, how it is served and where its files stand.

A new format is one module with `render`, `losses`, `parse`, `read` and `recognises`, and one row here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

import msgspec

from autoconfig.address import Address
from autoconfig.formats.loss import Loss, Reading
from autoconfig.model import Provider

__all__ = ["FORMATS", "Format", "Loss", "Reading", "recognise"]


class FormatModule(Protocol):
    """What each module of this folder offers."""

    def render(self, provider: Provider, *, address: Address | None = None) -> bytes: ...
    def losses(self, provider: Provider, *, address: Address | None = None) -> tuple[Loss, ...]: ...
    def parse(self, data: bytes) -> Provider: ...
    def read(self, data: bytes) -> Reading: ...
    def recognises(self, data: bytes) -> bool: ...


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One published format.

    `name` is also the name of its module. `paths` are relative to a site's root, `{domain}` standing for the domain
    as A-labels; `mx_paths` are those that clients ask for the domain of an MX host. `needs_address` tells that an
    answer to one user can say more than a static file.
    """

    name: str
    title: str
    media_type: str
    paths: tuple[str, ...]
    mx_paths: tuple[str, ...] = ()
    needs_address: bool
    is_pointer: bool = False

    @property
    def module(self) -> FormatModule:
        """The format's functions; importing them is left until they are called for."""
        return cast(FormatModule, import_module(f"autoconfig.formats.{self.name}"))


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format(
            name="mozilla",
            title="Mozilla autoconfig",
            media_type="text/xml; charset=utf-8",
            paths=(
                "domains/{domain}/mail/config-v1.1.xml",
                "domains/{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
                "ispdb/{domain}",
            ),
            mx_paths=("domains/{domain}/mail/config-v1.1.xml", "ispdb/{domain}"),
            needs_address=False,
        ),
        Format(
            name="outlook",
            title="Outlook autodiscover",
            media_type="application/xml; charset=utf-8",
            paths=("domains/{domain}/autodiscover/autodiscover.xml",),
            needs_address=True,
        ),
        Format(
            name="autodiscover_json",
            title="Autodiscover version 2",
            media_type="application/json",
            paths=("domains/{domain}/autodiscover/autodiscover.json",),
            needs_address=True,
            is_pointer=True,
        ),
        Format(
            name="apple",
            title="Apple configuration profile",
            media_type="application/x-apple-aspen-config",
            paths=("domains/{domain}/{domain}.mobileconfig",),
            needs_address=True,
        ),
        Format(
            name="pacc",
            title="PACC",
            media_type="application/json",
            paths=("domains/{domain}/.well-known/user-agent-configuration.json",),
            needs_address=False,
        ),
    )
}


def recognise(data: bytes) -> Format | None:
    """Tell by content which format a document is in, or None."""
    return next((format for format in FORMATS.values() if format.module.recognises(data)), None)
