"""What is doubtful about a configuration, and which foreign hosts a person must be shown. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autoconfig.address import Address, broken_placeholders, display_domain, is_ip_address
from autoconfig.discovery.results import Candidate, Finding, FindingKind
from autoconfig.discovery.trust import host_of
from autoconfig.domains import are_related, registrable_domain
from autoconfig.model import Authentication, OAuth2, Provider, Role, Server, ServerType, SocketType, Status

_SENDS_TOO = frozenset({ServerType.JMAP, ServerType.EWS, ServerType.ACTIVESYNC, ServerType.GRAPH, ServerType.EXCHANGE})
_READABLE_PASSWORDS = frozenset(
    {Authentication.PASSWORD_CLEARTEXT, Authentication.HTTP_BASIC, Authentication.SASL_PLAIN, Authentication.SASL_LOGIN}
)


def missing_part(provider: Provider) -> str | None:
    """What an account needs that a provider does not offer: a way to get mail, or a way to send it."""
    if not provider.incoming:
        return Role.INCOMING.value
    if not provider.outgoing and not any(server.type in _SENDS_TOO for server in provider.incoming):
        return Role.OUTGOING.value
    return None


def findings(provider: Provider, address: Address, asked_domains: Iterable[str]) -> Iterator[Finding]:
    """The doubts about a provider as it was read, its placeholders still in it.

    `asked_domains` are the domains that the document was asked for: the mail domain, or those of its MX host.
    """
    if provider.status is not Status.CONFIRMED:
        yield Finding(FindingKind.UNCONFIRMED, "status", "the definition's author is not sure of it")
    yield from _unlisted(provider, tuple(asked_domains))
    for number, server in enumerate(provider.servers):
        field = f"servers[{number}]"
        yield from _placeholders(field, server)
        yield from _plain_text_password(field, server)
        yield from _foreign_hosts(field, server, address)


def _unlisted(provider: Provider, asked_domains: Sequence[str]) -> Iterator[Finding]:
    listed = {*provider.domains, *provider.mx_domains}
    wildcards = tuple(domain[1:] for domain in listed if domain.startswith("*."))
    if not listed or any(domain in listed or domain.endswith(wildcards) for domain in asked_domains):
        return
    asked = " or ".join(dict.fromkeys(asked_domains))
    found = ", ".join(map(display_domain, sorted(listed)[:5]))
    yield Finding(FindingKind.DOMAIN_NOT_LISTED, "domains", f"{asked} is not among its domains: {found}")


def _placeholders(field: str, server: Server) -> Iterator[Finding]:
    if "%" in (server.hostname or ""):
        message = f"the host name {server.hostname} depends on the address"
        yield Finding(FindingKind.PLACEHOLDER_IN_HOST, f"{field}.hostname", message)
    for broken in broken_placeholders(server.username or ""):
        message = f"{broken} in the user name {server.username!r} stands for nothing"
        yield Finding(FindingKind.BROKEN_PLACEHOLDER, f"{field}.username", message)


def _plain_text_password(field: str, server: Server) -> Iterator[Finding]:
    plain = server.socket_type is SocketType.PLAIN or (server.url or "").startswith("http://")
    if plain and (not server.authentication or _READABLE_PASSWORDS.intersection(server.authentication)):
        message = f"the password of the {server.type} server would travel unencrypted"
        yield Finding(FindingKind.PLAIN_TEXT_PASSWORD, f"{field}.socket_type", message)


def _foreign_hosts(field: str, server: Server, address: Address) -> Iterator[Finding]:
    for name, host in _hosts(server):
        if "%" in host:
            continue
        if is_ip_address(host):
            yield Finding(FindingKind.IP_ADDRESS_AS_HOST, f"{field}.{name}", f"{host} is no host name")
        elif not are_related(host, address.domain):
            message = f"{host} is not of {display_domain(address.domain)}"
            yield Finding(FindingKind.OFF_DOMAIN, f"{field}.{name}", message)


def to_confirm(provider: Provider, address: Address) -> tuple[str, ...]:
    """The registrable domains off the mail domain, and the IP addresses, that the account would talk to.

    `provider` has its placeholders filled in. RFC 6186, section 6, and RFC 7817 want them confirmed by a person.
    """
    hosts = [host for server in provider.servers for _, host in _hosts(server)]
    hosts += _oauth2_hosts(provider.oauth2)
    foreign = (host for host in hosts if not are_related(host, address.domain))
    return tuple(dict.fromkeys(registrable_domain(host) or host for host in foreign))


def _hosts(server: Server) -> Iterator[tuple[str, str]]:
    """The fields of a server that name a host, and the hosts."""
    if server.hostname:
        yield "hostname", server.hostname.lower()
    for name in ("url", "owa_url", "ews_url", "eas_url"):
        host = host_of(getattr(server, name) or "")
        if host:
            yield name, host


def _oauth2_hosts(oauth2: OAuth2 | None) -> list[str]:
    """Where the password is typed; an issuer may be a bare host name."""
    if oauth2 is None:
        return []
    return [host for url in (oauth2.auth_url, oauth2.token_url) if url and (host := host_of(url))]


def disagreements(candidates: Sequence[Candidate]) -> Iterator[str]:
    """How the other candidates contradict the first one on the servers that a client would take, in sentences."""
    if not candidates:
        return
    best = candidates[0]
    for other in candidates[1:]:
        for role in (Role.INCOMING, Role.OUTGOING):
            ours, theirs = _preferred(best.provider, role), _preferred(other.provider, role)
            if theirs and ours != theirs:
                yield f"{role}: {best.source} says {ours or 'none'}, {other.source} says {theirs}"


def _preferred(provider: Provider, role: Role) -> str:
    server = next(iter(provider.with_role(role)), None)
    return describe(server) if server is not None else ""


def describe(server: Server) -> str:
    """A server in a few words, such as `imap imap.example.com:993 SSL as jan@example.com`."""
    place = f"{server.hostname}:{server.port} {server.socket_type}" if server.hostname else server.url
    login = f" as {server.username}" if server.username else ""
    return f"{server.type} {place or server.ews_url or server.owa_url or server.eas_url}{login}"
