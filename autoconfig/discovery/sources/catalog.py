"""The local catalog: definitions that came with the program or were given to it. Asks nobody."""

from __future__ import annotations

from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Outcome, Trust
from autoconfig.discovery.trust import Verdict

_VERDICT = Verdict(Trust.SECURE, ("the local catalog, which nobody between can change",))


def ask(inquiry: Inquiry) -> Found:
    with inquiry.trace.step(inquiry.source, inquiry.domain) as step:
        provider = inquiry.means.catalog.find(inquiry.domain)
        if provider is None:
            raise MissedError(Outcome.NOTHING, "no provider of that domain")
        step.detail = f"provider {provider.id}"
        step.trust = _VERDICT.trust
        return Found(provider=provider, verdict=_VERDICT)
