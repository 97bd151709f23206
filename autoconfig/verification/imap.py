"""IMAP (RFC 9051; RFC 3501): the words in which its servers greet, offer, turn TLS on and take a login."""

from __future__ import annotations

from autoconfig.model import Authentication
from autoconfig.verification.credentials import Credentials, plain, quoted
from autoconfig.verification.faults import Fault, Stop, shown
from autoconfig.verification.offer import Offer
from autoconfig.verification.stream import Stream

_AUTH = "AUTH="


class Imap:
    """A talk in IMAP."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._tags = 0

    def greet(self) -> None:
        line = self._stream.read_line()
        match line.upper().split(maxsplit=2)[:2]:
            case [b"*", b"OK"]:
                return
            case [b"*", b"PREAUTH"]:
                raise Stop(Fault.PREAUTHENTICATED, "the server lets everybody in without a login, before TLS")
            case [b"*", b"BYE"]:
                raise Stop(Fault.TURNED_AWAY, f"the server greets with {shown(line)}")
        raise Stop(Fault.WRONG_PROTOCOL, f"expected an IMAP greeting, got {shown(line)}")

    def offer(self) -> Offer:
        untagged, status = self._ask(b"CAPABILITY")
        words: list[str] = []
        for line in untagged:
            if line.upper().startswith(b"* CAPABILITY "):
                words = line[len(b"* CAPABILITY ") :].decode("ascii", "replace").upper().split()
        if status != b"OK" or not words:
            raise Stop(Fault.WRONG_PROTOCOL, "the server does not answer CAPABILITY as IMAP requires")
        takes_login = "LOGINDISABLED" not in words
        return Offer(
            capabilities=tuple(words),
            mechanisms=tuple(word.removeprefix(_AUTH) for word in words if word.startswith(_AUTH)),
            native=(Authentication.PASSWORD_CLEARTEXT,) if takes_login else (),
            starttls="STARTTLS" in words,
        )

    def start_tls(self) -> bool:
        return self._ask(b"STARTTLS")[1] == b"OK"

    def log_in(self, credentials: Credentials, offer: Offer) -> bool | None:
        """Whether the credentials are taken; None where no way of the offer fits."""
        if "PLAIN" in offer.mechanisms:
            tag = self._send(b"AUTHENTICATE PLAIN", "the answer to AUTHENTICATE")
            line = self._stream.read_line()
            while line.startswith(b"* "):
                line = self._stream.read_line()
            if not line.startswith(b"+"):
                return False
            self._stream.send(plain(credentials) + b"\r\n", "the answer to the login")
            return self._answer(tag)[1] == b"OK"
        user, secret = quoted(credentials.user), quoted(credentials.secret)
        if offer.native and user is not None and secret is not None:
            return self._answer(self._send(b"LOGIN %s %s" % (user, secret), "the answer to LOGIN"))[1] == b"OK"
        return None

    def quit(self) -> None:
        self._send(b"LOGOUT", "the answer to LOGOUT")

    def _ask(self, command: bytes) -> tuple[list[bytes], bytes]:
        return self._answer(self._send(command, f"the answer to {command.decode()}"))

    def _send(self, command: bytes, awaited: str) -> bytes:
        self._tags += 1
        tag = b"A%d" % self._tags
        self._stream.send(b"%s %s\r\n" % (tag, command), awaited)
        return tag

    def _answer(self, tag: bytes) -> tuple[list[bytes], bytes]:
        """The untagged lines, and OK, NO or BAD."""
        untagged: list[bytes] = []
        while True:
            line = self._stream.read_line()
            if line.startswith(tag + b" "):
                return untagged, line.split(maxsplit=2)[1].upper() if len(line.split()) > 1 else b""
            if not line.startswith((b"* ", b"+")):
                raise Stop(Fault.WRONG_PROTOCOL, f"expected {self._stream.awaited}, got {shown(line)}")
            if line.upper().startswith(b"* BYE"):
                raise Stop(Fault.CLOSED, f"the server said BYE before {self._stream.awaited}")
            untagged.append(line)
