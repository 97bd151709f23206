"""Checks: rules for definitions (`lint`), with the place of whatever does not hold and what to do about it."""

from __future__ import annotations

from autoconfig.checks.linter import LintFinding, PageCheck, lint, lint_provider
from autoconfig.checks.rule import Hit, Rule, Subject
from autoconfig.checks.table import BY_ID, RULES

__all__ = ["BY_ID", "RULES", "Hit", "LintFinding", "PageCheck", "Rule", "Subject", "lint", "lint_provider"]
