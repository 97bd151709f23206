"""The audit of a live domain: what it publishes, compared with itself, with its definition and with its servers.

`audit` examines one domain, `audit_many` any number at once; docs/audit.md tells the rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoconfig.checks.audit.auditor import Audit, AuditFinding, audit, audit_many, mail_domain
    from autoconfig.checks.audit.table import BY_ID, RULES

__all__ = ["BY_ID", "RULES", "Audit", "AuditFinding", "audit", "audit_many", "mail_domain"]

_HOMES = {
    "auditor": ("Audit", "AuditFinding", "audit", "audit_many", "mail_domain"),
    "table": ("BY_ID", "RULES"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for (PEP 562): the page of rules needs no network."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'autoconfig.checks.audit' has no attribute {name!r}")
    return getattr(import_module(f"autoconfig.checks.audit.{_HOME_OF[name]}"), name)
