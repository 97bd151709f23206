"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from autoconfig import __version__
from autoconfig.checks.linter import LintFinding
from autoconfig.checks.rule import Demand
from autoconfig.checks.table import BY_ID
from autoconfig.verification.report import Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(findings: Iterable[LintFinding]) -> bytes:
    """Lint findings as one document; files in the current folder are named relative to it."""
    return document("autoconfig lint", BY_ID, map(_lint_result, findings))


def document(tool: str, rules: Mapping[str, Demand], results: Iterable[Mapping[str, Any]]) -> bytes:
    """One run of a tool by its rules, and its results."""
    driver = {"name": tool, "version": __version__, "rules": [_rule(rule) for rule in rules.values()]}
    index = {id: number for number, id in enumerate(rules)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [{**result, "ruleIndex": index[result["ruleId"]]} for result in results],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def result(rule: str, severity: Severity, text: str, location: Mapping[str, Any]) -> dict[str, Any]:
    """A result: which rule speaks, how loudly, what it says, and of what place."""
    return {"ruleId": rule, "level": _LEVELS[severity], "message": {"text": text}, "locations": [location]}


def _rule(rule: Demand) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.text},
        "help": {"text": f"{rule.remedy}. Source: {rule.source}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _lint_result(finding: LintFinding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": finding.column}
    said = result(finding.rule, finding.severity, f"{finding.text}; {finding.remedy}", {"physicalLocation": place})
    if finding.suppressed is not None:
        said["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    return said


def _uri(path: str) -> str:
    from urllib.parse import quote

    absolute = Path(path).resolve()
    folder = Path.cwd()
    if absolute.is_relative_to(folder):
        return quote(absolute.relative_to(folder).as_posix())
    return absolute.as_uri()
