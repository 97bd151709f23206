"""One server examined: the way that fits its type, every end of the talk turned into findings."""

from __future__ import annotations

from time import monotonic

from autoconfig.model import URL_TYPES, Server, ServerType
from autoconfig.verification import dialogue, https
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.notes import Means, Notes
from autoconfig.verification.report import ServerReport
from autoconfig.verification.tls import CertificateStop

_LEFT_OUT = frozenset({ServerType.XMPP})


def examine(server: Server, field: str, means: Means) -> ServerReport:
    """Examine a server within the timeout.

    Behind a certificate that is refused, the server is asked once more what it offers, without believing it and
    without a login, so that all that is wrong is told at once.
    """
    started = monotonic()
    notes = Notes(server, deadline=started + means.timeout)
    try:
        _talk(notes, means)
    except CertificateStop as refusal:
        notes = Notes(server, notes.deadline, trusting=True, findings=[refusal.finding])
        try:
            _talk(notes, means)
        except Stop as stop:
            notes.findings.append(stop.finding)
    except Stop as stop:
        notes.findings.append(stop.finding)
    return notes.report(field, started)


def _talk(notes: Notes, means: Means) -> None:
    server = notes.server
    if server.is_gap:
        notes.add(Fault.GAP, f"the definition names no host for this {server.type} server")
    elif server.type in _LEFT_OUT:
        notes.add(Fault.NOT_EXAMINED, f"{server.type} servers are not examined")
    elif "%EMAIL" in (server.hostname or server.url or ""):
        notes.add(Fault.PLACEHOLDER_HOST, f"{server.hostname or server.url} depends on the user's address")
    elif server.type in dialogue.DIALOGUES:
        dialogue.examine(notes, means)
    else:
        assert server.type in URL_TYPES
        https.examine(notes, means)
