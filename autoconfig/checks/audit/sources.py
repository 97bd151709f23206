"""What an audit asks beside the sources of discovery: places of which a client has no use that an audit has."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from autoconfig.discovery import ALL, Outcome, Source, Trust
from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry, note, readable
from autoconfig.discovery.sources.autoconfig import PATH
from autoconfig.formats import Reading, apple, autodiscover_json, pacc

NAMES = tuple(name for name in ALL if name not in {"catalog", "mx-catalog", "pacc"})
"""The sources of discovery that are asked. The catalog is what these are compared with."""


def _well_known_over_http(inquiry: Inquiry) -> Found:
    return inquiry.mozilla(f"http://{inquiry.domain}/.well-known/autoconfig{PATH}")


def _pacc(inquiry: Inquiry) -> Found:
    """The document whether or not a record names it, which discovery would not ask for."""
    url = f"https://{pacc.HOST}.{inquiry.domain}/.well-known/user-agent-configuration.json"
    with inquiry.trace.step(inquiry.source, url) as step:
        return inquiry.found(step, inquiry.means.fetcher.get(url, inquiry.deadline), pacc.read)


def _pointer(inquiry: Inquiry) -> Found:
    query = f"Email={quote(str(inquiry.address), safe='')}&Protocol=AutodiscoverV1"
    url = f"https://autodiscover.{inquiry.domain}/autodiscover/autodiscover.json?{query}"
    return _looked_at(inquiry, url, autodiscover_json.read)


def _profile(inquiry: Inquiry) -> Found:
    return _looked_at(inquiry, f"https://{inquiry.domain}/{inquiry.domain}.mobileconfig", apple.read)


def _looked_at(inquiry: Inquiry, url: str, read: Callable[[bytes], Reading]) -> Found:
    """Ask for a document of which it is enough that it can be read."""
    with inquiry.trace.step(inquiry.source, url) as step:
        reply = inquiry.means.fetcher.get(url, inquiry.deadline)
        note(step, reply)
        readable(reply.body, read)
    raise MissedError(Outcome.NOTHING)


MORE = (
    Source("autoconfig-1.2-http", _well_known_over_http, Trust.INSECURE),
    Source("pacc", _pacc, Trust.SECURE),
    Source("autodiscover-json", _pointer, Trust.SECURE),
    Source("profile", _profile, Trust.SECURE),
)
