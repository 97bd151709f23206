"""The pages docs/lint.md and docs/audit.md, written from the tables of rules.

python -m autoconfig.checks.page lint > docs/lint.md
python -m autoconfig.checks.page audit > docs/audit.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from autoconfig.checks import table
from autoconfig.checks.audit import table as audit_table
from autoconfig.checks.rule import Demand

Name = Literal["lint", "audit"]

_LINT_HEAD = """\
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
"""
_AUDIT_HEAD = """\
# Audit rules

`autoconfig audit DOMAIN...` asks every place where mail clients look for the settings of a domain, compares what they
say with each other and with the definition (of `--definitions`, else of the bundled catalog, if it holds the domain),
talks to the servers, and tells what does not hold by these rules. It exits with 1 if an error or a warning is found.
This page is written from the table of rules (`python -m autoconfig.checks.page audit > docs/audit.md`).

Errors come first, then warnings, then notes; within these, the order is that of the table: what exposes passwords, what
keeps clients out, what is missing. Each finding names the line that mends it: a record of the zone, a line of the
document, a setting of the web server (nginx) or of the mail server (Dovecot, Postfix). These lines are written from the
definition or, without one, from the most trustworthy source that answered. A fault is told once: a host that a wildcard
answers for is not also told to have the wrong certificate.

## What is asked

- Mozilla autoconfig at `autoconfig.DOMAIN` and at `DOMAIN/.well-known/`, by https and by http; the ISPDB; the provider
  of the MX host; a TXT record `mailconf=`.
- Outlook autodiscover at `DOMAIN`, `autodiscover.DOMAIN` and the host of its SRV record, by POST for the address
  `postmaster@DOMAIN`, which every domain has (RFC 5321, section 4.5.1); the redirect over http; version 2 by JSON.
- PACC at `ua-auto-config.DOMAIN`, with or without its TXT record; the Apple profile at `DOMAIN/DOMAIN.mobileconfig`.
- SRV records of all services, the aliases, and a random name beside them, which gives wildcards away.
- The servers of the definition or of the best source, and the targets of the SRV records, 32 at most. No mail is sent
  and nobody logs in.
"""
_PAGES: Mapping[Name, tuple[str, Iterable[Demand]]] = {
    "lint": (_LINT_HEAD, table.RULES),
    "audit": (_AUDIT_HEAD, audit_table.RULES),
}
_TABLE = """
## Rules

| rule | severity | demands |
|---|---|---|
"""


def render(name: Name = "lint") -> bytes:
    """A page, in Markdown."""
    head, rules = _PAGES[name]
    return (head + _TABLE + "\n".join(_lines(rules)) + "\n").encode()


def _lines(rules: Iterable[Demand]) -> Iterator[str]:
    for rule in rules:
        yield f"| [{rule.id}](#{rule.id}) | {rule.severity} | {_cell(rule.text)} |"
    for rule in rules:
        yield from _section(rule)


def _section(rule: Demand) -> Iterator[str]:
    yield f"\n### {rule.id}\n"
    yield f"{rule.text}\n"
    yield f"- Severity: {rule.severity}"
    yield f"- Source: {rule.source}"
    yield f"- Remedy: {rule.remedy}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.buffer.write(render("audit" if "audit" in sys.argv[1:] else "lint"))
