"""SRV records of the mail services (RFC 6186, RFC 8314): what `dns.fill` makes of a domain alone."""

from __future__ import annotations

from autoconfig.address import display_domain
from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.judgement import missing_part
from autoconfig.discovery.results import Finding, FindingKind, Outcome
from autoconfig.discovery.trust import of_records
from autoconfig.dns import CautionKind, Filled, GapReason, Origin, fill
from autoconfig.model import Provider

_TOLD_BY_TRUST = frozenset({CautionKind.UNSIGNED, CautionKind.OFF_DOMAIN})


def ask(inquiry: Inquiry) -> Found:
    domain = inquiry.domain
    with inquiry.trace.step(inquiry.source, f"SRV of the services of {domain}") as step:
        unknown = Provider(id=domain, name=display_domain(domain), domains=(domain,))
        filled = fill(unknown, inquiry.means.names.within(inquiry.deadline))
        _check(filled)
        records = dict.fromkeys(origin.record for origin in filled.provenance if origin.origin is Origin.DNS)
        step.detail = "; ".join(records)
        secure = all(origin.secure for origin in filled.provenance if origin.origin is Origin.DNS)
        verdict = of_records(f"SRV of {domain}", secure=secure)
        step.trust = verdict.trust
    cautions = (caution for caution in filled.warnings if caution.kind not in _TOLD_BY_TRUST)
    findings = tuple(Finding(FindingKind.SOURCE, "", str(caution)) for caution in cautions)
    return Found(provider=filled.provider, verdict=verdict, findings=findings)


def _check(filled: Filled) -> None:
    if missing_part(filled.provider) is None:
        return
    reasons = "; ".join(gap.message for gap in filled.gaps)
    if any(gap.reason is GapReason.NO_ANSWER for gap in filled.gaps):
        raise MissedError(Outcome.DNS_ERROR, reasons)
    raise MissedError(Outcome.INCOMPLETE if filled.provider.servers else Outcome.NOTHING, reasons)
