"""The lines that mend a finding, written by the library's own renderers: records, lines of documents, settings.

Each remedy says where its lines belong, and has them indented below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from msgspec.structs import replace

from autoconfig.address import is_hostname
from autoconfig.checks.audit.comparison import Difference
from autoconfig.checks.audit.evidence import Document, Evidence, WebAnswer
from autoconfig.checks.audit.mechanisms import PACC, Mechanism
from autoconfig.discovery.trust import host_of
from autoconfig.dns.zone import zone
from autoconfig.errors import RenderError
from autoconfig.formats import FORMATS, pacc
from autoconfig.model import Provider, Server, ServerType, SocketType
from autoconfig.verification import Fault, Finding

_SITE = "site/domains"
_WRITES = "autoconfig build --output site"


def lines(where: str, text: Iterable[str]) -> str:
    """Lines, and where they belong."""
    return "\n".join((f"{where}:", *(f"  {line}" for line in text)))


def records(evidence: Evidence, labels: Iterable[str]) -> str:
    """The records of the reference at some names below the domain, as `dns.zone` writes them."""
    return lines(f"in the zone of {evidence.domain}", _records(evidence, labels, served_pacc_text(evidence)))


def _records(evidence: Evidence, labels: Iterable[str], txt: str | None) -> list[str]:
    """Without a reference, or where DNS cannot hold its names, there are those of the site only."""
    nobody = Provider(id="", name="")
    provider = evidence.reference.provider if evidence.reference is not None else nobody
    host = _web_host(evidence)
    try:
        fragment = zone(provider, evidence.domain, host=host, pacc=txt)
    except RenderError:
        fragment = zone(nobody, evidence.domain, host=host, pacc=txt)
    wanted = frozenset(labels)
    return [line for line in fragment.decode().splitlines() if line.partition(" ")[0] in wanted]


def _web_host(evidence: Evidence) -> str:
    """Where the aliases that work lead; without any, the domain itself."""
    useful = {answer.host for answer in evidence.own if answer.is_served}
    targets = (alias.target for alias in evidence.aliases if alias.name in useful and is_hostname(alias.target or ""))
    return next(targets, None) or evidence.domain


def served_pacc_text(evidence: Evidence) -> str | None:
    """The TXT record of the PACC document: of the one that is served or, without one, of the one to be served."""
    for answer in evidence.own:
        if answer.source == "pacc" and answer.has_document:
            return pacc.document_of(answer.body).txt
    return _rendered_pacc_text(evidence)


def _rendered_pacc_text(evidence: Evidence) -> str | None:
    if evidence.reference is None:
        return None
    try:
        return pacc.document(evidence.reference.provider).txt
    except RenderError:
        return None


def removed(evidence: Evidence, text: Iterable[str]) -> str:
    """Records that are to be taken out."""
    return lines(f"take out of the zone of {evidence.domain}", text)


def alias(evidence: Evidence, name: str) -> str:
    """The alias that leads to the site."""
    return records(evidence, [name.removesuffix(f".{evidence.domain}")])


def served(evidence: Evidence, answer: WebAnswer) -> str:
    """The settings of nginx by which a document is served at the URL that was asked."""
    return site(evidence, answer.host, [location(evidence, answer.path, answer.mechanism)])


def site(evidence: Evidence, host: str, settings: Iterable[str]) -> str:
    """Settings of nginx for a host."""
    return lines(f"nginx, server {host} ({_WRITES} writes the files of {evidence.domain})", settings)


def location(evidence: Evidence, path: str, mechanism: Mechanism) -> str:
    """Serve one path from the site's folder, with its media type, to POST too, as Outlook asks."""
    media_type, _, charset = FORMATS[mechanism.format].media_type.partition("; charset=")
    settings = [f"root {_SITE}/{evidence.domain};", "types { }", f"default_type {media_type};"]
    if charset:
        settings.append(f"charset {charset}; charset_types {media_type};")
    if mechanism.format == "outlook":
        settings.append("error_page 405 =200 $uri;")
    return f'location = "{quote(path, safe="/:@%+,=")}" {{ {" ".join(settings)} }}'


def certificate(hosts: Iterable[str], domain: str) -> str:
    """Get one certificate for all names of the domain at which clients ask."""
    names = (domain, *sorted({*hosts} - {domain}))
    options = " ".join(f"-d {name}" for name in names)
    return lines("on the web server", [f"certbot certonly --nginx --cert-name {domain} --expand {options}"])


def corrected(document: Document, found: Iterable[Difference], evidence: Evidence) -> str:
    """The lines that should stand in a document in the place of those that differ.

    Of PACC it is the whole document with its record, as they go together byte for byte.
    """
    if document.mechanism is PACC:
        record = _records(evidence, [pacc.RECORD], _rendered_pacc_text(evidence))
        text = [*whole(evidence, PACC), *record]
        return lines(f"{document.url}, and its record in the zone of {evidence.domain}", text)
    said: dict[str, None] = {}
    for difference in found:
        if difference.wanted is None:
            said[f"(take out: {difference})"] = None
            continue
        tags = tuple(tag for name in difference.fields for tag in document.mechanism.tags.get(name, ()))
        block = _block(difference.wanted, document.mechanism, evidence)
        said[block[0] if tags and block else ""] = None
        said.update(dict.fromkeys(line for line in block if not tags or line.lstrip().startswith(tags)))
    return lines(f"in {document.url}", filter(None, said))


def _block(server: Server, mechanism: Mechanism, evidence: Evidence) -> list[str]:
    """The lines of one server: those of a document with it that are not in a document without it."""
    assert evidence.reference is not None
    provider = evidence.reference.provider
    try:
        others = set(mechanism.rendered(replace(provider, servers=())).decode().splitlines())
        rendered = mechanism.rendered(replace(provider, servers=(server,))).decode().splitlines()
    except RenderError:
        return []
    return [line.strip() for line in rendered if line not in others]


def whole(evidence: Evidence, mechanism: Mechanism) -> list[str]:
    """A whole document of the reference."""
    if evidence.reference is None:
        return ["(without a definition nobody knows what: `autoconfig schema` tells how to write one)"]
    try:
        return mechanism.rendered(evidence.reference.provider).decode().splitlines()
    except RenderError:
        return []


def published(evidence: Evidence, mechanism: Mechanism, url: str) -> str:
    """A document to be served at a URL, and the name of its host if that is below the domain."""
    host = host_of(url)
    document = lines(f"serve at {url}", whole(evidence, mechanism))
    return f"{alias(evidence, host)}\n{document}" if host != evidence.domain else document


_CERTIFICATES = frozenset(fault for fault in Fault if fault.startswith("certificate-"))
_DOVECOT: Mapping[Fault, str] = {
    Fault.CLEARTEXT_LOGIN: "disable_plaintext_auth = yes  # from 2.4 on: auth_allow_cleartext = no",
    Fault.STARTTLS_MISSING: "ssl = required",
    Fault.STARTTLS_REFUSED: "ssl = required",
    Fault.TLS_ABSENT: "ssl = required",
    Fault.TLS_TOO_OLD: "ssl_min_protocol = TLSv1.2",
    Fault.AUTHENTICATION_MISSING: "auth_mechanisms = plain login",
    Fault.AUTHENTICATION_PARTLY_MISSING: "auth_mechanisms = plain login",
}
_POSTFIX: Mapping[Fault, str] = {
    Fault.CLEARTEXT_LOGIN: "smtpd_tls_auth_only = yes",
    Fault.STARTTLS_MISSING: "smtpd_tls_security_level = may",
    Fault.STARTTLS_REFUSED: "smtpd_tls_security_level = may",
    Fault.TLS_ABSENT: "smtpd_tls_wrappermode = yes",
    Fault.TLS_TOO_OLD: "smtpd_tls_mandatory_protocols = >=TLSv1.2",
    Fault.SUBMISSION_WITHOUT_AUTH: "smtpd_sasl_auth_enable = yes",
    Fault.AUTHENTICATION_MISSING: "smtpd_sasl_auth_enable = yes",
}


_ABSENT = frozenset({Fault.CONNECTION_REFUSED, Fault.CONNECTION_TIMEOUT})
_LISTENERS = {
    ServerType.IMAP: ("imap-login", "imap"),
    ServerType.POP3: ("pop3-login", "pop3"),
    ServerType.MANAGESIEVE: ("managesieve-login", "sieve"),
}


def of_server(server: Server, found: Finding) -> str:
    """The setting of a mail server, or the command for its certificate; where there is none, what to do."""
    fault = Fault(found.id)
    if fault in _CERTIFICATES and server.hostname:
        return lines(f"{found.remedy}; on {server.hostname}", [f"certbot certonly -d {server.hostname}"])
    if fault in _ABSENT and server.type in _LISTENERS:
        return lines(f"{found.remedy}; Dovecot on {server.hostname}", _dovecot_listener(server))
    if fault in _ABSENT and server.type is ServerType.SMTP:
        return lines(f"{found.remedy}; Postfix, master.cf on {server.hostname}", [_postfix_listener(server)])
    program, settings = ("Postfix", _POSTFIX) if server.type is ServerType.SMTP else ("Dovecot", _DOVECOT)
    if fault in settings:
        return lines(f"{found.remedy}; {program} on {server.hostname}", [settings[fault]])
    return found.remedy


def _dovecot_listener(server: Server) -> list[str]:
    service, listener = _LISTENERS[server.type]
    is_implicit = server.socket_type is SocketType.SSL
    name, tls = (f"{listener}s", ["    ssl = yes"]) if is_implicit else (listener, [])
    return [f"service {service} {{", f"  inet_listener {name} {{", f"    port = {server.port}", *tls, "  }", "}"]


def _postfix_listener(server: Server) -> str:
    is_implicit = server.socket_type is SocketType.SSL
    tls = "smtpd_tls_wrappermode=yes" if is_implicit else "smtpd_tls_security_level=encrypt"
    return f"{server.port} inet n - y - - smtpd -o {tls} -o smtpd_sasl_auth_enable=yes"
