"""A TXT record `mailconf=URL` at the mail domain, which names a Mozilla autoconfig file."""

from __future__ import annotations

from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Outcome
from autoconfig.discovery.trust import of_records

_PREFIX = "mailconf="


def ask(inquiry: Inquiry) -> Found:
    """Only https is followed: whoever may write http into a record may write anything."""
    records = inquiry.txt(inquiry.domain)
    urls = (text.removeprefix(_PREFIX).strip() for text in records.values if text.startswith(_PREFIX))
    url = next((url for url in urls if url.startswith("https://")), None)
    if url is None:
        raise MissedError(Outcome.NOTHING, f"no {_PREFIX}https://... among its TXT records")
    return inquiry.mozilla(url, of_records(f"TXT {inquiry.domain}", secure=records.secure))
