"""Mozilla autoconfig: the XML that Thunderbird, K-9, KMail, Evolution and Delta Chat look for.

Source: draft-ietf-mailmaint-autoconfig (format 1.2, compatible with 1.1), and what the files of Thunderbird's ISPDB
hold beyond it. `parse(render(provider)) == provider`, but for what `losses(provider)` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec
from lxml import etree

from autoconfig.address import Address, is_host, is_hostname, normalize_domain
from autoconfig.errors import AddressError, ParseError
from autoconfig.formats import xml
from autoconfig.formats.loss import Loss, Reading, definition_losses, gap_losses
from autoconfig.model import (
    FIELD_TYPES,
    ROLES,
    Authentication,
    FormField,
    HelpPage,
    InputField,
    LocalizedText,
    LoginForm,
    OAuth2,
    Pop3Options,
    Provider,
    Role,
    Server,
    ServerType,
    SocketType,
    Webmail,
)

Version = Literal["1.1", "1.2"]

_ELEMENTS = {
    Role.INCOMING: "incomingServer",
    Role.OUTGOING: "outgoingServer",
    Role.ADDRESS_BOOK: "addressbook",
    Role.CALENDAR: "calendar",
    Role.FILE_SHARE: "fileShare",
    Role.CHAT: "chatServer",
    Role.VIDEO_CONFERENCE: "videoConference",
    Role.FILTERS: "setupServer",
}
_SERVER_TEXTS = (
    ("hostname", "hostname"),
    ("port", "port"),
    ("socketType", "socket_type"),
    ("url", "url"),
    ("username", "username"),
)
_SERVER_EXTRAS = (
    ("restriction", "restriction"),
    ("addThisServer", "add_this_server"),
    ("useGlobalPreferredServer", "use_global_preferred_server"),
    ("owaURL", "owa_url"),
    ("ewsURL", "ews_url"),
    ("easURL", "eas_url"),
)
_OAUTH2_TEXTS = (
    ("issuer", "issuer"),
    ("authURL", "auth_url"),
    ("tokenURL", "token_url"),
    ("clientID", "client_id"),
    ("clientSecret", "client_secret"),
)
_HTTP_AUTHENTICATION = frozenset({Authentication.HTTP_BASIC, Authentication.HTTP_DIGEST})
_TCP_PARTS = frozenset({"hostname", "port", "socket_type"})
_URL_PARTS = frozenset({"url", "owa_url", "ews_url", "eas_url"})
_PORTS = range(1, 65536)
_NUMBER = re.compile("[0-9]{1,9}")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def render(provider: Provider, *, address: Address | None = None, version: Version = "1.1") -> bytes:
    """Write a provider as Mozilla autoconfig.

    Gaps are left out. With `address` the placeholders are expanded; without it they stay, and clients expand them.
    Version 1.2 marks MX domains by `purpose="mx"` lines after the plain ones; all else is the same in both, as
    readers must ignore what they do not know (draft, section "XML validation").

    Raises:
        RenderError: a text has a character that XML cannot hold.
    """
    if address is not None:
        provider = provider.for_address(address)
    root = etree.Element("clientConfig", version=version)
    email_provider = etree.SubElement(root, "emailProvider", id=provider.id)
    for domain in _plain_domains(provider):
        xml.add(email_provider, "domain", domain)
    if version == "1.2":
        for domain in provider.mx_domains:
            xml.add(email_provider, "domain", domain).set("purpose", "mx")
    xml.add(email_provider, "displayName", provider.name)
    if provider.short_name is not None:
        xml.add(email_provider, "displayShortName", provider.short_name)
    for server in provider.servers:
        if server.is_gap:
            continue
        inside = server.role in (Role.INCOMING, Role.OUTGOING)
        _add_server(email_provider if inside else root, server)
    _add_help(email_provider, provider)
    _add_oauth2(root, provider.oauth2)
    _add_webmail(root, provider.webmail)
    if provider.client_config_update is not None:
        etree.SubElement(root, "clientConfigUpdate", url=provider.client_config_update)
    return xml.serialize(root)


def _plain_domains(provider: Provider) -> Iterable[str]:
    """Mail domains and MX domains alike: Thunderbird 153 refuses a file whose only domain has a `purpose`.

    A wildcard is no host name, for which Thunderbird refuses a file as well.
    """
    yield from (domain for domain in provider.domains if not domain.startswith("*"))
    yield from (domain for domain in provider.mx_domains if domain not in provider.domains)


def _add_server(parent: etree._Element, server: Server) -> None:
    section = etree.SubElement(parent, _ELEMENTS[server.role], type=server.type.value)
    _add_texts(section, server, _SERVER_TEXTS)
    for authentication in server.authentication:
        _add_authentication(section, authentication)
    _add_texts(section, server, _SERVER_EXTRAS)
    if server.pop3 is not None:
        _add_pop3_options(section, server.pop3)


def _add_texts(parent: etree._Element, struct: msgspec.Struct, names: Iterable[tuple[str, str]]) -> None:
    for tag, field in names:
        value = getattr(struct, field)
        if value is None:
            continue
        xml.add(parent, tag, _boolean(value) if isinstance(value, bool) else str(value))


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _add_authentication(section: etree._Element, authentication: Authentication) -> None:
    if authentication in _HTTP_AUTHENTICATION:
        xml.add(section, "authentication", authentication.value).set("system", "http")
    elif authentication.value.startswith("SASL "):
        xml.add(section, "authentication", authentication.value.removeprefix("SASL ")).set("system", "sasl")
    else:
        xml.add(section, "authentication", authentication.value)


def _add_pop3_options(section: etree._Element, options: Pop3Options) -> None:
    element = etree.SubElement(section, "pop3")
    _add_texts(
        element,
        options,
        (
            ("leaveMessagesOnServer", "leave_messages_on_server"),
            ("downloadOnBiff", "download_on_biff"),
            ("daysToLeaveMessagesOnServer", "days_to_leave_messages_on_server"),
        ),
    )
    if options.check_interval_minutes is not None:
        etree.SubElement(element, "checkInterval", minutes=str(options.check_interval_minutes))


def _add_help(parent: etree._Element, provider: Provider) -> None:
    for page in provider.documentation:
        _add_page(parent, "documentation", "url", "descr", page)
    for page in provider.instructions:
        _add_page(parent, "instruction", "url", "descr", page)
    for page in provider.enable:
        _add_page(parent, "enable", "visiturl", "instruction", page)
    for field in provider.input_fields:
        element = etree.SubElement(parent, "inputField", key=field.key, label=field.label)
        if field.sample:
            element.text = field.sample


def _add_page(parent: etree._Element, tag: str, url_attribute: str, text_tag: str, page: HelpPage) -> None:
    element = etree.SubElement(parent, tag)
    if page.url:
        element.set(url_attribute, page.url)
    for text in page.text:
        child = xml.add(element, text_tag, text.text)
        if text.language:
            child.set("lang", text.language)


def _add_oauth2(root: etree._Element, oauth2: OAuth2 | None) -> None:
    if oauth2 is None:
        return
    element = etree.SubElement(root, "oAuth2")
    _add_texts(element, oauth2, _OAUTH2_TEXTS[:1])
    if oauth2.scopes:
        xml.add(element, "scope", " ".join(oauth2.scopes))
    _add_texts(element, oauth2, _OAUTH2_TEXTS[1:])


def _add_webmail(root: etree._Element, webmail: Webmail | None) -> None:
    if webmail is None:
        return
    element = etree.SubElement(root, "webMail")
    if webmail.login_page is not None:
        etree.SubElement(element, "loginPage", url=webmail.login_page)
    form = webmail.login_form
    if form is None:
        return
    info = etree.SubElement(element, "loginPageInfo", url=form.url)
    if form.wait_for_redirection_url_prefix is not None:
        info.set("waitForRedirectionURLPrefix", form.wait_for_redirection_url_prefix)
    if form.username is not None:
        xml.add(info, "username", form.username)
    for tag, field in _FORM_FIELDS.items():
        _add_form_field(info, tag, getattr(form, field))


_FORM_FIELDS = {
    "usernameField": "username_field",
    "passwordField": "password_field",
    "loginButton": "login_button",
}


def _add_form_field(info: etree._Element, tag: str, field: FormField | None) -> None:
    if field is None:
        return
    element = etree.SubElement(info, tag)
    if field.id is not None:
        element.set("id", field.id)
    if field.name is not None:
        element.set("name", field.name)


def losses(provider: Provider, *, address: Address | None = None, version: Version = "1.1") -> tuple[Loss, ...]:
    """Name what the rendered document does not say of the provider, and what Thunderbird will not take from it."""
    if address is not None:
        provider = provider.for_address(address)
    found = definition_losses(provider) + gap_losses(provider)
    found += [
        Loss(f"domains[{index}]", f"{domain} is a wildcard, and a domain must be a host name")
        for index, domain in enumerate(provider.domains)
        if domain.startswith("*")
    ]
    if provider.mx_domains and version == "1.1":
        found.append(Loss("mx_domains", "version 1.1 cannot tell MX domains from mail domains"))
    if not set(provider.domains).issuperset(provider.mx_domains):
        found.append(Loss("domains", "MX domains are listed too, as Thunderbird needs them plain"))
    return (*found, *_desktop_refusals(provider), *_android_refusals(provider))


_DESKTOP = "Thunderbird"
_DESKTOP_INCOMING = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.EXCHANGE, ServerType.EWS})
_NEEDS_NO_USERNAME = frozenset({Authentication.NONE, Authentication.CLIENT_IP_ADDRESS})


def _desktop_refusals(provider: Provider) -> Iterable[Loss]:
    """What Thunderbird 153's reader of the file refuses."""
    if not is_hostname(provider.id.lower()):
        yield Loss("id", "refuses a file whose id is not a host name", _DESKTOP)
    usable = [server for server in provider.servers if not server.is_gap]
    if not any(server.type in _DESKTOP_INCOMING for server in usable):
        yield Loss("servers", "refuses a file without an IMAP, POP3 or Exchange server", _DESKTOP)
    if not any(server.type is ServerType.SMTP for server in usable):
        yield Loss("servers", "refuses a file without an SMTP server", _DESKTOP)
    for index, server in enumerate(provider.servers):
        if server.is_gap or server.username is not None or server.role not in (Role.INCOMING, Role.OUTGOING):
            continue
        if server.role is Role.INCOMING or not _NEEDS_NO_USERNAME.issuperset(server.authentication):
            yield Loss(f"servers[{index}].username", "ignores a server without user name", _DESKTOP)


_ANDROID = "Thunderbird for Android"
_ANDROID_AUTHENTICATION = frozenset(
    {Authentication.OAUTH2, Authentication.PASSWORD_CLEARTEXT, Authentication.PASSWORD_ENCRYPTED}
)


def _android_refusals(provider: Provider) -> Iterable[Loss]:
    """What makes Thunderbird for Android refuse the whole file: it looks at every IMAP and SMTP section."""
    for index, server in enumerate(provider.servers):
        if server.type not in (ServerType.IMAP, ServerType.SMTP) or server.is_gap:
            continue
        field = f"servers[{index}]"
        if server.socket_type is SocketType.PLAIN:
            yield Loss(f"{field}.socket_type", "refuses the whole file for a plain connection", _ANDROID)
        if not _ANDROID_AUTHENTICATION.intersection(server.authentication):
            yield Loss(f"{field}.authentication", "refuses the whole file without a login it knows", _ANDROID)
        if server.username is None:
            yield Loss(f"{field}.username", "refuses the whole file for a missing user name", _ANDROID)


def parse(data: bytes) -> Provider:
    """As `read`, for those who need not know what was ignored.

    Raises:
        ParseError: the data is not such a document.
    """
    return read(data).provider


def read(data: bytes) -> Reading:
    """Read Mozilla autoconfig of either version, and the spellings of real files.

    What is unknown is ignored, and of the server sections only those that cannot be used are dropped (draft, section
    "XML validation"). Odd values are kept. The result need not have servers that a client can use.

    Raises:
        ParseError: the data is not such a document.
    """
    root = xml.parse_root(data, "mozilla")
    if root.tag != "clientConfig":
        raise ParseError("mozilla", f"root element <{root.tag}>, expected <clientConfig>")
    reader = _Reader()
    for element in root:
        if element.tag == "emailProvider":
            reader.id = reader.id or (element.get("id") or "").strip()
            for child in element:
                reader.read(child)
        else:
            reader.read(element)
    return Reading(reader.provider(), tuple(reader.ignored))


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like Mozilla autoconfig."""
    return xml.root_name(data) == "clientConfig"


class _Reader:
    """Collects a provider's parts from the elements of a document, which may come in any order."""

    def __init__(self) -> None:
        self.id = ""
        self.texts: dict[str, str] = {}
        self.domains: list[str] = []
        self.mx_domains: list[str] = []
        self.servers: list[Server] = []
        self.pages: dict[str, list[HelpPage]] = {"documentation": [], "instruction": [], "enable": []}
        self.input_fields: list[InputField] = []
        self.oauth2: OAuth2 | None = None
        self.webmail: Webmail | None = None
        self.client_config_update: str | None = None
        self.ignored: list[str] = []

    def read(self, element: etree._Element) -> None:
        handler = _HANDLERS.get(element.tag)
        if handler is None:
            self.ignore(element, "is unknown")
        else:
            handler(self, element)

    def ignore(self, element: etree._Element, why: str) -> None:
        self.ignored.append(f"line {element.sourceline}: <{element.tag}> {why}")

    def ignore_unknown(self, element: etree._Element, known: Iterable[str]) -> None:
        for child in element:
            if child.tag not in known:
                self.ignore(child, "is unknown")

    def provider(self) -> Provider:
        return Provider(
            id=self.id,
            name=self.texts.get("displayName", ""),
            short_name=self.texts.get("displayShortName"),
            domains=tuple(self.domains),
            mx_domains=tuple(self.mx_domains),
            servers=tuple(self.servers),
            webmail=self.webmail,
            documentation=tuple(self.pages["documentation"]),
            instructions=tuple(self.pages["instruction"]),
            enable=tuple(self.pages["enable"]),
            input_fields=tuple(self.input_fields),
            oauth2=self.oauth2,
            client_config_update=self.client_config_update,
        )

    def read_domain(self, element: etree._Element) -> None:
        try:
            domain = normalize_domain(xml.text_of(element))
        except AddressError as error:
            self.ignore(element, f"is ignored: {error}")
            return
        (self.mx_domains if element.get("purpose") == "mx" else self.domains).append(domain)

    def read_name(self, element: etree._Element) -> None:
        name = xml.text_of(element)
        if name:
            self.texts.setdefault("displayName" if element.tag == "displayName" else "displayShortName", name)

    def read_server(self, element: etree._Element) -> None:
        type = _TYPES.get((element.tag.lower(), element.get("type", "").lower()))
        if type is None:
            self.ignore(element, f"has the unknown type {element.get('type')!r}")
            return
        fields: dict[str, Any] = {}
        authentication: list[Authentication] = []
        for child in element:
            tag = child.tag
            if tag == "authentication":
                method = _read_authentication(child)
                if method is not None:
                    authentication.append(method)
                else:
                    self.ignore(child, f"{xml.text_of(child)!r} is an unknown method")
            elif tag in _SERVER_READERS:
                field, convert = _SERVER_READERS[tag]
                value = convert(child)
                if type not in FIELD_TYPES.get(field, ROLES):
                    self.ignore(child, f"has no meaning for {type}")
                elif value is None:
                    self.ignore(child, f"{xml.text_of(child)!r} is not usable")
                else:
                    fields.setdefault(field, value)
            else:
                self.ignore(child, "is unknown")
        if not _is_usable(fields):
            self.ignore(element, "lacks what a client needs to reach the server, and is dropped")
            return
        self.servers.append(Server(type=type, authentication=tuple(authentication), **fields))

    def read_page(self, element: etree._Element) -> None:
        text = tuple(
            LocalizedText(child.get("lang", ""), words)
            for child in element
            if child.tag in ("descr", "instruction") and (words := xml.text_of(child))
        )
        own_words = xml.text_of(element)
        if own_words:
            text = (LocalizedText(element.get("lang", ""), own_words), *text)
        url = (element.get("visiturl" if element.tag == "enable" else "url") or "").strip()
        if url or text:
            self.pages[element.tag].append(HelpPage(url, text))
        else:
            self.ignore(element, "says nothing")

    def read_input_field(self, element: etree._Element) -> None:
        key, label = element.get("key", ""), element.get("label", "")
        if key:
            self.input_fields.append(InputField(key, label, xml.text_of(element)))
        else:
            self.ignore(element, "has no key")

    def read_oauth2(self, element: etree._Element) -> None:
        if self.oauth2 is not None:
            self.ignore(element, "is a second one")
            return
        self.ignore_unknown(element, ("scope", *(tag for tag, _ in _OAUTH2_TEXTS)))
        values = {child.tag: xml.text_of(child) for child in element if child.text}
        fields = {field: values.get(tag) or None for tag, field in _OAUTH2_TEXTS}
        self.oauth2 = OAuth2(scopes=tuple(values.get("scope", "").split()), **fields)

    def read_webmail(self, element: etree._Element) -> None:
        self.ignore_unknown(element, ("loginPage", "loginPageInfo"))
        page, info = element.find("loginPage"), element.find("loginPageInfo")
        self.webmail = Webmail(
            login_page=page.get("url") if page is not None else None,
            login_form=_read_login_form(info) if info is not None and info.get("url") else None,
        )

    def read_update(self, element: etree._Element) -> None:
        self.client_config_update = element.get("url") or self.client_config_update


def _read_login_form(info: etree._Element) -> LoginForm:
    fields: dict[str, Any] = {}
    for child in info:
        if child.tag == "username":
            fields["username"] = xml.text_of(child)
        elif child.tag in _FORM_FIELDS:
            fields[_FORM_FIELDS[child.tag]] = FormField(id=child.get("id"), name=child.get("name"))
    return LoginForm(
        url=info.get("url", ""),
        wait_for_redirection_url_prefix=info.get("waitForRedirectionURLPrefix"),
        **fields,
    )


def _is_usable(fields: dict[str, Any]) -> bool:
    """TCP protocols need all three parts, so that no client guesses the encryption; others need a URL."""
    return fields.keys() >= _TCP_PARTS or not _URL_PARTS.isdisjoint(fields)


def _read_authentication(element: etree._Element) -> Authentication | None:
    name = xml.text_of(element)
    if element.get("system", "").lower() == "sasl":
        name = f"SASL {name}"
    return _AUTHENTICATION.get(name.lower())


def _read_text(element: etree._Element) -> str | None:
    return xml.text_of(element) or None


def _read_host(element: etree._Element) -> str | None:
    host = xml.text_of(element)
    return host if is_host(host) else None


def _read_port(element: etree._Element) -> int | None:
    number = _read_number(element)
    return number if number in _PORTS else None


def _read_number(element: etree._Element) -> int | None:
    return _number(xml.text_of(element))


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _read_boolean(element: etree._Element) -> bool | None:
    return _BOOLEANS.get(xml.text_of(element))


def _read_socket_type(element: etree._Element) -> SocketType | None:
    return _SOCKET_TYPES.get(xml.text_of(element).lower())


def _read_pop3_options(element: etree._Element) -> Pop3Options:
    fields: dict[str, Any] = {}
    for child in element:
        if child.tag == "leaveMessagesOnServer":
            fields["leave_messages_on_server"] = _read_boolean(child)
        elif child.tag == "downloadOnBiff":
            fields["download_on_biff"] = _read_boolean(child)
        elif child.tag == "daysToLeaveMessagesOnServer":
            fields["days_to_leave_messages_on_server"] = _read_number(child)
        elif child.tag == "checkInterval":
            fields["check_interval_minutes"] = _number(child.get("minutes", ""))
    return Pop3Options(**fields)


_SERVER_READERS: dict[str, tuple[str, Callable[[etree._Element], Any]]] = {
    "hostname": ("hostname", _read_host),
    "port": ("port", _read_port),
    "socketType": ("socket_type", _read_socket_type),
    "url": ("url", _read_text),
    "username": ("username", _read_text),
    "restriction": ("restriction", _read_text),
    "addThisServer": ("add_this_server", _read_boolean),
    "useGlobalPreferredServer": ("use_global_preferred_server", _read_boolean),
    "owaURL": ("owa_url", _read_text),
    "ewsURL": ("ews_url", _read_text),
    "easURL": ("eas_url", _read_text),
    "pop3": ("pop3", _read_pop3_options),
}

_SOCKET_TYPES = {
    "ssl": SocketType.SSL,
    "tls": SocketType.SSL,
    "starttls": SocketType.STARTTLS,
    "plain": SocketType.PLAIN,
    "none": SocketType.PLAIN,
}

_AUTHENTICATION = {method.value.lower(): method for method in Authentication} | {
    "plain": Authentication.PASSWORD_CLEARTEXT,
    "secure": Authentication.PASSWORD_ENCRYPTED,
    "oauth": Authentication.OAUTH2,
    "http-basic": Authentication.HTTP_BASIC,
    "http-digest": Authentication.HTTP_DIGEST,
}

_TYPES = {(_ELEMENTS[role].lower(), type.value): type for type, role in ROLES.items()}

_HANDLERS: Mapping[str, Callable[[_Reader, etree._Element], None]] = {
    "domain": _Reader.read_domain,
    "displayName": _Reader.read_name,
    "displayShortName": _Reader.read_name,
    "displayNameShort": _Reader.read_name,
    "addressBook": _Reader.read_server,
    "documentation": _Reader.read_page,
    "instruction": _Reader.read_page,
    "enable": _Reader.read_page,
    "inputField": _Reader.read_input_field,
    "oAuth2": _Reader.read_oauth2,
    "webMail": _Reader.read_webmail,
    "clientConfigUpdate": _Reader.read_update,
} | dict.fromkeys(_ELEMENTS.values(), _Reader.read_server)
