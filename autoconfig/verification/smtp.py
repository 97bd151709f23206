"""SMTP submission (RFC 5321, RFC 6409; STARTTLS of RFC 3207, AUTH of RFC 4954). No mail is ever begun."""

from __future__ import annotations

import re

from autoconfig.verification.credentials import Credentials, plain
from autoconfig.verification.faults import Fault, Stop, shown
from autoconfig.verification.offer import Offer
from autoconfig.verification.stream import Stream

_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_AUTH = re.compile(r"AUTH[ =](.*)")  # `AUTH=` is of old Outlook's days, and still sent
_READY, _DONE, _CONTINUE, _LOGGED_IN = 220, 250, 334, 235


class Smtp:
    """A talk in SMTP. `name` is what we call ourselves in EHLO: an address literal (RFC 5321, section 4.1.3)."""

    def __init__(self, stream: Stream, name: str = "[127.0.0.1]") -> None:
        self._stream = stream
        self._name = name

    def greet(self) -> None:
        code, lines = self._reply()
        if code != _READY:
            raise Stop(Fault.TURNED_AWAY, f"the server greets with {code} {lines[0]!r}")

    def offer(self) -> Offer:
        code, lines = self._ask(f"EHLO {self._name}")
        if code != _DONE:
            raise Stop(Fault.WRONG_PROTOCOL, f"the server answers EHLO with {code}")
        capabilities = [line.upper() for line in lines[1:]]
        found = [match[1].split() for line in capabilities if (match := _AUTH.match(line))]
        return Offer(
            capabilities=tuple(capabilities),
            mechanisms=tuple(dict.fromkeys(name for names in found for name in names)),
            starttls="STARTTLS" in capabilities,
        )

    def start_tls(self) -> bool:
        return self._ask("STARTTLS")[0] == _READY

    def log_in(self, credentials: Credentials, offer: Offer) -> bool | None:
        """Whether the credentials are taken; None where no way of the offer fits."""
        if "PLAIN" not in offer.mechanisms:
            return None
        if self._ask("AUTH PLAIN")[0] != _CONTINUE:
            return False
        self._stream.send(plain(credentials) + b"\r\n", "the answer to the login")
        return self._reply()[0] == _LOGGED_IN

    def quit(self) -> None:
        self._stream.send(b"QUIT\r\n", "the answer to QUIT")

    def _ask(self, command: str) -> tuple[int, list[str]]:
        self._stream.send(f"{command}\r\n".encode(), f"the answer to {command.partition(' ')[0]}")
        return self._reply()

    def _reply(self) -> tuple[int, list[str]]:
        """The code and the lines of a reply (RFC 5321, section 4.2)."""
        lines: list[str] = []
        while True:
            line = self._stream.read_line()
            match = _REPLY.match(line)
            if match is None:
                raise Stop(Fault.WRONG_PROTOCOL, f"expected {self._stream.awaited} of SMTP, got {shown(line)}")
            lines.append((match[3] or b"").decode("ascii", "backslashreplace")[:200])
            if match[2] != b"-":
                return int(match[1]), lines
