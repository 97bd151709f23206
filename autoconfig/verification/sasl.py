"""SASL mechanisms (IANA's registry) in the words of Mozilla autoconfig."""

from __future__ import annotations

from collections.abc import Iterable

from autoconfig.model import Authentication

_WORDS = {
    "PLAIN": Authentication.PASSWORD_CLEARTEXT,
    "LOGIN": Authentication.PASSWORD_CLEARTEXT,
    "CRAM-MD5": Authentication.PASSWORD_ENCRYPTED,
    "DIGEST-MD5": Authentication.PASSWORD_ENCRYPTED,
    "NTLM": Authentication.NTLM,
    "GSSAPI": Authentication.GSSAPI,
    "GSS-SPNEGO": Authentication.GSSAPI,
    "GS2-KRB5": Authentication.GSSAPI,
    "GS2-KRB5-PLUS": Authentication.GSSAPI,
    "XOAUTH2": Authentication.OAUTH2,
    "OAUTHBEARER": Authentication.OAUTH2,
    "EXTERNAL": Authentication.TLS_CLIENT_CERT,
}
_SASL = "SASL "
_NOT_ANNOUNCED = frozenset(
    {
        Authentication.NONE,
        Authentication.CLIENT_IP_ADDRESS,
        Authentication.TLS_CLIENT_CERT,
        Authentication.SASL_EXTERNAL,
    }
)
"""What a server need not announce: it asks nothing, looks at the client's address, or waits for its certificate."""


def word(mechanism: str) -> Authentication | None:
    """The Mozilla word for a mechanism, or None for one that mail clients do not choose by name."""
    name = mechanism.upper()
    if name.startswith("SCRAM-"):
        return Authentication.PASSWORD_ENCRYPTED
    return _WORDS.get(name)


def words(mechanisms: Iterable[str]) -> tuple[Authentication, ...]:
    """The Mozilla words for mechanisms, each once, in the order of the mechanisms."""
    return tuple(dict.fromkeys(known for mechanism in mechanisms if (known := word(mechanism)) is not None))


def is_offered(declared: Authentication, mechanisms: Iterable[str], otherwise: Iterable[Authentication] = ()) -> bool:
    """Tell whether a declared way to log in is among mechanisms, or among ways outside SASL."""
    if declared in _NOT_ANNOUNCED:
        return True
    names = [mechanism.upper() for mechanism in mechanisms]
    if declared.startswith(_SASL):
        return declared.removeprefix(_SASL) in names
    return declared in words(names) or declared in tuple(otherwise)
