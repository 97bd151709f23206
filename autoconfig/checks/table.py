"""The lint rules, in the order in which they are documented."""

from __future__ import annotations

from collections.abc import Iterable

from autoconfig.checks import encryption, evidence, hosts, offers, texts
from autoconfig.checks.rule import Hit, Rule, Subject
from autoconfig.verification.report import Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE


def _by_the_linter(_subject: Subject) -> Iterable[Hit]:
    """What one provider alone does not show, and the linter sees."""
    return ()


INVALID_DEFINITION = Rule(
    id="invalid-definition",
    severity=_E,
    text="A definition can be read.",
    source="docs/definitions.md",
    remedy="mend what the message names; `autoconfig schema` tells an editor what is allowed",
    check=_by_the_linter,
)
UNUSED_SUPPRESSION = Rule(
    id="unused-suppression",
    severity=_W,
    text="A suppression names a rule that would have something to say, and a reason.",
    source="docs/lint.md, Suppression",
    remedy="remove it from `lint:`, or correct the rule's id",
    check=_by_the_linter,
)
DEAD_PAGE = Rule(
    id="dead-page",
    severity=_W,
    text="A page for people can be fetched. Checked with --online only.",
    source="this project",
    remedy="name the page that took its place, or remove it",
    check=_by_the_linter,
)

RULES: tuple[Rule, ...] = (
    INVALID_DEFINITION,
    Rule(
        id="cleartext",
        severity=_E,
        text="No server is used without TLS. Beside one with TLS it does harm too: Thunderbird for Android refuses "
        "every document that names it.",
        source="RFC 8314, section 3; thunderbird-android, feature/autodiscovery",
        remedy="remove the server, or write socket_type: SSL",
        check=encryption.cleartext,
    ),
    Rule(
        id="starttls-only",
        severity=_N,
        text="IMAP, POP3 and submission are offered with TLS from the start, not by STARTTLS alone.",
        source="RFC 8314, section 3",
        remedy="offer it at the server (993, 995, 465), and name it before STARTTLS",
        check=encryption.starttls_only,
    ),
    Rule(
        id="port-mismatch",
        severity=_W,
        text="A well-known port is used with its own protocol and socket type.",
        source="RFC 8314, section 7",
        remedy="correct port or socket type; `autoconfig verify` tells which of them is right",
        check=encryption.port_mismatch,
    ),
    Rule(
        id="relay-port",
        severity=_W,
        text="Mail is submitted on port 465 or 587: many networks block port 25.",
        source="RFC 6409, section 3.1; RFC 8314, section 3.3",
        remedy="name the submission port",
        check=encryption.relay_port,
    ),
    Rule(
        id="unencrypted-url",
        severity=_E,
        text="Services are reached by https.",
        source="RFC 6764, section 8; RFC 8620, section 8.1",
        remedy="write the https URL",
        check=encryption.unencrypted_url,
    ),
    Rule(
        id="ip-address",
        severity=_W,
        text="A server is named, not numbered: public certificates hold names.",
        source="RFC 7817, section 3, which knows names only",
        remedy="write the host name that is in the server's certificate",
        check=hosts.ip_address,
    ),
    Rule(
        id="foreign-host",
        severity=_N,
        text="A server's host is under a domain of the provider: id, domains or mx_domains. Careful clients let the "
        "user confirm others.",
        source="RFC 6186, section 6; NDSS 2025, Automatic Insecurity",
        remedy="correct the host, or add the provider's domain to mx_domains if mail goes there",
        check=hosts.foreign_host,
    ),
    Rule(
        id="duplicate-server",
        severity=_W,
        text="Each server is named once.",
        source="draft-ietf-mailmaint-autoconfig, order of preference",
        remedy="remove one of the two",
        check=hosts.duplicate_server,
    ),
    Rule(
        id="broken-placeholder",
        severity=_E,
        text="Placeholders are whole and known: %EMAILADDRESS%, %EMAILLOCALPART%, %EMAILDOMAIN%, and those of "
        "input_fields.",
        source="draft-ietf-mailmaint-autoconfig, placeholders",
        remedy="write the placeholder with both its % signs",
        check=offers.broken_placeholder,
    ),
    Rule(
        id="no-password-fallback",
        severity=_W,
        text="Each mail server names a way to log in that Thunderbird can use: it skips OAuth2 for hosts that it has "
        "no details of, and SASL mechanisms.",
        source="Thunderbird, OAuth2Providers and readFromXML",
        remedy="add password-cleartext if the server takes (app) passwords",
        check=offers.no_password_fallback,
    ),
    Rule(
        id="no-imap",
        severity=_N,
        text="Where POP3 is offered, IMAP is too: it keeps mail on the server, for all of a person's devices.",
        source="thunderbird-android, feature/autodiscovery, which reads IMAP only",
        remedy="add the IMAP server, if there is one",
        check=offers.no_imap,
    ),
    Rule(
        id="no-incoming-server",
        severity=_E,
        text="There is a server to read mail from.",
        source="Thunderbird, readFromXML, which refuses the document",
        remedy="add one, or {type: imap} for DNS to fill",
        check=offers.no_incoming,
    ),
    Rule(
        id="no-outgoing-server",
        severity=_E,
        text="There is a server to send mail by.",
        source="Thunderbird, readFromXML, which refuses the document",
        remedy="add one, or {type: smtp} for DNS to fill",
        check=offers.no_outgoing,
    ),
    Rule(
        id="name-too-long",
        severity=_E,
        text="A name has at most 60 characters, a short name 20.",
        source="draft-ietf-mailmaint-autoconfig, displayName and displayShortName",
        remedy="shorten it",
        check=texts.name_too_long,
    ),
    Rule(
        id="name-long",
        severity=_N,
        text="A name of at most 30 characters, and a short name of 12, fits wherever clients show it.",
        source="draft-ietf-mailmaint-autoconfig, displayName and displayShortName",
        remedy="shorten it, if people still know it then",
        check=texts.name_long,
    ),
    Rule(
        id="unsorted-domains",
        severity=_N,
        text="The domains after the first, main one are sorted, so that people find them and merges do not clash.",
        source="this project",
        remedy="sort the list",
        check=texts.unsorted_domains,
    ),
    Rule(
        id="http-page",
        severity=_W,
        text="Pages for people are named by https URLs.",
        source="RFC 9110, section 17.1",
        remedy="write the https URL, if it answers",
        check=texts.http_page,
    ),
    DEAD_PAGE,
    Rule(
        id="no-sources",
        severity=_W,
        text="A definition says where its facts came from.",
        source="this project",
        remedy="add sources: with the provider's own page and the month of the check",
        check=evidence.no_sources,
    ),
    Rule(
        id="old-sources",
        severity=_W,
        text="The newest source was checked within the last two years.",
        source="this project",
        remedy="run `autoconfig verify`, read the provider's page again, and write the month of that",
        check=evidence.old_sources,
    ),
    Rule(
        id="unconfirmed",
        severity=_N,
        text="The author of a definition is sure of it.",
        source="this project",
        remedy="confirm it with the provider or by `autoconfig verify`, and remove status: unconfirmed",
        check=evidence.unconfirmed,
    ),
    UNUSED_SUPPRESSION,
)

BY_ID = {rule.id: rule for rule in RULES}
