"""What the database readers share: providers with an id each and no domain twice, and a report of what stays behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from autoconfig.address import broken_placeholders, is_host, normalize_domain
from autoconfig.domains import registrable_domain
from autoconfig.errors import AddressError
from autoconfig.formats.databases.patterns import PatternError, expand
from autoconfig.model import DEFAULT_AUTHENTICATION, Provider, Server, ServerType, SocketType

_NO_SLUG = re.compile("[^a-z0-9]+")
_LONGEST_SLUG = 60
_PORTS = range(1, 65536)


class DatabaseReading(msgspec.Struct, frozen=True):
    """The providers of a database in its order, and what of it was left behind: one sentence each."""

    providers: tuple[Provider, ...]
    ignored: tuple[str, ...]


class Collector:
    """Gathers the providers of a database one by one."""

    def __init__(self) -> None:
        self.providers: list[Provider] = []
        self.notes: list[str] = []
        self._unplaced: dict[str, list[str]] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._ids: dict[str, int] = {}

    def unplaced(self, keys: Iterable[str], who: str) -> None:
        """Report keys that a definition has no place for: in the end one sentence for each, however many have it."""
        for key in keys:
            self._unplaced.setdefault(key, []).append(who)

    def domains(self, who: str, patterns: Iterable[str]) -> tuple[str, ...]:
        """The mail domains that regular expressions stand for, without those that a provider before has taken."""
        return self._claimed(who, "domain", (domain for pattern in patterns for domain in self._expanded(who, pattern)))

    def mx_domains(self, who: str, patterns: Iterable[str]) -> tuple[str, ...]:
        """The domains of the MX hosts that regular expressions stand for."""
        hosts = (host for pattern in patterns for host in self._expanded(who, pattern))
        return self._claimed(who, "MX domain", map(_mx_domain, hosts))

    def plain_domains(self, who: str, texts: Iterable[object]) -> tuple[str, ...]:
        """The mail domains that are listed as such."""
        found = []
        for text in texts:
            try:
                found.append(normalize_domain(text if isinstance(text, str) else ""))
            except AddressError:
                self.notes.append(f"{who}: {str(text)[:100]!r} is not a domain and is left out")
        return self._claimed(who, "domain", found)

    def _expanded(self, who: str, pattern: str) -> tuple[str, ...]:
        try:
            expansion = expand(pattern)
        except PatternError as error:
            self.notes.append(f"{who}: the pattern {pattern[:100]!r} is left out: {error}")
            return ()
        if expansion.narrowed:
            self.notes.append(f"{who}: the pattern {pattern[:100]!r} is taken for {' and '.join(expansion.domains)}")
        return expansion.domains

    def _claimed(self, who: str, what: str, domains: Iterable[str]) -> tuple[str, ...]:
        claimed = []
        for domain in dict.fromkeys(domains):
            owner = self._owners.setdefault((what, domain), who)
            if owner == who:
                claimed.append(domain)
            else:
                self.notes.append(f"{who}: the {what} {domain} is left out, as {owner} has it")
        return tuple(claimed)

    def server(
        self, who: str, type: ServerType, hostname: str | None, port: object, *, socket_type: SocketType, username: str
    ) -> list[Server]:
        """A mail server, or none and a note where it could not be reached."""
        if hostname is None or not is_host(hostname):
            self.notes.append(f"{who}: a server for {type} has no usable host name and is left out")
            return []
        if port is not None and not is_port(port):
            self.notes.append(f"{who}: {hostname} has the port {str(port)[:20]!r}, and the usual one is taken instead")
            port = None
        fields: dict[str, Any] = {} if port is None else {"port": port}
        server = Server(
            type=type,
            hostname=hostname,
            socket_type=socket_type,
            username=username,
            authentication=DEFAULT_AUTHENTICATION,
            **fields,
        )
        return [server]

    def add(self, who: str, name: str, domains: tuple[str, ...], servers: Iterable[Server], **fields: Any) -> None:
        """Take a provider in; its id is its first domain, or else its name as a file name has it."""
        if broken_placeholders(name):
            self.notes.append(f"{who}: the name has something like a placeholder in it")
        self.providers.append(
            Provider(
                id=self._id(next((domain for domain in domains if not domain.startswith("*")), None) or _slug(name)),
                name=name,
                domains=domains,
                servers=tuple(servers),
                **fields,
            )
        )

    def _id(self, wanted: str) -> str:
        """The id wanted, with a number after it where another provider has it."""
        id, number = wanted, self._ids.get(wanted, 1)
        while id in self._ids:
            number += 1
            id = f"{wanted}-{number}"
        self._ids[wanted] = number
        self._ids[id] = 1
        return id

    def reading(self) -> DatabaseReading:
        sentences = (
            f"`{key}` has no place in a definition: {_listed(names)}" for key, names in sorted(self._unplaced.items())
        )
        return DatabaseReading(tuple(self.providers), (*self.notes, *sentences))


_MOST_NAMES = 5


def _listed(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - _MOST_NAMES
    return ", ".join(unique[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-")[:_LONGEST_SLUG] or "provider"


def is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _PORTS


def _mx_domain(host: str) -> str:
    """The domain of an MX host: the host less its first label, but nothing above the registrable domain."""
    if host.startswith("*."):
        return host.removeprefix("*.")
    parent = host.partition(".")[2]
    return parent if registrable_domain(parent) else host
