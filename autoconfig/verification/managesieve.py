"""ManageSieve (RFC 5804): it greets with what it offers, and does so again as soon as TLS is on."""

from __future__ import annotations

import re

from autoconfig.verification.credentials import Credentials, plain
from autoconfig.verification.faults import Fault, Stop, shown
from autoconfig.verification.offer import Offer
from autoconfig.verification.stream import Stream

_CAPABILITY = re.compile(rb'"([^"\\]*)"(?: "((?:[^"\\]|\\.)*)")?\Z')
_STATUS = re.compile(rb"(OK|NO|BYE)(?=[ (]|\Z)", re.IGNORECASE)


class ManageSieve:
    """A talk in ManageSieve."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._greeting: dict[str, str] | None = None

    def greet(self) -> None:
        self._greeting = self._read_capabilities()

    def offer(self) -> Offer:
        found = self._greeting if self._greeting is not None else self._read_capabilities()
        return Offer(
            capabilities=tuple(f"{name} {value}".rstrip() for name, value in found.items()),
            mechanisms=tuple(found.get("SASL", "").upper().split()),
            starttls="STARTTLS" in found,
        )

    def start_tls(self) -> bool:
        self._greeting = None
        self._stream.send(b"STARTTLS\r\n", "the answer to STARTTLS")
        return self._status(self._stream.read_line()) == b"OK"

    def log_in(self, credentials: Credentials, offer: Offer) -> bool | None:
        """Whether the credentials are taken; None where no way of the offer fits."""
        if "PLAIN" not in offer.mechanisms:
            return None
        self._stream.send(b'AUTHENTICATE "PLAIN" "%s"\r\n' % plain(credentials), "the answer to AUTHENTICATE")
        return self._status(self._stream.read_line()) == b"OK"

    def quit(self) -> None:
        self._stream.send(b"LOGOUT\r\n", "the answer to LOGOUT")

    def _read_capabilities(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while match := _CAPABILITY.match(line := self._stream.read_line()):
            found[match[1].decode("ascii", "replace").upper()] = (match[2] or b"").decode("utf-8", "replace")
        status = self._status(line)
        if status != b"OK":
            raise Stop(Fault.TURNED_AWAY, f"the server greets with {shown(line)}")
        if "SIEVE" not in found and "SASL" not in found:
            raise Stop(Fault.WRONG_PROTOCOL, "the greeting names no capability that ManageSieve requires")
        return found

    def _status(self, line: bytes) -> bytes:
        match = _STATUS.match(line)
        if match is None:
            raise Stop(Fault.WRONG_PROTOCOL, f"expected {self._stream.awaited} of ManageSieve, got {shown(line)}")
        return match[1].upper()
