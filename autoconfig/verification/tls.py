"""TLS: contexts that verify, what a connection agreed on, and why a handshake failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from time import time
from typing import Any

from autoconfig.verification.faults import Fault, Stop, finding
from autoconfig.verification.report import Finding, Tls

_DAY = 86400
_SOON = 14  # days: renewal by itself begins at 30
_SOON_SHARE = 0.2  # of the lifetime, for certificates that live for days only

_CERTIFICATE_FAULTS = {
    9: Fault.CERTIFICATE_NOT_YET_VALID,
    10: Fault.CERTIFICATE_EXPIRED,
    18: Fault.CERTIFICATE_SELF_SIGNED,
    19: Fault.CERTIFICATE_UNTRUSTED,
    20: Fault.CERTIFICATE_UNTRUSTED,
    21: Fault.CERTIFICATE_UNTRUSTED,
    62: Fault.CERTIFICATE_OF_OTHER_HOST,
    64: Fault.CERTIFICATE_OF_OTHER_HOST,
    66: Fault.CERTIFICATE_WEAK,
    67: Fault.CERTIFICATE_WEAK,
    68: Fault.CERTIFICATE_WEAK,
}
"""OpenSSL's numbers (X509_V_ERR in x509_vfy.h)."""

_HANDSHAKE_FAULTS = {
    "WRONG_VERSION_NUMBER": Fault.TLS_ABSENT,
    "UNKNOWN_PROTOCOL": Fault.TLS_ABSENT,
    "HTTP_REQUEST": Fault.TLS_ABSENT,
    "PACKET_LENGTH_TOO_LONG": Fault.TLS_ABSENT,
    "RECORD_LAYER_FAILURE": Fault.TLS_ABSENT,
    "UNSUPPORTED_PROTOCOL": Fault.TLS_TOO_OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": Fault.TLS_TOO_OLD,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": Fault.TLS_TOO_OLD,
    "DH_KEY_TOO_SMALL": Fault.TLS_TOO_OLD,
}
"""Reasons in OpenSSL's words; a handshake failure means that there is no cipher in common."""

_TEXTS = {
    Fault.TLS_ABSENT: "what answers speaks no TLS",
    Fault.TLS_TOO_OLD: "the server offers only TLS that is too old or too weak",
}


class CertificateStop(Stop):
    """A certificate was refused; the server may still be asked what it offers, without believing it."""


@cache
def verifying(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies certificates and host names; made once, as reading the authorities takes a while.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    from certifi import where

    return ssl.create_default_context(cafile=ca_file or where())


@cache
def unverifying() -> ssl.SSLContext:
    """A context that believes everybody: to look further at a server that was refused, never to log in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def describe(connection: ssl.SSLSocket) -> Tls:
    """What both sides agreed on, and the certificate if it was verified."""
    cipher = connection.cipher()
    trusted = connection.context.verify_mode is ssl.CERT_REQUIRED
    certificate = (connection.getpeercert() or {}) if trusted else {}
    return Tls(
        version=connection.version() or "",
        cipher=cipher[0] if cipher else "",
        trusted=trusted,
        issuer=_issuer(certificate) if trusted else None,
        days_left=int((_moment(certificate, "notAfter") - time()) // _DAY) if trusted else None,
        days_valid=int(_moment(certificate, "notAfter") - _moment(certificate, "notBefore")) // _DAY
        if trusted
        else None,
    )


def findings(tls: Tls) -> Iterator[Finding]:
    """What is weak about a connection that came about."""
    if tls.days_left is None or tls.days_valid is None:
        return
    if tls.days_left < min(_SOON, tls.days_valid * _SOON_SHARE):
        yield finding(Fault.CERTIFICATE_EXPIRES_SOON, f"the certificate expires in {tls.days_left} days")


def refusal(error: ssl.SSLError, host: str) -> Stop:
    """Why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        fault = _CERTIFICATE_FAULTS.get(error.verify_code, Fault.CERTIFICATE_INVALID)
        return CertificateStop(fault, f"the certificate for {host} is refused: {error.verify_message}")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Stop(Fault.CLOSED, "the server hung up in the TLS handshake")
    reason = error.reason or str(error)
    fault = _HANDSHAKE_FAULTS.get(reason, Fault.TLS_FAILED)
    return Stop(fault, f"{_TEXTS.get(fault, 'the TLS handshake failed')} ({reason.lower().replace('_', ' ')})")


def _issuer(certificate: Mapping[str, Any]) -> str:
    names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "")


def _moment(certificate: Mapping[str, Any], field: str) -> float:
    return ssl.cert_time_to_seconds(certificate[field])
