"""The ways to log in: what a server offers against what the definition declares, and a login if one was asked for."""

from __future__ import annotations

from collections.abc import Callable

from autoconfig.model import Authentication, ServerType
from autoconfig.verification import sasl
from autoconfig.verification.credentials import Credentials
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.notes import Notes
from autoconfig.verification.offer import Offer

_WITHOUT_AUTH = frozenset({Authentication.NONE, Authentication.CLIENT_IP_ADDRESS})


def compare(offer: Offer, notes: Notes) -> None:
    """Note where the offer of a server and its definition differ."""
    declared = notes.server.authentication
    if not offer.is_known:
        notes.add(Fault.AUTHENTICATION_UNKNOWN, "the server does not tell how clients may log in")
    elif notes.server.type is ServerType.SMTP and not offer.mechanisms:
        if not _WITHOUT_AUTH & set(declared):
            notes.add(
                Fault.SUBMISSION_WITHOUT_AUTH, "the server offers no AUTH: it takes mail for itself, or of anybody"
            )
    else:
        missing = [method for method in declared if not sasl.is_offered(method, offer.mechanisms, offer.native)]
        note_difference(declared, missing, offer.authentication, notes)


def note_difference(
    declared: tuple[Authentication, ...],
    missing: list[Authentication],
    offered: tuple[Authentication, ...],
    notes: Notes,
) -> None:
    """Note what is declared but missing, and what is offered but not declared."""
    told = f"the server offers {', '.join(offered) or 'no way to log in that is known'}"
    if missing:
        everything = len(missing) == len(declared)
        fault = Fault.AUTHENTICATION_MISSING if everything else Fault.AUTHENTICATION_PARTLY_MISSING
        notes.add(fault, f"{', '.join(missing)} is declared, but {told}")
    more = [method for method in offered if method not in declared and not _is_declared_by_mechanism(method, declared)]
    if more and declared:
        notes.add(Fault.AUTHENTICATION_UNDECLARED, f"the server offers {', '.join(more)} too")


def log_in(
    attempt: Callable[[Credentials, Offer], bool | None], credentials: Credentials, offer: Offer, notes: Notes
) -> None:
    """Try credentials over TLS that was verified, and nowhere else.

    Nothing of the server's answer is shown, as it may repeat what it was sent.
    """
    if notes.tls is None or not notes.tls.trusted:
        notes.add(Fault.LOGIN_NOT_TRIED, "the login was not tried, as the connection is not protected by verified TLS")
        return
    try:
        notes.logged_in = attempt(credentials, offer)
    except Stop as stop:
        raise Stop(stop.fault, "the server gave no proper answer to the login") from None
    if notes.logged_in is None:
        notes.add(Fault.LOGIN_NOT_TRIED, "the login was not tried, as the server takes no plain password")
    elif not notes.logged_in:
        notes.add(Fault.LOGIN_REFUSED, "the server refuses the login")


def _is_declared_by_mechanism(method: Authentication, declared: tuple[Authentication, ...]) -> bool:
    return any(sasl.word(name.removeprefix("SASL ")) is method for name in declared if name.startswith("SASL "))
