"""One discovery: asks the sources and ranks what they say, by trust and then by the order of the sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic

from autoconfig.address import Address
from autoconfig.catalog import Catalog, bundled
from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import OptionError
from autoconfig.discovery.http import Fetcher, OnFetch
from autoconfig.discovery.inquiry import Found, Inquiry, Means, attempt
from autoconfig.discovery.judgement import disagreements, findings, to_confirm
from autoconfig.discovery.names import Names
from autoconfig.discovery.results import Candidate, Discovery, Outcome, Step, Trust
from autoconfig.discovery.runner import Task, best_first
from autoconfig.discovery.sources import ALL, SOURCES, Source
from autoconfig.discovery.trace import OnStep, Trace
from autoconfig.dns.records import Resolver
from autoconfig.domains import load_suffixes

ISPDB = "https://v1.ispdb.net/"
SECONDS = 10.0
_LOOK_UPS = 256  # at a time; one address alone has about 25 in its first moment


class Search:
    """How addresses are looked up: the options of `autoconfig.discover`, made ready. Safe to share between threads.

    `more_sources` are asked beside the named ones, and `on_fetch` is told of every document that was asked for.
    """

    def __init__(
        self,
        *,
        resolver: Resolver | None = None,
        catalog: Catalog | None = None,
        ispdb: str = ISPDB,
        sources: Iterable[str] = ALL,
        deadline: float = SECONDS,
        allow_private: bool = True,
        ca_file: str | None = None,
        send_address: bool = False,
        allow_http: bool = True,
        proxies: Mapping[str, str] | None = None,
        ports: Mapping[int, int] | None = None,
        wait_for_all: bool = False,
        on_step: OnStep | None = None,
        more_sources: Iterable[Source] = (),
        on_fetch: OnFetch | None = None,
    ) -> None:
        load_suffixes()  # not in the time of the first address
        self.seconds = deadline
        self._sources = (*_named(sources), *more_sources)
        self._wait_for_all = wait_for_all
        self._on_step = on_step
        names = Names(resolver or Resolver(workers=_LOOK_UPS))
        fetcher = Fetcher(
            names.addresses,
            allow_http=allow_http,
            allow_private=allow_private,
            ca_file=ca_file,
            proxies=proxies,
            ports=ports,
            on_fetch=on_fetch,
        )
        catalog = bundled() if catalog is None else catalog
        self._means = Means(names, fetcher, catalog, ispdb, send_address, wait_for_all)

    def __call__(self, address: Address, deadline: Deadline) -> Discovery:
        """Look an address up within a deadline."""
        start = monotonic()
        trace = Trace(self._on_step)
        candidates = self._candidates(address, trace, deadline)
        steps = trace.close(Outcome.TIMEOUT if deadline.has_passed else Outcome.CANCELLED)
        return Discovery(
            address=str(address),
            candidates=candidates,
            trace=steps,
            warnings=(*disagreements(candidates), *_suspicions(candidates, steps)),
            elapsed=monotonic() - start,
        )

    def _candidates(self, address: Address, trace: Trace, deadline: Deadline) -> tuple[Candidate, ...]:
        """What needs no network is asked first: a domain in the catalog is nobody else's business."""
        candidates: list[Candidate] = []
        for is_local in (True, False):
            tasks = [
                Task(
                    partial(_ask, source, Inquiry(source.name, address, self._means, trace, deadline)),
                    source.best_trust.grade,
                )
                for source in self._sources
                if source.is_local is is_local
            ]
            candidates += best_first(tasks, _grade, deadline, wait_for_all=self._wait_for_all)
            if candidates and not self._wait_for_all:
                break
        return tuple(sorted(candidates, key=_grade))


def _named(names: Iterable[str]) -> tuple[Source, ...]:
    """The sources of these names, in order of priority."""
    chosen = set(names)
    unknown = chosen.difference(ALL)
    if unknown:
        raise OptionError(f"unknown sources {', '.join(sorted(unknown))}; allowed: {', '.join(ALL)}")
    return tuple(source for source in SOURCES if source.name in chosen)


def _ask(source: Source, inquiry: Inquiry, deadline: Deadline) -> Candidate | None:
    found = attempt(source.ask, inquiry, deadline)
    return _judged(found, source.name, inquiry.address) if found is not None else None


def _judged(found: Found, source: str, address: Address) -> Candidate:
    provider = found.provider.for_address(address)
    return Candidate(
        provider=provider,
        source=source,
        trust=found.verdict.trust,
        reasons=found.verdict.reasons,
        confirm=to_confirm(provider, address),
        findings=(*found.findings, *findings(found.provider, address, found.asked_domains or (address.domain,))),
        ignored=found.ignored,
    )


def _grade(candidate: Candidate) -> int:
    return candidate.trust.grade


def _suspicions(candidates: Sequence[Candidate], steps: Sequence[Step]) -> Iterator[str]:
    best = candidates[0] if candidates else None
    if best is not None and best.trust is Trust.INSECURE:
        yield f"nothing more trustworthy than {best.source} answered: compare its servers with your provider's pages"
    for step in steps:
        if step.outcome is Outcome.WEB_PAGE and step.query.startswith("http://"):
            yield f"{step.query} gave a web page: a captive portal may stand between you and the internet"
