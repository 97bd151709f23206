"""Verification: talks with the servers of a provider, and compares what they say with its definition.

`verify` examines one provider, `verify_many` any number at once; `FAULTS` holds every kind of finding.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoconfig.verification.faults import FAULTS, Fault
    from autoconfig.verification.network import is_down
    from autoconfig.verification.report import Finding, Report, ServerReport, Severity, Tls
    from autoconfig.verification.run import verify, verify_many

__all__ = [
    "FAULTS",
    "Fault",
    "Finding",
    "Report",
    "ServerReport",
    "Severity",
    "Tls",
    "is_down",
    "verify",
    "verify_many",
]

_HOMES = {
    "faults": ("FAULTS", "Fault"),
    "network": ("is_down",),
    "report": ("Finding", "Report", "ServerReport", "Severity", "Tls"),
    "run": ("verify", "verify_many"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for (PEP 562): who only reads reports does not pay for DNS and TLS."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'autoconfig.verification' has no attribute {name!r}")
    return getattr(import_module(f"autoconfig.verification.{_HOME_OF[name]}"), name)
