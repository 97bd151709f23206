"""Servers that mean harm or are broken: each ends within the timeout with a finding that says what is wrong."""

from __future__ import annotations

import random
import socket
import time
from functools import partial

import pytest

from autoconfig.model import ServerType, SocketType
from tests.support import mail_talks
from tests.support.certificates import Certificates
from tests.support.mail_talks import SECRET, USER, Manner
from tests.support.mail_wire import Talk, Wire, serving
from tests.support.verified import faults, verified

LINE_TYPES = (ServerType.IMAP, ServerType.POP3, ServerType.SMTP, ServerType.MANAGESIEVE)
TIMEOUT = 0.7
GRACE = 0.8  # for a busy machine
GREETINGS = {
    ServerType.IMAP: b"* OK ready\r\n",
    ServerType.POP3: b"+OK ready\r\n",
    ServerType.SMTP: b"220 ready\r\n",
    ServerType.MANAGESIEVE: b'"SIEVE" "fileinto"\r\n"STARTTLS"\r\nOK\r\n',
}
ENDLESS = {
    ServerType.IMAP: b"* OK and more\r\n",
    ServerType.POP3: b"+OK\r\n",
    ServerType.SMTP: b"220-and more\r\n",
    ServerType.MANAGESIEVE: b'"AND" "more"\r\n',
}


def silent(wire: Wire) -> None:
    wire.hear()
    time.sleep(10)


def drip(wire: Wire) -> None:
    while True:
        wire.send(b"*")
        time.sleep(0.05)


def long_line(wire: Wire) -> None:
    for _ in range(1024):
        wire.send(b"2" * 1024 * 1024)


def noise(wire: Wire) -> None:
    wire.send(random.Random(6).randbytes(4096) + b"\n")
    wire.hear()


def hang_up(wire: Wire) -> None:
    return


every_type = pytest.mark.parametrize("type", LINE_TYPES)


@every_type
@pytest.mark.parametrize(
    ("talk", "fault"),
    [
        (silent, "silent"),
        (drip, "silent"),
        (long_line, "too-much"),
        (noise, "wrong-protocol"),
        (hang_up, "closed"),
    ],
)
def test_a_greeting_that_never_comes_right(
    type: ServerType, talk: Talk, fault: str, certificates: Certificates
) -> None:
    with serving(talk) as served:
        started = time.monotonic()
        report = verified(type, served.port, certificates, socket_type=SocketType.STARTTLS, timeout=TIMEOUT)
        assert time.monotonic() - started < TIMEOUT + GRACE
    assert faults(report) == [fault]


@every_type
def test_endless_lines_after_the_greeting(type: ServerType, certificates: Certificates) -> None:
    def talk(wire: Wire) -> None:
        wire.send(GREETINGS[type])
        while True:
            wire.send(ENDLESS[type] * 1000)

    with serving(talk) as served:
        started = time.monotonic()
        report = verified(type, served.port, certificates, socket_type=SocketType.STARTTLS, timeout=5.0)
        assert time.monotonic() - started < 4.0
    assert faults(report)[0] in {"too-much", "wrong-protocol", "starttls-injection", "starttls-missing", "turned-away"}


@every_type
def test_a_tarpit_counts_as_a_whole(type: ServerType, certificates: Certificates) -> None:
    """Every answer comes well within the timeout, all of them together do not."""

    def talk(wire: Wire) -> None:
        for byte in GREETINGS[type] + ENDLESS[type] * 1000:
            time.sleep(TIMEOUT / 10)
            wire.send(bytes([byte]))

    with serving(talk) as served:
        started = time.monotonic()
        report = verified(type, served.port, certificates, socket_type=SocketType.STARTTLS, timeout=TIMEOUT)
        assert time.monotonic() - started < TIMEOUT + GRACE
    assert faults(report) == ["silent"]


@every_type
def test_a_tls_handshake_that_never_ends(type: ServerType, certificates: Certificates) -> None:
    with serving(silent) as served:
        started = time.monotonic()
        report = verified(type, served.port, certificates, timeout=TIMEOUT)
        assert time.monotonic() - started < TIMEOUT + GRACE
    assert faults(report) == ["silent"]
    assert "TLS handshake" in report.findings[0].text


@every_type
@pytest.mark.parametrize("steps", range(1, 6))
def test_a_hang_up_at_any_step_is_told(type: ServerType, steps: int, certificates: Certificates) -> None:
    """The server takes so many lines, and hangs up instead of answering the last one."""
    sound = {
        ServerType.IMAP: mail_talks.imap,
        ServerType.POP3: mail_talks.pop3,
        ServerType.SMTP: mail_talks.smtp,
        ServerType.MANAGESIEVE: mail_talks.managesieve,
    }[type]
    offer = {
        ServerType.IMAP: ("LOGINDISABLED", "AUTH=PLAIN"),
        ServerType.POP3: ("SASL PLAIN",),
        ServerType.SMTP: ("AUTH PLAIN",),
        ServerType.MANAGESIEVE: ('"SASL" "PLAIN"',),
    }[type]

    def talk(wire: Wire) -> None:
        hear = wire.hear

        def hear_so_many() -> str:
            line = hear()
            if len(wire.heard) == steps:
                raise ConnectionError
            return line

        wire.hear = hear_so_many  # type: ignore[method-assign]
        sound(wire, Manner(clear=offer, secured=offer, tls=certificates.sound))

    with serving(talk) as served:
        report = verified(
            type, served.port, certificates, socket_type=SocketType.STARTTLS, login=(USER, SECRET), timeout=2.0
        )
        finished = len(served.heard) < steps or served.heard[-1].split()[-1] in {"LOGOUT", "QUIT"}
    assert ("closed" in faults(report)) is not finished


def test_tls_on_a_port_without_it_is_told_apart(certificates: Certificates) -> None:
    with serving(partial(mail_talks.imap, manner=Manner())) as served:
        report = verified(ServerType.IMAP, served.port, certificates)
    assert faults(report) == ["tls-absent"]
    assert "STARTTLS" in report.findings[0].remedy


def test_a_reset_connection_is_told(certificates: Certificates) -> None:
    def talk(wire: Wire) -> None:
        wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serving(talk) as served:
        report = verified(ServerType.IMAP, served.port, certificates)
    assert faults(report) == ["closed"]


@pytest.mark.parametrize("echo", ["* {0}", "{0}", "+ {0}", "-ERR {0}", "999 {0}"])
@every_type
def test_a_server_that_repeats_the_secret_gets_it_into_no_report(
    type: ServerType, echo: str, certificates: Certificates
) -> None:
    greetings = {**GREETINGS, ServerType.MANAGESIEVE: b'"SIEVE" "x"\r\n"SASL" "PLAIN"\r\nOK\r\n'}
    answers = {
        ServerType.IMAP: ["* CAPABILITY IMAP4rev1 AUTH=PLAIN", "A1 OK"],
        ServerType.POP3: ["+OK", "SASL PLAIN", "."],
        ServerType.SMTP: ["250-x", "250 AUTH PLAIN"],
    }
    prompt = {ServerType.IMAP: "+ ", ServerType.POP3: "+ ", ServerType.SMTP: "334 "}
    heard = []

    def talk(wire: Wire) -> None:
        wire.send(greetings[type])
        if type in answers:
            wire.hear()
            wire.say(*answers[type])
            wire.hear()
            wire.say(prompt[type])
        heard.append(wire.hear())
        wire.say(echo.format(heard[-1]), echo.format(SECRET))

    with serving(talk, tls=certificates.sound) as served:
        report = verified(type, served.port, certificates, login=(USER, SECRET), timeout=2.0)
    assert heard
    assert report.logged_in is not True
    assert not report.is_sound
    told = repr(report)
    assert SECRET not in told
    assert heard[-1].split()[-1].strip('"') not in told
