"""What a source asks with: documents over HTTP and records from DNS, each a step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import msgspec

from autoconfig.address import Address
from autoconfig.catalog import Catalog
from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.http import Fetcher, Reply
from autoconfig.discovery.judgement import missing_part
from autoconfig.discovery.names import Names, Records
from autoconfig.discovery.results import Finding, Outcome, Trust
from autoconfig.discovery.runner import Task, best_first
from autoconfig.discovery.trace import OpenStep, Trace
from autoconfig.discovery.trust import Verdict, of_records, of_urls, weakest
from autoconfig.dns.answers import Srv
from autoconfig.errors import ParseError
from autoconfig.formats import Reading, mozilla
from autoconfig.model import Provider

Value = TypeVar("Value")

_PAGE_STARTS = (b"<!doctype html", b"<html")
_LONGEST_DETAIL = 300
_LONGEST_PROLOGUE = 1024  # bytes in which the start of a web page is looked for


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a source answers. `asked_domains` are those that it was asked about, if not the mail domain."""

    provider: Provider
    verdict: Verdict
    asked_domains: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Means:
    """What every discovery of a batch shares."""

    names: Names
    fetcher: Fetcher
    catalog: Catalog
    ispdb: str
    send_address: bool
    wait_for_all: bool = False


@dataclass(frozen=True)
class Inquiry:
    """One source's inquiry about one address. Whatever finds nothing raises `MissedError`."""

    source: str
    address: Address
    means: Means
    trace: Trace
    deadline: Deadline

    @property
    def domain(self) -> str:
        return self.address.domain

    def mx(self) -> Records[str]:
        """The hosts that take the domain's mail, the best first."""
        return self._records("MX", self.domain, self.means.names.mx)

    def txt(self, name: str) -> Records[str]:
        """The texts at a name."""
        return self._records("TXT", name, self.means.names.txt)

    def srv(self, name: str) -> Records[Srv]:
        """Where a service is, the best place first."""
        return self._records("SRV", name, self.means.names.srv)

    def _records(self, type: str, name: str, look_up: Callable[[str, Deadline], Records[Value]]) -> Records[Value]:
        with self.trace.step(self.source, f"{type} {name}") as step:
            records = look_up(name, self.deadline)
            step.detail = ", ".join(map(str, records.values))[:_LONGEST_DETAIL]
            step.trust = of_records(step.query, secure=records.secure).trust
            return records

    def mozilla(self, url: str, *links: Verdict, asked_domains: tuple[str, ...] = ()) -> Found:
        """Read a Mozilla autoconfig file; `links` are the trust of what led to its URL."""
        with self.trace.step(self.source, url) as step:
            reply = self.means.fetcher.get(url, self.deadline)
            return self.found(step, reply, mozilla.read, *links, asked_domains=asked_domains)

    def found(
        self,
        step: OpenStep,
        reply: Reply,
        read: Callable[[bytes], Reading],
        *links: Verdict,
        asked_domains: tuple[str, ...] = (),
    ) -> Found:
        """Read a document that makes an account, and judge its trust by the way that it came."""
        note(step, reply)
        reading = readable(reply.body, read)
        lacks = missing_part(reading.provider)
        if lacks is not None:
            raise MissedError(Outcome.INCOMPLETE, f"it names no {lacks} that could be used")
        verdict = weakest([of_urls(reply.urls, self.domain), *links])
        step.trust = verdict.trust
        return Found(provider=reading.provider, verdict=verdict, asked_domains=asked_domains, ignored=reading.ignored)

    def first_of(self, ways: Sequence[tuple[Callable[[Inquiry], Found], Trust]]) -> Found:
        """Try several ways at once, each with the best trust that it can give; the best answer counts.

        The others are left off when it is there, unless all are to be asked to their end.
        """
        tasks = [Task(partial(attempt, ask, self), best.grade) for ask, best in ways]
        found = best_first(tasks, grade, self.deadline, wait_for_all=self.means.wait_for_all)
        if not found:
            raise MissedError(Outcome.NOTHING)
        return found[0]


def attempt(ask: Callable[[Inquiry], Found], inquiry: Inquiry, deadline: Deadline) -> Found | None:
    """Ask within a deadline of its own; a miss, which the trace tells of, is None."""
    try:
        return ask(replace(inquiry, deadline=deadline))
    except MissedError:
        return None


def grade(found: Found) -> int:
    """0 for the most trusted."""
    return found.verdict.trust.grade


def note(step: OpenStep, reply: Reply) -> None:
    """Note the size of a document and the redirects to it."""
    step.size = len(reply.body)
    if len(reply.urls) > 1:
        step.detail = f"redirected to {' and '.join(reply.urls[1:])}"


def readable(body: bytes, read: Callable[[bytes], Reading]) -> Reading:
    """Read a document, telling a web page, as captive portals and careless servers send, from a broken file."""
    try:
        return read(body)
    except ParseError as error:
        start = body[:_LONGEST_PROLOGUE].lower()
        if any(mark in start for mark in _PAGE_STARTS):
            raise MissedError(Outcome.WEB_PAGE, "a web page, perhaps of a captive portal") from error
        raise MissedError(Outcome.UNREADABLE, str(error)) from error
