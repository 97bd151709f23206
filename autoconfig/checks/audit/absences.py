"""Rules on what a domain does not publish, where no other rule tells why."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.checks.audit import remedies
from autoconfig.checks.audit.evidence import Evidence
from autoconfig.checks.audit.mechanisms import MOZILLA, OUTLOOK, PACC
from autoconfig.checks.audit.names import back_off, pacc_texts
from autoconfig.checks.audit.rule import Hit, at_name
from autoconfig.checks.audit.web import TWINS
from autoconfig.formats import pacc


def nothing_published(evidence: Evidence) -> Iterator[Hit]:
    if not evidence.is_silent:
        return
    place = at_name(evidence.domain, "ANY")
    if evidence.is_unknown:
        remedy = remedies.lines("correct the domain, or register and delegate it", [f"dig +trace {evidence.domain} NS"])
        yield Hit(place, "DNS has no such domain", remedy)
    else:
        remedy = remedies.published(evidence, MOZILLA, _autoconfig_url(evidence))
        yield Hit(place, "the domain publishes no mail settings at all", remedy)


def missing_autoconfig(evidence: Evidence) -> Iterator[Hit]:
    if evidence.lacks((*TWINS.keys(), *TWINS.values())):
        url = _autoconfig_url(evidence)
        yield Hit(url, "no Mozilla autoconfig", remedies.published(evidence, MOZILLA, url))


def missing_autodiscover(evidence: Evidence) -> Iterator[Hit]:
    """Where a back-off host waits for whoever finds none, that is told instead."""
    if evidence.lacks(["autodiscover"]) and not any(back_off(evidence)):
        url = f"https://autodiscover.{evidence.domain}/autodiscover/autodiscover.xml"
        yield Hit(url, "no Outlook autodiscover", remedies.published(evidence, OUTLOOK, url))


def missing_pacc(evidence: Evidence) -> Iterator[Hit]:
    if evidence.lacks(["pacc"]) and not pacc_texts(evidence):
        url = f"https://{pacc.HOST}.{evidence.domain}/.well-known/user-agent-configuration.json"
        remedy = f"{remedies.published(evidence, PACC, url)}\n{remedies.records(evidence, [pacc.RECORD])}"
        yield Hit(url, "no PACC document", remedy)


def _autoconfig_url(evidence: Evidence) -> str:
    return f"https://autoconfig.{evidence.domain}/mail/config-v1.1.xml"
