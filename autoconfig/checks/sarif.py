"""Lint findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from autoconfig import __version__
from autoconfig.checks.linter import LintFinding
from autoconfig.checks.table import BY_ID
from autoconfig.verification.report import Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_INDEX = {id: index for index, id in enumerate(BY_ID)}


def render(findings: Iterable[LintFinding]) -> bytes:
    """The findings as one SARIF document; files in the current folder are named relative to it."""
    driver = {"name": "autoconfig lint", "version": __version__, "rules": [_rule(id) for id in BY_ID]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _rule(id: str) -> dict[str, Any]:
    rule = BY_ID[id]
    return {
        "id": id,
        "shortDescription": {"text": rule.text},
        "help": {"text": f"{rule.remedy}. Source: {rule.source}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: LintFinding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": finding.column}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.text}; {finding.remedy}"},
        "locations": [{"physicalLocation": place}],
    }
    if finding.suppressed is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    return result


def _uri(path: str) -> str:
    from urllib.parse import quote

    absolute = Path(path).resolve()
    folder = Path.cwd()
    if absolute.is_relative_to(folder):
        return quote(absolute.relative_to(folder).as_posix())
    return absolute.as_uri()
