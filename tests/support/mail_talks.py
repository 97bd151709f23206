"""Small servers of IMAP, POP3, SMTP and ManageSieve, whose offers a test chooses."""

from __future__ import annotations

import ssl
from base64 import b64decode
from dataclasses import dataclass

from tests.support.mail_wire import Wire

USER, SECRET = "jan@example.com", 'correct horse \\ "battery"'


@dataclass(frozen=True)
class Manner:
    """What a server offers: `clear` before TLS, `secured` after it; STARTTLS is offered where `tls` is set.

    `injection` is sent in clear text together with the answer to STARTTLS.
    """

    clear: tuple[str, ...] = ()
    secured: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    starttls_works: bool = True
    injection: bytes = b""

    def words(self, secured: bool, starttls: str) -> tuple[str, ...]:
        if secured:
            return self.secured
        return (*self.clear, starttls) if self.tls is not None else self.clear


def imap(wire: Wire, manner: Manner, *, secured: bool = False) -> None:
    wire.say("* OK IMAP4rev1 ready")
    while True:
        tag, command, *rest = wire.hear().split(" ")
        match command:
            case "CAPABILITY":
                wire.say(f"* CAPABILITY IMAP4rev1 {' '.join(manner.words(secured, 'STARTTLS'))}", f"{tag} OK done")
            case "STARTTLS" if manner.tls is not None and manner.starttls_works:
                wire.send(f"{tag} OK begin\r\n".encode() + manner.injection)
                wire.start_tls(manner.tls)
                secured = True
            case "AUTHENTICATE":
                wire.say("+ ")
                wire.say(f"{tag} {'OK' if _is_right(wire.hear()) else 'NO'} done")
            case "LOGIN":
                quoted = SECRET.replace("\\", "\\\\").replace('"', '\\"')
                is_right = " ".join(rest) == f'"{USER}" "{quoted}"'
                wire.say(f"{tag} {'OK' if is_right else 'NO'} done")
            case "LOGOUT":
                return
            case _:
                wire.say(f"{tag} BAD what")


def pop3(wire: Wire, manner: Manner, *, secured: bool = False, stamp: str = "") -> None:
    wire.say(f"+OK ready {stamp}".rstrip())
    while True:
        command, *rest = wire.hear().split(" ", 1)
        match command:
            case "CAPA" if manner.clear or manner.secured:
                wire.say("+OK", *manner.words(secured, "STLS"), ".")
            case "STLS" if manner.tls is not None and manner.starttls_works:
                wire.send(b"+OK begin\r\n" + manner.injection)
                wire.start_tls(manner.tls)
                secured = True
            case "AUTH":
                wire.say("+ ")
                wire.say("+OK" if _is_right(wire.hear()) else "-ERR no")
            case "USER":
                wire.say("+OK" if rest == [USER] else "-ERR no")
            case "PASS":
                wire.say("+OK" if rest == [SECRET] else "-ERR no")
            case "QUIT":
                return
            case _:
                wire.say("-ERR what")


def smtp(wire: Wire, manner: Manner, *, secured: bool = False) -> None:
    wire.say("220-mail.example.com", "220 ESMTP ready")
    while True:
        command = wire.hear().partition(" ")[0]
        match command:
            case "EHLO":
                first, *words = "mail.example.com", *manner.words(secured, "STARTTLS"), "SIZE 1000"
                wire.say(*(f"250-{word}" for word in (first, *words[:-1])), f"250 {words[-1]}")
            case "STARTTLS" if manner.tls is not None and manner.starttls_works:
                wire.send(b"220 begin\r\n" + manner.injection)
                wire.start_tls(manner.tls)
                secured = True
            case "AUTH":
                wire.say("334 ")
                wire.say("235 welcome" if _is_right(wire.hear()) else "535 no")
            case "QUIT":
                return
            case _:
                wire.say("502 what")


def managesieve(wire: Wire, manner: Manner, *, secured: bool = False) -> None:
    def greet() -> None:
        wire.say('"IMPLEMENTATION" "Loopback"', '"SIEVE" "fileinto vacation"')
        wire.say(*manner.words(secured, '"STARTTLS"'), 'OK "ready"')

    greet()
    while True:
        command, *rest = wire.hear().split(" ")
        match command:
            case "STARTTLS" if manner.tls is not None and manner.starttls_works:
                wire.send(b'OK "begin"\r\n' + manner.injection)
                wire.start_tls(manner.tls)
                secured = True
                greet()
            case "AUTHENTICATE":
                wire.say("OK" if _is_right(rest[1].strip('"')) else "NO")
            case "LOGOUT":
                return
            case _:
                wire.say("NO")


def _is_right(message: str) -> bool:
    return b64decode(message).decode() == f"\0{USER}\0{SECRET}"
