"""What a page says of a provider, whatever its language: which servers to choose first, and what to warn of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
import segno
from markupsafe import Markup

from autoconfig.address import Address, display_domain, expand, is_hostname
from autoconfig.domains import registrable_domain
from autoconfig.formats import apple
from autoconfig.model import Authentication, HelpPage, Provider, Role, Server, ServerType, SocketType
from autoconfig.site.pages.texts import link, presentable

_MOST_DOMAINS = 500
_FIRST_DOMAINS = 5
_KINDS = {
    Authentication.SASL_PLAIN: Authentication.PASSWORD_CLEARTEXT,
    Authentication.SASL_LOGIN: Authentication.PASSWORD_CLEARTEXT,
    Authentication.HTTP_BASIC: Authentication.PASSWORD_CLEARTEXT,
    Authentication.SASL_EXTERNAL: Authentication.TLS_CLIENT_CERT,
    Authentication.SASL_OAUTHBEARER: Authentication.OAUTH2,
    Authentication.SASL_XOAUTH2: Authentication.OAUTH2,
}
_PASSWORDS = frozenset({Authentication.PASSWORD_CLEARTEXT, Authentication.PASSWORD_ENCRYPTED})
_NO_LOGIN = frozenset({Authentication.NONE, Authentication.CLIENT_IP_ADDRESS})
_MAIL = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.SMTP})


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """One provider as its page shows it; every text is fit to be shown.

    `imap`, `pop3` and `smtp` are the servers to set up first. `profile` is the URL of the Apple profile, None where
    there is none that sets up mail. `sample_domain` stands where the domain of an address is not known.
    """

    provider: Provider
    name: str
    imap: Server | None
    pop3: Server | None
    smtp: Server | None
    profile: str | None
    sample_domain: str

    @property
    def account(self) -> str:
        """The kind of account to choose in a program."""
        if self.imap or self.pop3:
            return "IMAP" if self.imap else "POP3"
        return "JMAP" if all(server.type is ServerType.JMAP for server in self.provider.incoming) else "Exchange"

    @property
    def login(self) -> str:
        """How to sign in: in a window of the provider (`oauth2`), with a `password`, `either` of them or `other`."""
        methods = {method for server in self.recommended for method in sign_in(server)}
        password = not methods or not methods.isdisjoint(_PASSWORDS)
        if Authentication.OAUTH2 in methods:
            return "either" if password else "oauth2"
        return "password" if password else "other"

    @property
    def recommended(self) -> tuple[Server, ...]:
        """The servers of the account to set up: incoming, then outgoing."""
        mail = self.imap or self.pop3
        incoming = (mail,) if mail else self.provider.incoming
        return (*incoming, self.smtp) if self.smtp else incoming

    @property
    def alternatives(self) -> tuple[Server, ...]:
        """Other ways to the same mailbox, the most preferred first."""
        chosen = (*self.recommended, self.pop3)
        servers = (*self.provider.incoming, *self.provider.outgoing)
        return tuple(server for server in servers if server not in chosen)

    @property
    def services(self) -> tuple[Server, ...]:
        """What there is beside mail: calendars, address books and the like."""
        mail = {Role.INCOMING, Role.OUTGOING}
        return tuple(server for server in self.provider.servers if server.role not in mail and not server.is_gap)

    @property
    def endings(self) -> tuple[str, ...]:
        """The registrable domains of the mail servers, each once."""
        hosts = [server.hostname for server in self.provider.servers if server.type in _MAIL and server.hostname]
        domains = (registrable_domain(host) for host in hosts if "%" not in host)
        return tuple(dict.fromkeys(domain for domain in domains if domain))

    @property
    def domains(self) -> tuple[str, ...]:
        """The first of the provider's domains, as people write them."""
        return tuple(display_domain(domain) for domain in self.provider.domains[:_MOST_DOMAINS])

    @property
    def first_domains(self) -> tuple[str, ...]:
        return self.domains[:_FIRST_DOMAINS]

    @property
    def more_domains(self) -> tuple[str, ...]:
        return self.domains[_FIRST_DOMAINS:]

    @property
    def uncounted_domains(self) -> int:
        """How many domains are left out, of a provider that has very many."""
        return len(self.provider.domains) - len(self.domains)

    @property
    def is_encrypted(self) -> bool:
        return all(server.socket_type is not SocketType.PLAIN for server in self.recommended)

    @property
    def sends_with_login(self) -> bool:
        return self.smtp is not None and _NO_LOGIN.isdisjoint(self.smtp.authentication)

    @property
    def has_other_username(self) -> bool:
        return any(server.username not in {None, "%EMAILADDRESS%"} for server in self.recommended)

    @property
    def before(self) -> tuple[HelpPage, ...]:
        """What to do before a program is set up."""
        return _tellable((*self.provider.enable, *self.provider.instructions))

    @property
    def help(self) -> tuple[HelpPage, ...]:
        return _tellable(self.provider.documentation)

    @property
    def webmail(self) -> str | None:
        webmail = self.provider.webmail
        if webmail is None:
            return None
        return link(webmail.login_page) or link(webmail.login_form.url if webmail.login_form else None)

    @property
    def checked(self) -> str | None:
        """When the settings were last checked."""
        return max((source.checked for source in self.provider.sources), default=None)

    @property
    def qr_code(self) -> Markup:
        """The profile's URL as an image."""
        return qr_code(self.profile or "")

    @property
    def profile_host(self) -> str:
        return self.profile.split("/")[2] if self.profile else ""

    def sample(self, text: str) -> str:
        """Text with an example in the place of its placeholders, and of the provider's own the name of each."""
        for field in self.provider.input_fields:
            text = text.replace(f"%{field.key}%", field.sample or f"({field.label})")
        return expand(text, Address("name", self.sample_domain))


def sign_in(server: Server) -> tuple[Authentication, ...]:
    """How to sign in at a server, each way once: what people need not tell apart is given as one."""
    return tuple(dict.fromkeys(map(_kind, server.authentication)))


def _kind(method: Authentication) -> Authentication:
    is_hashed = method.startswith("SASL") or method is Authentication.HTTP_DIGEST
    return _KINDS.get(method, Authentication.PASSWORD_ENCRYPTED if is_hashed else method)


def guide(provider: Provider) -> Guide:
    """What the page of a provider says."""
    provider = presentable(provider)
    plain = [domain for domain in provider.domains if is_hostname(domain)]
    sample_domain = display_domain(plain[0]) if plain else "example.com"
    profile = f"https://autoconfig.{plain[0]}/{plain[0]}.mobileconfig" if plain and _sets_up_mail(provider) else None
    return Guide(
        provider=provider,
        name=expand(provider.name, Address("…", sample_domain)) or provider.id or sample_domain,
        imap=_best(provider.incoming, ServerType.IMAP),
        pop3=_best(provider.incoming, ServerType.POP3),
        smtp=_best(provider.outgoing, ServerType.SMTP),
        profile=profile,
        sample_domain=sample_domain,
    )


def _tellable(pages: Iterable[HelpPage]) -> tuple[HelpPage, ...]:
    return tuple(page for page in pages if link(page.url) or any(text.text for text in page.text))


def _best(servers: Iterable[Server], type: ServerType) -> Server | None:
    """The most preferred server of a type, of those that encrypt and are open to all as far as there are any."""
    candidates = [server for server in servers if server.type is type]
    return min(candidates, key=_reservations, default=None)


def _reservations(server: Server) -> int:
    return 2 * (server.socket_type is SocketType.PLAIN) + (server.restriction is not None)


def _sets_up_mail(provider: Provider) -> bool:
    """Tell whether an Apple profile holds an account of the provider."""
    lost = {loss.field for loss in apple.losses(provider) if loss.client is None}
    return any(
        server.role is Role.INCOMING and f"servers[{index}]" not in lost
        for index, server in enumerate(provider.servers)
    )


@lru_cache(maxsize=8)  # for the page in the next language
def qr_code(text: str) -> Markup:
    """A QR code as an SVG image without style, on white whatever the colours of the page are."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, light="#fff", svgclass=None, lineclass=None))  # noqa: S704
