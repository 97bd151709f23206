"""Notices that there is no network at all, so that it is told once instead of for every server."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from autoconfig.model import Server
from autoconfig.verification.faults import Fault, finding
from autoconfig.verification.notes import Means
from autoconfig.verification.report import Report, ServerReport
from autoconfig.verification.server import examine

_ENOUGH = 4  # servers that no network leads to, while none was reached yet
_MANY_HOSTS = 20  # of which at least one exists


class Network:
    """Examines servers until it is clear that none can be reached. Safe to share between threads."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._lock = Lock()
        self._unreachable = 0
        self._was_there = False

    @property
    def is_down(self) -> bool:
        return not self._was_there and self._unreachable >= _ENOUGH

    def examine(self, server: Server) -> ServerReport:
        if self.is_down:
            reason = finding(Fault.NETWORK_UNREACHABLE, "not tried, as there is no way to other servers either")
            return ServerReport(server=server, field="", seconds=0.0, findings=(reason,))
        report = examine(server, "", self._means)
        with self._lock:
            if is_unreachable(report):
                self._unreachable += 1
            elif report.address is not None:
                self._was_there = True
        return report


def is_unreachable(report: ServerReport) -> bool:
    """Tell whether it was the network, or DNS as a whole, that kept a server from being examined."""
    return any(found.id == Fault.NETWORK_UNREACHABLE for found in report.findings)


def is_down(reports: Iterable[Report]) -> bool:
    """Tell whether no server at all could be reached for want of a network.

    Some networks without a way out answer every question with NXDOMAIN: where not one name of many is found, that is
    not the fault of the names.
    """
    tried = [server for report in reports for server in report.servers if not server.server.is_gap]
    found = {Fault(found.id) for server in tried for found in server.findings}
    hosts = {server.server.hostname for server in tried}
    if Fault.NAME_UNRESOLVED in found and len(hosts) < _MANY_HOSTS:
        return False
    return bool(tried) and all(is_unreachable(server) or _is_unresolved(server) for server in tried)


def _is_unresolved(report: ServerReport) -> bool:
    return any(found.id == Fault.NAME_UNRESOLVED for found in report.findings)
