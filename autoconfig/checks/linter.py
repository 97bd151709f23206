"""Runs the rules over definitions, and tells what does not hold with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from autoconfig.checks import suppressions, table
from autoconfig.checks.rule import Hit, Rule, Subject
from autoconfig.checks.suppressions import Suppression
from autoconfig.checks.table import RULES
from autoconfig.checks.texts import page_urls
from autoconfig.definitions import locate
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import Provider
from autoconfig.verification.report import Severity

_SUFFIXES = frozenset({".yaml", ".yml"})
PageCheck = Callable[[Iterable[str]], Mapping[str, str]]


class LintFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that does not hold somewhere. `line` and `column` count from 1, and are 0 for the file as a whole.

    `suppressed` is the reason that the definition gives for leaving it so, None without one.
    """

    path: str
    line: int
    column: int
    field: str
    rule: str
    severity: Severity
    text: str
    remedy: str
    suppressed: str | None = None

    @property
    def place(self) -> str:
        """File, line and column, as editors and compilers write them."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.text}; {self.remedy} [{self.rule}]"


class _Definition(msgspec.Struct, frozen=True):
    path: Path
    subject: Subject
    suppressed: Mapping[str, Suppression]


def lint(
    paths: Sequence[Path], *, today: date | None = None, dead_pages: PageCheck | None = None
) -> tuple[LintFinding, ...]:
    """Check definitions, in files or in folders of them, by every rule.

    Args:
        paths: files and folders.
        today: the day from which the age of sources counts.
        dead_pages: tells, for the rule `dead-page`, why pages cannot be fetched: `online.dead_pages` asks the network.

    Returns:
        what was found, suppressed or not, sorted by file and line.
    """
    day = today or date.today()
    findings: list[LintFinding] = []
    definitions: list[_Definition] = []
    for path in definition_files(paths):
        try:
            provider, suppressed = suppressions.read(path)
            definitions.append(_Definition(path, Subject(provider, day), suppressed))
        except DefinitionError as error:
            findings += map(_from_problem, error.problems)
    dead = dead_pages(_pages(definitions)) if dead_pages is not None else None
    for definition in definitions:
        findings += _lint_definition(definition, dead)
    return tuple(sorted(findings, key=lambda found: (found.path, found.line, found.column)))


def lint_provider(provider: Provider, *, today: date | None = None) -> Iterator[tuple[Rule, Hit]]:
    """Check a provider that need not be in a file; each rule with each place where it does not hold."""
    return _hits(Subject(provider, today or date.today()))


def definition_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files at paths, each once; of a folder its definitions in the order of their names."""
    seen: set[Path] = set()
    for path in paths:
        is_folder = path.is_dir()
        for file in sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES) if is_folder else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _pages(definitions: Iterable[_Definition]) -> list[str]:
    return [url for definition in definitions for _, url in page_urls(definition.subject)]


def _lint_definition(definition: _Definition, dead: Mapping[str, str] | None) -> Iterator[LintFinding]:
    hits = list(_hits(definition.subject))
    if dead is not None:
        pages = page_urls(definition.subject)
        hits += [(table.DEAD_PAGE, Hit(field, f"{url}: {dead[url]}")) for field, url in pages if url in dead]
    for rule, hit in hits:
        yield _from_hit(definition.path, rule, hit, definition.suppressed.get(rule.id))
    yield from _unused(definition, {rule.id for rule, _ in hits}, was_online=dead is not None)


def _hits(subject: Subject) -> Iterator[tuple[Rule, Hit]]:
    for rule in RULES:
        for hit in rule.check(subject):
            yield rule, hit


def _from_hit(path: Path, rule: Rule, hit: Hit, suppression: Suppression | None) -> LintFinding:
    line, column = locate(path, hit.field)
    return LintFinding(
        path=str(path),
        line=line,
        column=column,
        field=hit.field,
        rule=rule.id,
        severity=rule.severity,
        text=hit.text,
        remedy=rule.remedy,
        suppressed=suppression.reason if suppression is not None else None,
    )


def _from_problem(problem: Problem) -> LintFinding:
    rule = table.INVALID_DEFINITION
    allowed = f", allowed: {problem.allowed}" if problem.allowed else ""
    return LintFinding(
        path=problem.path,
        line=problem.line,
        column=problem.column,
        field=problem.field,
        rule=rule.id,
        severity=rule.severity,
        text=f"{problem.field}: found {problem.found}{allowed}" if problem.field else f"found {problem.found}{allowed}",
        remedy=problem.remedy,
    )


def _unused(definition: _Definition, hit: set[str], *, was_online: bool) -> Iterator[LintFinding]:
    rule = table.UNUSED_SUPPRESSION
    for id, suppression in definition.suppressed.items():
        if id in hit or (id == table.DEAD_PAGE.id and not was_online):
            continue
        yield LintFinding(
            path=str(definition.path),
            line=suppression.line,
            column=suppression.column,
            field=f"{suppressions.KEY}.{id}",
            rule=rule.id,
            severity=rule.severity,
            text=f"{id} has nothing to say here" if id in table.BY_ID else f"there is no rule {id!r}",
            remedy=rule.remedy,
        )
