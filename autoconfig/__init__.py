"""Describe a mail provider once; publish what every mail client looks for.

>>> import autoconfig
>>> provider = autoconfig.bundled().find("jan@xs4all.nl")
>>> document = autoconfig.formats.mozilla.render(provider)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoconfig import definitions, discovery, formats, site
    from autoconfig.address import Address, parse_address
    from autoconfig.catalog import Catalog, bundled, load
    from autoconfig.checks.audit import Audit, audit
    from autoconfig.discovery import Discovery, Trust, discover, discover_many
    from autoconfig.errors import (
        AddressError,
        AutoconfigError,
        DefinitionError,
        ParseError,
        Problem,
        RenderError,
        SiteError,
    )
    from autoconfig.model import Authentication, Provider, Server, ServerType, SocketType
    from autoconfig.verification import verify

__version__ = "0.1.0"

_HOMES = {
    "address": ("Address", "parse_address"),
    "catalog": ("Catalog", "bundled", "load"),
    "checks.audit": ("Audit", "audit"),
    "discovery": ("Discovery", "Trust", "discover", "discover_many"),
    "errors": (
        "AddressError",
        "AutoconfigError",
        "DefinitionError",
        "ParseError",
        "Problem",
        "RenderError",
        "SiteError",
    ),
    "model": ("Authentication", "Provider", "Server", "ServerType", "SocketType"),
    "verification": ("verify",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("definitions", "discovery", "formats", "site")

__all__ = [
    "Address",
    "AddressError",
    "Audit",
    "Authentication",
    "AutoconfigError",
    "Catalog",
    "DefinitionError",
    "Discovery",
    "ParseError",
    "Problem",
    "Provider",
    "RenderError",
    "Server",
    "ServerType",
    "SiteError",
    "SocketType",
    "Trust",
    "audit",
    "bundled",
    "definitions",
    "discover",
    "discover_many",
    "discovery",
    "formats",
    "load",
    "parse_address",
    "site",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562), so that `import autoconfig` costs nothing."""
    if name in _ROOMS:
        return import_module(f"autoconfig.{name}")
    if name in _HOME_OF:
        return getattr(import_module(f"autoconfig.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'autoconfig' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
