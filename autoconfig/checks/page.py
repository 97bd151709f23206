"""The page docs/lint.md, written from the table of rules.

python -m autoconfig.checks.page > docs/lint.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from autoconfig.checks.rule import Rule
from autoconfig.checks.table import RULES

_HEAD = """\
# Lint rules

`autoconfig lint [PATH]...` checks definitions by these rules, and exits with 1 if an error or a warning is found. Notes
tell what could be better, and may well stay. This page is written from the table of rules
(`python -m autoconfig.checks.page > docs/lint.md`).

## Suppression

What is known and cannot be mended is suppressed in the definition itself, with the reason:

```yaml
lint:
  starttls-only: the provider offers nothing else; asked in 2026-03
```

`--json` and `--sarif` still list what is suppressed, with the reason.

## Rules

| rule | severity | demands |
|---|---|---|
"""


def render() -> bytes:
    """The page, in Markdown."""
    return (_HEAD + "\n".join(_lines()) + "\n").encode()


def _lines() -> Iterator[str]:
    for rule in RULES:
        yield f"| [{rule.id}](#{rule.id}) | {rule.severity} | {_cell(rule.text)} |"
    for rule in RULES:
        yield from _section(rule)


def _section(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.id}\n"
    yield f"{rule.text}\n"
    yield f"- Severity: {rule.severity}"
    yield f"- Source: {rule.source}"
    yield f"- Remedy: {rule.remedy}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.buffer.write(render())
