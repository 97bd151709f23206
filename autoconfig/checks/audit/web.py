"""Rules on what the web servers of a domain answer. What is wrong with a host as a whole is told once for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from urllib.parse import urljoin

from autoconfig.checks.audit import remedies
from autoconfig.checks.audit.evidence import BROKEN, UNANSWERED, Evidence, WebAnswer
from autoconfig.checks.audit.mechanisms import OUTLOOK
from autoconfig.checks.audit.rule import Hit, at_name
from autoconfig.discovery import Outcome
from autoconfig.discovery.trust import host_of
from autoconfig.dns import Answer
from autoconfig.dns.srv import AUTODISCOVER
from autoconfig.domains import are_related
from autoconfig.errors import ParseError
from autoconfig.formats import xml
from autoconfig.formats.outlook_requests import parse_answer

TWINS = {"autoconfig-1.3": "autoconfig-1.1", "autoconfig-1.2-http": "autoconfig-1.2"}
"""The sources that ask by http, and those that ask the same URL by https."""

_UNREADABLE = frozenset({Outcome.UNREADABLE, Outcome.INCOMPLETE, Outcome.TOO_LARGE})
_STRANGE = {
    Outcome.WEB_PAGE: "a web page",
    Outcome.UNREADABLE: "what cannot be read",
    Outcome.INCOMPLETE: "half of the settings",
}
_OPTIONAL = frozenset({"autodiscover-json", "profile"})
"""The sources whose absence keeps no client out."""


def redirect_to_http(evidence: Evidence) -> Iterator[Hit]:
    for host, answers in _by_host(evidence, _leads_to_http):
        text = f"https://{host} redirects to {_target(answers[0])}"
        yield Hit(answers[0].url, text, _served(evidence, host, answers))


def _leads_to_http(answer: WebAnswer) -> bool:
    return answer.is_https and answer.outcome is Outcome.REFUSED and _target(answer).startswith("http://")


def _target(answer: WebAnswer) -> str:
    """Where the last answer redirects to, without being followed; a target that is no URL is nowhere."""
    try:
        return urljoin(answer.urls[-1], answer.unfollowed) if answer.unfollowed is not None else ""
    except ValueError:
        return ""


def http_only(evidence: Evidence) -> Iterator[Hit]:
    """A certificate that is refused is told by its own rule: http is all that is left then."""
    for plain, secure in _twins(evidence):
        if plain.has_document and not secure.has_document and secure.outcome not in BROKEN:
            text = f"http gives settings, https does not: {secure.detail or secure.outcome}"
            yield Hit(plain.url, text, remedies.served(evidence, secure))


def http_differs(evidence: Evidence) -> Iterator[Hit]:
    said = {document.url: document.provider.servers for document in evidence.documents}
    for plain, secure in _twins(evidence):
        if not secure.has_document:
            continue
        what = "other settings" if plain.has_document else _STRANGE.get(plain.outcome)
        if what is not None and said.get(plain.url) != said.get(secure.url):
            redirect = f'location = "{plain.path}" {{ return 301 {secure.url}; }}'
            text = f"http gives {what} where https gives the settings"
            yield Hit(plain.url, text, remedies.site(evidence, plain.host, [redirect]))


def _twins(evidence: Evidence) -> Iterator[tuple[WebAnswer, WebAnswer]]:
    by_source = {answer.source: answer for answer in evidence.own}
    for plain, secure in TWINS.items():
        if plain in by_source and secure in by_source:
            yield by_source[plain], by_source[secure]


def bad_certificate(evidence: Evidence) -> Iterator[Hit]:
    """One certificate may serve all the hosts, so one finding tells of all."""
    refused = [answer for answer in evidence.own if answer.outcome is Outcome.TLS_ERROR]
    if not refused:
        return
    reasons = {host_of(answer.urls[-1]): _reason(answer.detail) for answer in reversed(refused)}
    hosts = [it.host for it in evidence.own if it.is_https and are_related(it.host, evidence.domain)]
    text = "; ".join(f"{host}: {reasons[host]}" for host in sorted(reasons))
    yield Hit(refused[0].url, text, remedies.certificate((*hosts, *reasons), evidence.domain))


def _reason(detail: str) -> str:
    """What OpenSSL says of a certificate, without where in the source of Python that came up."""
    return detail.partition("certificate verify failed: ")[2].rpartition(" (_ssl.c")[0] or detail


def redirect_off_domain(evidence: Evidence) -> Iterator[Hit]:
    """By HTTP or by an answer of autodiscover. The provider's own hosts, by the definition, may be led to."""
    homes = tuple(_homes(evidence))
    named = _autodiscover_hosts(evidence)
    told: set[str] = set()
    for answer in evidence.own:
        is_led = answer.source == "autodiscover" and answer.host not in named
        hosts = map(host_of, answer.urls if is_led else answer.urls[1:])
        host = next((host for host in hosts if not any(are_related(host, home) for home in homes)), None)
        if answer.has_document and host is not None and host not in told:
            told.add(host)
            text = f"redirects to {host}, which is not of {evidence.domain}: clients ask a person to confirm it"
            is_ours = are_related(answer.host, evidence.domain)
            asked = answer.host if is_ours else f"autodiscover.{evidence.domain}"
            yield Hit(answer.url, text, _served(evidence, asked, [answer]))


def _homes(evidence: Evidence) -> Iterator[str]:
    yield evidence.domain
    if evidence.reference is not None and evidence.reference.is_definition:
        provider = evidence.reference.provider
        yield from (name.removeprefix("*.") for name in (provider.id, *provider.domains, *provider.mx_domains))


def web_page(evidence: Evidence) -> Iterator[Hit]:
    for host, answers in _by_host(evidence, lambda answer: answer.is_https and answer.outcome is Outcome.WEB_PAGE):
        paths = ", ".join(answer.path for answer in answers)
        yield Hit(answers[0].url, f"a web page at {paths}", _served(evidence, host, answers))


def unreadable(evidence: Evidence) -> Iterator[Hit]:
    for answer in evidence.own:
        if answer.is_https and answer.outcome in _UNREADABLE and not _is_for_exchange(answer):
            yield Hit(answer.url, answer.detail or str(answer.outcome), _rewritten(evidence, answer))


def _is_for_exchange(answer: WebAnswer) -> bool:
    """An answer of autodiscover that names an ActiveSync server only is a good one, for others."""
    if answer.mechanism is not OUTLOOK or answer.outcome is not Outcome.INCOMPLETE:
        return False
    try:
        parse_answer(answer.body)
    except ParseError:
        return False
    return True


def _rewritten(evidence: Evidence, answer: WebAnswer) -> str:
    return remedies.lines(f"serve at {answer.url}", remedies.whole(evidence, answer.mechanism))


def wrong_content_type(evidence: Evidence) -> Iterator[Hit]:
    for answer in evidence.own:
        served = answer.is_https and answer.fetch is not None and answer.body and answer.outcome in _TYPED
        if served and answer.fetch is not None and answer.fetch.media_type not in answer.mechanism.media_types:
            allowed = " or ".join(sorted(answer.mechanism.media_types))
            text = (
                f"{answer.mechanism.title} as {answer.fetch.media_type or 'nothing in particular'}, expected {allowed}"
            )
            yield Hit(answer.url, text, remedies.served(evidence, answer))


_TYPED = frozenset({Outcome.FOUND, Outcome.INCOMPLETE})


def open_defaults(evidence: Evidence) -> Iterator[Hit]:
    """`SPA` is on where it is not said, and so is `SSL`, with the port then telling which kind of TLS."""
    for answer in evidence.own:
        if answer.mechanism is OUTLOOK and answer.has_document:
            unsaid = dict.fromkeys(chain.from_iterable(_unsaid(answer.body)))
            if unsaid:
                where = f"in each <Protocol> of {answer.url}"
                remedy = remedies.lines(where, [line for name in unsaid for line in _lines_of(name, evidence)])
                yield Hit(answer.url, f"{' and '.join(unsaid)} not said", remedy)


def _unsaid(body: bytes) -> Iterator[tuple[str, ...]]:
    """What each server leaves open."""
    root = xml.parse_root(body, "outlook")
    for protocol in root.iter():
        if isinstance(protocol.tag, str) and xml.local_name(protocol) == "Protocol":
            said = {xml.local_name(child) for child in protocol if isinstance(child.tag, str)}
            if xml.child_text(protocol, "Type").upper() in {"IMAP", "POP3", "SMTP"}:
                yield ("SPA",) * ("SPA" not in said) + ("SSL",) * (not said & {"SSL", "Encryption"})


def _lines_of(name: str, evidence: Evidence) -> list[str]:
    tags = ("<SPA>",) if name == "SPA" else ("<SSL>", "<Encryption>")
    text = (line.strip() for line in remedies.whole(evidence, OUTLOOK))
    return list(dict.fromkeys(line for line in text if line.startswith(tags)))


def no_answer(evidence: Evidence) -> Iterator[Hit]:
    """DNS, and the hosts that it names for a mechanism. Nobody need serve the mail domain itself, nor https where http
    leads on, as Outlook takes it."""
    details = [failure.detail for failure in evidence.failures]
    if details or evidence.is_dark:
        text = "; ".join(dict.fromkeys(details[:3])) or "it knows no host at all"
        remedy = remedies.lines("ask the name servers yourself", [f"dig +trace {evidence.domain} NS"])
        yield Hit(at_name(evidence.domain, "ANY"), f"DNS: {text}", remedy)
    by_http = {answer.host for answer in evidence.own if not answer.is_https and answer.outcome is Outcome.FOUND}
    told_elsewhere = _autodiscover_hosts(evidence) | {failure.name for failure in evidence.failures} | {evidence.domain}
    for host, answers in _by_host(evidence, _is_unanswered):
        first = answers[0]
        if host not in told_elsewhere and (first.outcome is Outcome.HTTP_ERROR or host not in by_http):
            led_to = f" at {first.urls[-1]}" if len(first.urls) > 1 else ""
            yield Hit(first.url, f"{host}: {first.detail or first.outcome}{led_to}", _served(evidence, host, answers))


def _is_unanswered(answer: WebAnswer) -> bool:
    if not answer.is_https or answer.source in _OPTIONAL or answer.outcome is Outcome.DNS_ERROR:
        return False
    return answer.outcome in UNANSWERED or (answer.outcome is Outcome.REFUSED and not _leads_to_http(answer))


def _autodiscover_hosts(evidence: Evidence) -> frozenset[str]:
    """The hosts of the SRV record, of which another rule tells."""
    result = evidence.services[AUTODISCOVER]
    return frozenset(record.target for record in result.records) if isinstance(result, Answer) else frozenset()


def _by_host(evidence: Evidence, chosen: Callable[[WebAnswer], bool]) -> Iterator[tuple[str, list[WebAnswer]]]:
    answers = [answer for answer in evidence.own if chosen(answer)]
    for host in dict.fromkeys(answer.host for answer in answers):
        yield host, [answer for answer in answers if answer.host == host]


def _served(evidence: Evidence, host: str, answers: Iterable[WebAnswer]) -> str:
    settings = dict.fromkeys(remedies.location(evidence, answer.path, answer.mechanism) for answer in answers)
    return remedies.site(evidence, host, settings)
