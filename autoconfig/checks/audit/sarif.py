"""Audits as SARIF 2.1.0 (OASIS): the places are URLs, names in DNS and servers instead of lines of files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from autoconfig.checks import sarif
from autoconfig.checks.audit.auditor import Audit, AuditFinding
from autoconfig.checks.audit.table import BY_ID

_URI = "-._~:/?#[]@!$&'()*+,;=%"
"""What a URL is made of beside letters and digits (RFC 3986, section 2)."""


def render(audits: Iterable[Audit]) -> bytes:
    """All findings of all audits as one document."""
    results = (_result(audit.domain, finding) for audit in audits for finding in audit.findings)
    return sarif.document("autoconfig audit", BY_ID, results)


def _result(domain: str, finding: AuditFinding) -> dict[str, Any]:
    """A place is a logical location of the domain's, and where it is a web page, one to be fetched too."""
    name = {"name": finding.place, "fullyQualifiedName": f"{domain} {finding.place}", "kind": "resource"}
    location: dict[str, Any] = {"logicalLocations": [name]}
    if finding.place.startswith(("https://", "http://")):
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(finding.place, safe=_URI)}}
    return sarif.result(finding.rule, finding.severity, f"{finding.text}\n{finding.remedy}", location)
