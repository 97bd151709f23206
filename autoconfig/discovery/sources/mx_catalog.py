"""The catalog's provider to whose `mx_domains` the mail domain's best MX host belongs."""

from __future__ import annotations

from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Outcome, Trust
from autoconfig.discovery.trust import Verdict


def ask(inquiry: Inquiry) -> Found:
    host = inquiry.mx().values[0]
    with inquiry.trace.step(inquiry.source, host) as step:
        provider = inquiry.means.catalog.find_by_mx(host)
        if provider is None:
            raise MissedError(Outcome.NOTHING, "no provider has it among its MX domains")
        step.detail = f"provider {provider.id}"
        step.trust = Trust.THIRD_PARTY
    verdict = Verdict(Trust.THIRD_PARTY, (f"the catalog's provider of the MX host {host}",))
    return Found(provider=provider, verdict=verdict, asked_domains=(inquiry.domain, *provider.mx_domains))
