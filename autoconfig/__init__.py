"""Describe a mail provider once; publish what every mail client looks for.

>>> import autoconfig
>>> provider = autoconfig.bundled().find("jan@xs4all.nl")
>>> document = autoconfig.formats.mozilla.render(provider)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoconfig import definitions, formats, site
    from autoconfig.address import Address, parse_address
    from autoconfig.catalog import Catalog, bundled, load
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

__version__ = "0.1.0"

_HOMES = {
    "address": ("Address", "parse_address"),
    "catalog": ("Catalog", "bundled", "load"),
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
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("definitions", "formats", "site")

__all__ = [
    "Address",
    "AddressError",
    "Authentication",
    "AutoconfigError",
    "Catalog",
    "DefinitionError",
    "ParseError",
    "Problem",
    "Provider",
    "RenderError",
    "Server",
    "ServerType",
    "SiteError",
    "SocketType",
    "bundled",
    "definitions",
    "formats",
    "load",
    "parse_address",
    "site",
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
