"""POP3 (RFC 1939; CAPA of RFC 2449, STLS of RFC 2595, SASL of RFC 5034)."""

from __future__ import annotations

import re

from autoconfig.model import Authentication
from autoconfig.verification.credentials import Credentials, plain
from autoconfig.verification.faults import Fault, Stop, shown
from autoconfig.verification.offer import Offer
from autoconfig.verification.stream import Stream

_APOP_STAMP = re.compile(rb"<[^<>\s]+@[^<>\s]+>")


class Pop3:
    """A talk in POP3."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._offers_apop = False

    def greet(self) -> None:
        line = self._stream.read_line()
        if line.upper().startswith(b"-ERR"):
            raise Stop(Fault.TURNED_AWAY, f"the server greets with {shown(line)}")
        if not line.upper().startswith(b"+OK"):
            raise Stop(Fault.WRONG_PROTOCOL, f"expected a POP3 greeting, got {shown(line)}")
        self._offers_apop = _APOP_STAMP.search(line) is not None

    def offer(self) -> Offer:
        apop = (Authentication.PASSWORD_ENCRYPTED,) if self._offers_apop else ()
        if not self._ask(b"CAPA"):
            return Offer(native=apop, is_known=False)
        capabilities: list[str] = []
        while (line := self._stream.read_line()) != b".":
            capabilities.append(line.decode("ascii", "replace").upper())
        words = [capability.split() for capability in capabilities]
        return Offer(
            capabilities=tuple(capabilities),
            mechanisms=tuple(name for found in words if found[:1] == ["SASL"] for name in found[1:]),
            native=(*((Authentication.PASSWORD_CLEARTEXT,) if ["USER"] in words else ()), *apop),
            starttls=["STLS"] in words,
        )

    def start_tls(self) -> bool:
        return self._ask(b"STLS")

    def log_in(self, credentials: Credentials, offer: Offer) -> bool | None:
        """Whether the credentials are taken; None where no way of the offer fits."""
        if "PLAIN" in offer.mechanisms:
            self._stream.send(b"AUTH PLAIN\r\n", "the answer to AUTH")
            if not self._stream.read_line().startswith(b"+ "):
                return False
            self._stream.send(plain(credentials) + b"\r\n", "the answer to the login")
            return self._is_ok()
        if Authentication.PASSWORD_CLEARTEXT not in offer.native and offer.is_known:
            return None
        if not (credentials.user.isprintable() and credentials.secret.isprintable()):
            return None
        self._stream.send(b"USER %s\r\n" % credentials.user.encode(), "the answer to USER")
        if not self._is_ok():
            return False
        self._stream.send(b"PASS %s\r\n" % credentials.secret.encode(), "the answer to PASS")
        return self._is_ok()

    def quit(self) -> None:
        self._stream.send(b"QUIT\r\n", "the answer to QUIT")

    def _ask(self, command: bytes) -> bool:
        self._stream.send(command + b"\r\n", f"the answer to {command.decode()}")
        return self._is_ok()

    def _is_ok(self) -> bool:
        line = self._stream.read_line()
        if not line.upper().startswith((b"+OK", b"-ERR")):
            raise Stop(Fault.WRONG_PROTOCOL, f"expected {self._stream.awaited}, got a line that is not of POP3")
        return line.upper().startswith(b"+OK")
