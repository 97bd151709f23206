"""The documents of a catalog: the public ones as the static site has them, and those for one user from templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property, partial

import msgspec

from autoconfig.address import Address
from autoconfig.formats import FORMATS, Format, apple, mozilla, outlook
from autoconfig.formats.loss import loses_every_server
from autoconfig.model import Provider
from autoconfig.server.template import Template

_RENDERERS: dict[str, Callable[[Provider, Address], bytes]] = {
    "mozilla": lambda provider, address: mozilla.render(provider, address=address),
    "outlook": lambda provider, address: outlook.render(provider, address=address),
    "mobilesync": outlook.render_mobilesync,
    "apple": lambda provider, address: apple.render(provider, address=address),
}


class Public(msgspec.Struct, frozen=True, dict=True):
    """A document or a page for everybody."""

    data: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        """The entity tag (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.sha256(self.data).hexdigest()[:32]}"'


class Documents:
    """Prepares each document when it is first asked for. Safe to share between threads."""

    def __init__(self) -> None:
        self._public: dict[tuple[int, str], Public | None] = {}
        self._templates: dict[tuple[int, str, bool], Template] = {}

    def public(self, provider: Provider, format: str, domain: str) -> Public | None:
        """A provider in a format of `FORMATS` for all addresses of a domain; None if that can say no server of it."""
        key = id(provider), format
        if key not in self._public:
            if not _has_plain_domain(provider):
                return _public(_named(provider, domain), FORMATS[format])
            self._public[key] = _public(provider, FORMATS[format])
        return self._public[key]

    def personal(self, provider: Provider, format: str, address: Address, login: str = "") -> bytes:
        """A provider for one user: in a format of `FORMATS`, or as ActiveSync's answer by the name of `mobilesync`.

        Raises:
            RenderError: a part of the address has a character that the format cannot hold.
        """
        key = id(provider), format, bool(login)
        template = self._templates.get(key)
        if template is None:
            if not _has_plain_domain(provider):
                return _render(_named(provider, address.domain), format, address, login)
            template = self._templates[key] = Template(partial(_render, provider, format), with_login=bool(login))
        return template.fill(address, login)


def _has_plain_domain(provider: Provider) -> bool:
    return bool(provider.mx_domains) or any(not domain.startswith("*") for domain in provider.domains)


def _named(provider: Provider, domain: str) -> Provider:
    """A provider of wildcards only, with the domain that was asked for: Thunderbird refuses a file that names none."""
    return msgspec.structs.replace(provider, domains=(domain,))


def _public(provider: Provider, format: Format) -> Public | None:
    if loses_every_server(provider, format.module.losses(provider)):
        return None
    return Public(format.module.render(provider), format.media_type)


def _render(provider: Provider, format: str, address: Address, login: str) -> bytes:
    return _RENDERERS[format](_with_login(provider, login) if login else provider, address)


def _with_login(provider: Provider, login: str) -> Provider:
    servers = tuple(
        msgspec.structs.replace(server, username=login) if server.username is not None else server
        for server in provider.servers
    )
    return msgspec.structs.replace(provider, servers=servers)
