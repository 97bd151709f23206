"""Rules on how a definition's facts are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from autoconfig.checks.rule import Hit, Subject
from autoconfig.model import Status

_YEARS = 2


def no_sources(subject: Subject) -> Iterator[Hit]:
    if not subject.provider.sources:
        yield Hit("sources", "nothing says where the facts came from")


def old_sources(subject: Subject) -> Iterator[Hit]:
    dates = [source.checked for source in subject.provider.sources]
    if not dates:
        return
    newest = max(range(len(dates)), key=lambda index: dates[index])
    if dates[newest] < _years_before(subject.today)[: len(dates[newest])]:
        yield Hit(f"sources[{newest}].checked", f"last checked {dates[newest]}")


def unconfirmed(subject: Subject) -> Iterator[Hit]:
    if subject.provider.status is not Status.CONFIRMED:
        yield Hit("status", f"the definition is {subject.provider.status}")


def _years_before(day: date) -> str:
    """The same day two years ago; the 29th of February need not exist for a comparison of texts."""
    return f"{day.year - _YEARS:04}-{day.month:02}-{day.day:02}"
