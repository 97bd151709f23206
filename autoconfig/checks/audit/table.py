"""The audit rules, in the order in which what they find is to be mended: errors, then warnings, then notes."""

from __future__ import annotations

from autoconfig.checks.audit import absences, names, servers, web
from autoconfig.checks.audit.rule import Rule
from autoconfig.verification import Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
_DRAFT = "draft-ietf-mailmaint-autoconfig"
_NDSS = "NDSS 2025, Automatic Insecurity"

NO_ANSWER = Rule(
    id="no-answer",
    severity=_W,
    text="Name servers, and the hosts that DNS names for a mechanism, answer in time: clients wait for them.",
    source="this project",
    remedy="start the web server, let it serve the document, or take the name out of DNS",
    check=web.no_answer,
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="back-off-host",
        severity=_E,
        text="A client that finds no autodiscover at the domain does not end at somebody else's: buggy ones go on to "
        "autodiscover.TLD with address and password. Only DNS is asked whether there is such a host at another "
        "address than the domain's own, and only where the domain's own autodiscover does not answer: otherwise no "
        "client gets so far.",
        source="Guardicore 2021, Autodiscovering the Great Leak",
        remedy="publish the alias autodiscover, and serve the answer there",
        check=names.back_off,
    ),
    Rule(
        id="dangling-alias",
        severity=_E,
        text="autoconfig, autodiscover and ua-auto-config are no aliases of names without address: whoever gets hold "
        "of such a name answers in the place of the domain.",
        source="this project",
        remedy="correct the CNAME record, or take it out",
        check=names.dangling_alias,
    ),
    Rule(
        id="redirect-to-http",
        severity=_E,
        text="What is asked by https is not redirected to http, where anybody on the way can change it.",
        source=f"RFC 9110, section 17.1; {_NDSS}",
        remedy="serve the document by https at the URL itself",
        check=web.redirect_to_http,
    ),
    Rule(
        id="bad-certificate",
        severity=_E,
        text="The hosts at which clients look have certificates that they accept.",
        source="RFC 9110, section 4.3.4",
        remedy="get a certificate that names all of them",
        check=web.bad_certificate,
    ),
    Rule(
        id="http-only",
        severity=_E,
        text="What is published by http is published by https too.",
        source=f"{_DRAFT}; {_NDSS}",
        remedy="serve the document by https at the same host and path",
        check=web.http_only,
    ),
    Rule(
        id="http-differs",
        severity=_E,
        text="http gives the same settings as https, or better a redirect to it.",
        source=f"{_DRAFT}; {_NDSS}",
        remedy="redirect http to https",
        check=web.http_differs,
    ),
    Rule(
        id="mechanisms-disagree",
        severity=_E,
        text="Every mechanism names the same servers, and those of the definition if there is one, as far as its "
        "format can say them: type, host, port, socket type, user name and authentication. Without a definition, one "
        "may name more servers than another.",
        source=f"{_DRAFT}, order of priority; {_NDSS}",
        remedy="correct the document or the record, or the definition",
        check=servers.disagreement,
    ),
    Rule(
        id="html-instead-of-xml",
        severity=_E,
        text="A URL at which clients look gives its document or status 404, no web page.",
        source=_DRAFT,
        remedy="serve the document there",
        check=web.web_page,
    ),
    Rule(
        id="unreadable-document",
        severity=_E,
        text="A document is well-formed, has at most 1 MiB, and names an incoming and an outgoing server.",
        source="Thunderbird, readFromXML; MS-OXDSCLI",
        remedy="write it anew: `autoconfig build`",
        check=web.unreadable,
    ),
    Rule(
        id="pacc-digest-mismatch",
        severity=_E,
        text="The PACC document and its TXT record belong together: the record holds the SHA-256 of these bytes.",
        source="draft-ietf-mailmaint-pacc",
        remedy="publish the record of the document",
        check=names.pacc_digest,
    ),
    Rule(
        id="srv-without-service",
        severity=_E,
        text="The target of an SRV record has an address, and its port answers.",
        source="RFC 2782; RFC 6186, section 5",
        remedy="correct the record, or take it out",
        check=servers.srv_without_service,
    ),
    Rule(
        id="server-fails",
        severity=_E,
        text="The servers that are named do what is said of them: see `autoconfig verify`.",
        source="RFC 8314",
        remedy="mend what `autoconfig verify` names",
        check=servers.server_fails,
    ),
    Rule(
        id="nothing-published",
        severity=_E,
        text="The domain publishes mail settings in some way.",
        source=_DRAFT,
        remedy="write a definition, build the site and publish its records",
        check=absences.nothing_published,
    ),
    NO_ANSWER,
    Rule(
        id="wildcard-dns",
        severity=_W,
        text="autoconfig, autodiscover and ua-auto-config have records of their own, where a wildcard would lead "
        "clients to a server without settings.",
        source="RFC 4592",
        remedy="publish the aliases",
        check=names.wildcard,
    ),
    Rule(
        id="redirect-off-domain",
        severity=_W,
        text="What the domain is asked is not redirected to another domain, unless it is the provider's own by the "
        "definition: careful clients trust that less.",
        source=f"{_NDSS}; RFC 6186, section 6",
        remedy="serve the document at the URL itself",
        check=web.redirect_off_domain,
    ),
    Rule(
        id="server-weak",
        severity=_W,
        text="The servers that are named are sound: see `autoconfig verify`.",
        source="RFC 8314",
        remedy="mend what `autoconfig verify` names",
        check=servers.server_weak,
    ),
    Rule(
        id="open-defaults",
        severity=_W,
        text="An autodiscover answer says SPA, which is on where it is not said, and SSL or Encryption.",
        source="Microsoft, POX Autodiscover response for Exchange",
        remedy="write SPA off, and SSL and Encryption",
        check=web.open_defaults,
    ),
    Rule(
        id="wrong-content-type",
        severity=_W,
        text="A document has the media type of its format.",
        source="RFC 7303; draft-ietf-mailmaint-autoconfig; RFC 8259",
        remedy="set the type at the web server",
        check=web.wrong_content_type,
    ),
    Rule(
        id="service-without-srv",
        severity=_W,
        text="Each mail server has the SRV record of its service.",
        source="RFC 6186, section 5; RFC 8314, section 5.1",
        remedy="publish the record",
        check=servers.service_without_srv,
    ),
    Rule(
        id="missing-autoconfig",
        severity=_W,
        text="The domain has a Mozilla autoconfig document, for Thunderbird, K-9, KMail, Evolution and Delta Chat.",
        source=_DRAFT,
        remedy="serve the document",
        check=absences.missing_autoconfig,
    ),
    Rule(
        id="missing-autodiscover",
        severity=_W,
        text="The domain answers Outlook's autodiscover.",
        source="Microsoft, Autodiscover for Exchange",
        remedy="serve the answer",
        check=absences.missing_autodiscover,
    ),
    Rule(
        id="too-many-servers",
        severity=_W,
        text="A domain names at most 32 servers, so that all can be verified.",
        source="this project",
        remedy="name fewer",
        check=servers.too_many_servers,
    ),
    Rule(
        id="missing-pacc",
        severity=_N,
        text="The domain has a PACC document and its record.",
        source="draft-ietf-mailmaint-pacc",
        remedy="serve the document, and publish its record",
        check=absences.missing_pacc,
    ),
)

BY_ID = {rule.id: rule for rule in RULES}
