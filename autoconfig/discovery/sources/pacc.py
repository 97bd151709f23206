"""PACC (draft-ietf-mailmaint-pacc): a JSON document on the mail domain, whose digest stands in its DNS."""

from __future__ import annotations

from functools import partial

from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.formats import pacc

_PATH = "/.well-known/user-agent-configuration.json"


def ask(inquiry: Inquiry) -> Found:
    """The record comes first: hardly a domain has one, and the document counts for nothing without its digest."""
    records = inquiry.txt(f"{pacc.RECORD}.{inquiry.domain}")
    url = f"https://{pacc.HOST}.{inquiry.domain}{_PATH}"
    with inquiry.trace.step(inquiry.source, url) as step:
        reply = inquiry.means.fetcher.get(url, inquiry.deadline)
        return inquiry.found(step, reply, partial(pacc.read_verified, records=records.values))
