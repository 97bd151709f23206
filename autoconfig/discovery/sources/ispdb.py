"""A provider database, such as Thunderbird's ISPDB: step 2.1 of draft-ietf-mailmaint-autoconfig."""

from __future__ import annotations

from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Trust
from autoconfig.discovery.trust import Verdict

VERDICT = Verdict(Trust.THIRD_PARTY, ("the word of a provider database, not of the mail domain",))


def ask(inquiry: Inquiry) -> Found:
    return inquiry.mozilla(database_url(inquiry, inquiry.domain), VERDICT)


def database_url(inquiry: Inquiry, domain: str) -> str:
    """The URL of a domain in the database."""
    return f"{inquiry.means.ispdb.removesuffix('/')}/{domain}"
