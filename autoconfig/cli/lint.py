"""`autoconfig lint`: definitions checked by rules, the findings at file, line and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from autoconfig.catalog import bundled_path
from autoconfig.checks import LintFinding, PageCheck, lint
from autoconfig.cli.output import note, write_document
from autoconfig.verification import Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each finding, one a line.")
@click.option("--sarif", is_flag=True, help="Print a SARIF 2.1.0 document, as code hosts read it.")
@click.option("--online", is_flag=True, help="Fetch the pages for people too, and tell which are dead.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], as_json: bool, sarif: bool, online: bool) -> None:
    """Check definitions, in files or in folders of them; the bundled ones if left out.

    docs/lint.md tells the rules, and how a definition suppresses one with a reason. Exits with 1 if there is an error
    or a warning; notes tell what could be better.
    """
    if as_json and sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    findings = lint(paths or [bundled_path()], dead_pages=_online() if online else None)
    if sarif:
        from autoconfig.checks.sarif import render

        write_document(render(findings))
    elif as_json:
        _write_json(findings)
    else:
        _print(findings)
    ctx.exit(1 if any(_counts(finding) for finding in findings) else 0)


def _online() -> PageCheck:
    from autoconfig.checks.online import dead_pages

    return dead_pages


def _counts(finding: LintFinding) -> bool:
    return finding.suppressed is None and finding.severity is not Severity.NOTE


def _print(findings: Iterable[LintFinding]) -> None:
    numbers: Counter[str] = Counter()
    for finding in findings:
        if finding.suppressed is not None:
            numbers["suppressed"] += 1
            continue
        numbers[finding.severity] += 1
        severity = click.style(finding.severity, fg=_COLOURS[finding.severity])
        click.echo(f"{finding.place}: {severity}: {finding.text}; {finding.remedy} [{finding.rule}]")
    words = {"errors": Severity.ERROR, "warnings": Severity.WARNING, "notes": Severity.NOTE, "suppressed": "suppressed"}
    note(", ".join(f"{word}: {numbers[key]}" for word, key in words.items()))


def _write_json(findings: Iterable[LintFinding]) -> None:
    import msgspec

    for finding in findings:
        write_document(msgspec.json.encode(finding) + b"\n")
