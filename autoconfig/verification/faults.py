"""Every kind of finding that talking to a server can give, with its severity and its remedy."""

from __future__ import annotations

from enum import StrEnum

from autoconfig.verification.report import Finding, Severity


class Fault(StrEnum):
    """A kind of finding."""

    GAP = "gap"
    PLACEHOLDER_HOST = "placeholder-host"
    NOT_EXAMINED = "not-examined"

    NAME_UNRESOLVED = "name-unresolved"
    DNS_FAILED = "dns-failed"
    NETWORK_UNREACHABLE = "network-unreachable"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_TIMEOUT = "connection-timeout"
    ADDRESS_DEAD = "address-dead"

    SILENT = "silent"
    CLOSED = "closed"
    TOO_MUCH = "too-much"
    WRONG_PROTOCOL = "wrong-protocol"
    TURNED_AWAY = "turned-away"

    TLS_ABSENT = "tls-absent"
    TLS_TOO_OLD = "tls-too-old"
    TLS_FAILED = "tls-failed"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CERTIFICATE_EXPIRES_SOON = "certificate-expires-soon"
    CERTIFICATE_OF_OTHER_HOST = "certificate-of-other-host"
    CERTIFICATE_SELF_SIGNED = "certificate-self-signed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_WEAK = "certificate-weak"
    CERTIFICATE_INVALID = "certificate-invalid"

    STARTTLS_MISSING = "starttls-missing"
    STARTTLS_REFUSED = "starttls-refused"
    STARTTLS_INJECTION = "starttls-injection"
    PREAUTHENTICATED = "preauthenticated"
    UNENCRYPTED = "unencrypted"
    STARTTLS_UNUSED = "starttls-unused"
    CLEARTEXT_LOGIN = "cleartext-login"

    AUTHENTICATION_MISSING = "authentication-missing"
    AUTHENTICATION_PARTLY_MISSING = "authentication-partly-missing"
    AUTHENTICATION_UNDECLARED = "authentication-undeclared"
    AUTHENTICATION_UNKNOWN = "authentication-unknown"
    SUBMISSION_WITHOUT_AUTH = "submission-without-auth"
    MAIL_REMOVED = "mail-removed"
    LOGIN_REFUSED = "login-refused"
    LOGIN_NOT_TRIED = "login-not-tried"

    HTTP_UNENCRYPTED = "http-unencrypted"
    HTTP_DOWNGRADE = "http-downgrade"
    HTTP_REDIRECTS = "http-redirects"
    HTTP_STATUS = "http-status"
    HTTP_OPEN = "http-open"
    HTTP_WRONG_CONTENT = "http-wrong-content"


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

FAULTS: dict[Fault, tuple[Severity, str]] = {
    Fault.GAP: (_W, "name the server in the definition, or publish an SRV record for it"),
    Fault.PLACEHOLDER_HOST: (_N, "verify an address of the provider, which says what to put there"),
    Fault.NOT_EXAMINED: (_N, "try it with a client"),
    Fault.NAME_UNRESOLVED: (_E, "correct the host name, or publish an A or AAAA record for it"),
    Fault.DNS_FAILED: (_E, "try again; if it stays, mend the domain's name servers or its DNSSEC"),
    Fault.NETWORK_UNREACHABLE: (_E, "check this machine's network and name servers"),
    Fault.CONNECTION_REFUSED: (_E, "correct the port, or start the server on it"),
    Fault.CONNECTION_TIMEOUT: (_E, "correct host and port, or open the port in the firewalls on the way"),
    Fault.ADDRESS_DEAD: (_W, "start the server on that address, or take its record out of DNS"),
    Fault.SILENT: (_E, "check that port and socket type belong together, and that the server is not overloaded"),
    Fault.CLOSED: (_E, "look into the server's log: it may refuse this client, this port or this protocol"),
    Fault.TOO_MUCH: (_E, "this is no sound server: check who answers on that host and port"),
    Fault.WRONG_PROTOCOL: (_E, "correct type, port or socket type: something else answers there"),
    Fault.TURNED_AWAY: (_E, "look into the server's log: it greets this client with a refusal"),
    Fault.TLS_ABSENT: (_E, "write socket_type: STARTTLS and its port, or turn TLS on for this port of the server"),
    Fault.TLS_TOO_OLD: (
        _E,
        "turn TLS 1.2 and 1.3 on at the server, with ECDHE ciphers (RFC 8996; RFC 9325, section 4)",
    ),
    Fault.TLS_FAILED: (_E, "mend the TLS settings of the server"),
    Fault.CERTIFICATE_EXPIRED: (_E, "renew the certificate, and restart the server with the new one"),
    Fault.CERTIFICATE_NOT_YET_VALID: (_E, "check the clocks of the server and of this machine"),
    Fault.CERTIFICATE_EXPIRES_SOON: (_W, "renew the certificate, and check why that did not happen by itself"),
    Fault.CERTIFICATE_OF_OTHER_HOST: (_E, "write the name that is in the certificate, or get one for this host"),
    Fault.CERTIFICATE_SELF_SIGNED: (_E, "get a certificate of a public authority; --ca-file tests a private one"),
    Fault.CERTIFICATE_UNTRUSTED: (_E, "let the server send the whole chain, of a public certificate authority"),
    Fault.CERTIFICATE_WEAK: (_E, "get a certificate with an RSA key of 2048 bits or an EC key, signed with SHA-256"),
    Fault.CERTIFICATE_INVALID: (_E, "get a certificate that clients accept"),
    Fault.STARTTLS_MISSING: (_E, "use the port with TLS from the start; if STARTTLS is on, somebody strips it"),
    Fault.STARTTLS_REFUSED: (_E, "use the port with TLS from the start, or mend STARTTLS at the server"),
    Fault.STARTTLS_INJECTION: (_E, "update the server; if it is sound, somebody on the way tampers with it"),
    Fault.PREAUTHENTICATED: (_E, "turn PREAUTH off: a client that is let in like this never turns TLS on"),
    Fault.UNENCRYPTED: (_W, "offer TLS from the start, and name only that (RFC 8314, section 3)"),
    Fault.STARTTLS_UNUSED: (_W, "write socket_type: STARTTLS, or better SSL and its port"),
    Fault.CLEARTEXT_LOGIN: (_W, "let the server refuse passwords before TLS (RFC 8314, section 4.1)"),
    Fault.AUTHENTICATION_MISSING: (_E, "declare what the server offers, or turn it on at the server"),
    Fault.AUTHENTICATION_PARTLY_MISSING: (_W, "remove it from the definition, or turn it on at the server"),
    Fault.AUTHENTICATION_UNDECLARED: (_N, "declare it if clients may use it"),
    Fault.AUTHENTICATION_UNKNOWN: (_N, "try it with a client, or let the server answer CAPA (RFC 2449)"),
    Fault.SUBMISSION_WITHOUT_AUTH: (_E, "use a submission port, and require AUTH there (RFC 6409, section 4.3)"),
    Fault.MAIL_REMOVED: (_N, "prefer IMAP, or set pop3: {leave_messages_on_server: true}"),
    Fault.LOGIN_REFUSED: (_E, "check the password, the user name and whether they may be used at this server"),
    Fault.LOGIN_NOT_TRIED: (_W, "mend what keeps the login from being safe, then try again"),
    Fault.HTTP_UNENCRYPTED: (_E, "write the https URL, and redirect http to it"),
    Fault.HTTP_DOWNGRADE: (_E, "let the server redirect to https only"),
    Fault.HTTP_REDIRECTS: (_E, "write the URL at which the redirects end"),
    Fault.HTTP_STATUS: (_E, "correct the URL, or mend the service behind it"),
    Fault.HTTP_OPEN: (_W, "check that the URL is the service's own, which asks for a login"),
    Fault.HTTP_WRONG_CONTENT: (_E, "correct the URL: something else answers there"),
}


def finding(fault: Fault, text: str) -> Finding:
    """A finding of a kind, with what was seen."""
    severity, remedy = FAULTS[fault]
    return Finding(fault.value, severity, text, remedy)


class Stop(Exception):  # noqa: N818  (it carries a finding; nobody outside this package sees it)
    """Ends the talk with a server: `fault` and the text tell why."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault
        self.finding = finding(fault, text)


def shown(data: bytes, longest: int = 60) -> str:
    """What a server sent, for a message: in quotes, escaped and shortened."""
    text = data[:longest].decode("ascii", "backslashreplace")
    return repr(text if len(data) <= longest else f"{text}...")
