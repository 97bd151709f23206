"""Outlook autodiscover (POX): asked by POST with the address, without credentials, at the places where Outlook asks.

Source: Microsoft's "Autodiscover for Exchange", and MS-OXDSCLI. An answer may redirect to another URL or another
address; of all such redirects of one inquiry no more than 10 are followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from autoconfig.address import Address
from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry, note
from autoconfig.discovery.results import Outcome, Trust
from autoconfig.discovery.trust import Verdict, of_records, of_urls
from autoconfig.errors import ParseError
from autoconfig.formats import outlook
from autoconfig.formats.outlook_requests import (
    MOST_REDIRECTS,
    Answer,
    MobileSync,
    RedirectToAddress,
    RedirectToUrl,
    Refusal,
    parse_answer,
    render_request,
)

_PATH = "/autodiscover/autodiscover.xml"
_MEDIA_TYPE = "text/xml; charset=utf-8"


@dataclass(frozen=True)
class _Question:
    """The address that is asked for by now, the trust of what led there, and the redirects left for all threads."""

    address: Address
    links: tuple[Verdict, ...]
    redirects: Iterator[int]


def ask(inquiry: Inquiry) -> Found:
    return _ask_domain(inquiry, _Question(inquiry.address, (), iter(range(MOST_REDIRECTS))))


def _ask_domain(inquiry: Inquiry, question: _Question) -> Found:
    domain = question.address.domain
    return inquiry.first_of(
        [
            (partial(_post, url=f"https://{domain}{_PATH}", question=question), Trust.SECURE),
            (partial(_post, url=f"https://autodiscover.{domain}{_PATH}", question=question), Trust.SECURE),
            (partial(_by_record, question=question), Trust.SECURE),
            (partial(_by_http, question=question), Trust.INSECURE),
        ]
    )


def _by_record(inquiry: Inquiry, *, question: _Question) -> Found:
    """The SRV record names a host only: Outlook asks it on port 443, whatever port it says."""
    name = f"_autodiscover._tcp.{question.address.domain}"
    records = inquiry.srv(name)
    link = of_records(f"SRV {name}", secure=records.secure)
    return _post(inquiry, url=f"https://{records.values[0].target}{_PATH}", question=_led(question, link))


def _by_http(inquiry: Inquiry, *, question: _Question) -> Found:
    """http is asked for a redirect only, without the address, which then goes to an https URL."""
    url = f"http://autodiscover.{question.address.domain}{_PATH}"
    with inquiry.trace.step(inquiry.source, url) as step:
        target = inquiry.means.fetcher.redirect_of(url, inquiry.deadline)
        if not target.startswith("https://"):
            raise MissedError(Outcome.REFUSED, f"redirect to {target}, expected https")
        step.detail = f"redirects to {target}"
        step.trust = Trust.INSECURE
    return _post(inquiry, url=target, question=_led(question, of_urls([url], inquiry.domain)))


def _post(inquiry: Inquiry, *, url: str, question: _Question) -> Found:
    with inquiry.trace.step(inquiry.source, url) as step:
        reply = inquiry.means.fetcher.post(url, render_request(question.address), _MEDIA_TYPE, inquiry.deadline)
        answer = _without_settings(reply.body)
        if answer is None:
            found = inquiry.found(step, reply, outlook.read, *question.links)
            return msgspec.structs.replace(found, provider=found.provider.for_address(question.address))
        note(step, reply)
        question = _led(question, of_urls(reply.urls, inquiry.domain))
        step.trust = question.links[-1].trust
        match answer:
            case Refusal():
                raise MissedError(Outcome.NOTHING, f"error {answer.code}: {answer.message}")
            case MobileSync():
                raise MissedError(Outcome.INCOMPLETE, "it names an ActiveSync server only")
            case RedirectToUrl():
                step.detail = f"redirects to {answer.url}"
            case RedirectToAddress():
                step.detail = f"redirects to {answer.address}"
    if next(question.redirects, None) is None:
        raise MissedError(Outcome.REFUSED, f"more than {MOST_REDIRECTS} redirects")
    if isinstance(answer, RedirectToUrl):
        return _post(inquiry, url=answer.url, question=question)
    return _ask_domain(inquiry, replace(question, address=answer.address))


def _without_settings(body: bytes) -> Answer | None:
    """A redirect or an error; None of everything else, settings among it."""
    try:
        return parse_answer(body)
    except ParseError:
        return None


def _led(question: _Question, link: Verdict) -> _Question:
    return replace(question, links=(*question.links, link))
