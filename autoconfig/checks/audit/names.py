"""Rules on what DNS says of a domain beside its services."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.checks.audit import remedies
from autoconfig.checks.audit.evidence import Evidence
from autoconfig.checks.audit.mechanisms import PACC
from autoconfig.checks.audit.rule import Hit, at_name
from autoconfig.dns import Answer
from autoconfig.formats import pacc


def dangling_alias(evidence: Evidence) -> Iterator[Hit]:
    for alias in evidence.aliases:
        if alias.is_dangling:
            text = f"{alias.name} is an alias of {alias.target}, which has no address: whoever gets that name answers"
            yield Hit(at_name(alias.name, "CNAME"), text, remedies.alias(evidence, alias.name))


def wildcard(evidence: Evidence) -> Iterator[Hit]:
    """One that leads to a server with the right documents does no harm."""
    names = sorted(evidence.wildcards)
    if names:
        text = f"a wildcard answers for {', '.join(names)}, and what is there has no settings"
        labels = [name.removesuffix(f".{evidence.domain}") for name in names]
        yield Hit(at_name(f"*.{evidence.domain}", "A"), text, remedies.records(evidence, labels))


def back_off(evidence: Evidence) -> Iterator[Hit]:
    """Only DNS is asked for these names. They do no harm to a domain whose own autodiscover answers."""
    if any(answer.mechanism.format == "outlook" and answer.is_served for answer in evidence.own):
        return
    own = {address for result in _own_hosts(evidence) for address in result.records}
    for result in evidence.back_off:
        if isinstance(result, Answer) and not own.issuperset(result.records):
            text = f"a client that finds no autodiscover may ask {result.name}, at {', '.join(result.records[:3])}"
            name = f"autodiscover.{evidence.domain}"
            yield Hit(at_name(result.name, "A"), text, remedies.alias(evidence, name))


def _own_hosts(evidence: Evidence) -> Iterator[Answer[str]]:
    for result in (evidence.apex, *(alias.addresses for alias in evidence.aliases)):
        if isinstance(result, Answer):
            yield result


def pacc_digest(evidence: Evidence) -> Iterator[Hit]:
    """A document without a record, and a record without a document, are of no use either."""
    records = [text for text in pacc_texts(evidence) if text.startswith("v=UAAC1")]
    host = f"{pacc.HOST}.{evidence.domain}"
    answer = next((it for it in evidence.own if it.mechanism is PACC), None)
    place = at_name(f"{pacc.RECORD}.{evidence.domain}", "TXT")
    if answer is not None and answer.has_document:
        if not any(pacc.has_digest(record, answer.body) for record in records):
            text = "the record is not of the document that is served" if records else f"no record of {answer.url}"
            yield Hit(place, text, remedies.records(evidence, [pacc.RECORD]))
    elif records and host not in evidence.faulty_names and not (answer and evidence.is_broken(answer)):
        url = f"https://{host}/.well-known/user-agent-configuration.json"
        yield Hit(place, f"a record, but no document at {url}", remedies.published(evidence, PACC, url))


def pacc_texts(evidence: Evidence) -> tuple[str, ...]:
    """The TXT records where that of the PACC document belongs."""
    return evidence.pacc_records.records if isinstance(evidence.pacc_records, Answer) else ()
