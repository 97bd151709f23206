"""`autoconfig verify` as a person or a script calls it: a process of its own against servers and DNS on loopback."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.support import mail_talks
from tests.support.certificates import Certificates
from tests.support.dns_server import DnsServer
from tests.support.mail_talks import SECRET, USER, Manner
from tests.support.mail_wire import Served, serving

COMMAND = (sys.executable, "-m", "autoconfig", "verify")
DEFINITION = """\
id: {id}
name: Loopback
domains: [{id}]
servers:
  - {{type: imap, hostname: {host}, port: {imap}}}
  - {{type: smtp, hostname: {host}, port: {smtp}}}
"""
# An IP address needs no DNS, and the certificate names it.
HOST = "127.0.0.1"


class Loopback:
    """An IMAP and an SMTP server, and a definition of them."""

    def __init__(self, folder: Path, imap: Served, smtp: Served, certificates: Certificates) -> None:
        self.imap, self.smtp, self.ca_file = imap, smtp, certificates.ca_file
        self.definition = folder / "loopback.example.yaml"
        self.definition.write_text(
            DEFINITION.format(id="loopback.example", host=HOST, imap=imap.port, smtp=smtp.port), encoding="utf-8"
        )

    def run(self, *arguments: str, input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return run(str(self.definition), "--ca-file", self.ca_file, *arguments, input=input)


def run(
    *arguments: str, input: bytes | None = None, pass_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], check=False, capture_output=True, input=input, pass_fds=pass_fds)


@pytest.fixture
def loopback(tmp_path: Path) -> Iterator[Loopback]:
    certificates = Certificates(tmp_path, host=HOST)
    imap = partial(mail_talks.imap, manner=Manner(secured=("LOGINDISABLED", "AUTH=PLAIN")), secured=True)
    smtp = partial(mail_talks.smtp, manner=Manner(secured=("AUTH PLAIN LOGIN",)), secured=True)
    with ExitStack() as stack:
        served = [stack.enter_context(serving(talk, tls=certificates.sound)) for talk in (imap, smtp)]
        yield Loopback(tmp_path, served[0], served[1], certificates)


def test_sound_servers_exit_with_0_and_one_line_each(loopback: Loopback) -> None:
    done = loopback.run()
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(
        f"ok       loopback.example  imap 127.0.0.1:{loopback.imap.port} SSL  127.0.0.1; TLSv1.3"
    )
    assert lines[0].endswith("password-cleartext; mail stays on the server")
    assert done.stderr == b"servers: 2, failed: 0, with warnings: 0\n"


def test_a_failing_server_exits_with_1_and_tells_what_to_do(loopback: Loopback) -> None:
    done = run(str(loopback.definition))
    assert done.returncode == 1
    assert b"FAILED   loopback.example  imap" in done.stdout
    assert b"[certificate-untrusted]" in done.stdout
    assert b"let the server send the whole chain" in done.stdout


def test_json_is_one_object_for_each_provider(loopback: Loopback) -> None:
    documents = [json.loads(line) for line in loopback.run("--json").stdout.splitlines()]
    assert [document["provider"] for document in documents] == ["loopback.example"]
    first = documents[0]["servers"][0]
    assert documents[0]["sound"] is True
    assert first["field"] == "servers[0]"
    assert first["tls"]["trusted"] is True
    assert first["offered"] == ["password-cleartext"]


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 0), ("wrong", 1)])
def test_the_password_comes_from_a_file_descriptor_and_is_shown_nowhere(
    loopback: Loopback, secret: str, status: int
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "wb") as pipe:
        pipe.write(secret.encode() + b"\n")
        pipe.close()
        arguments = [str(loopback.definition), "--ca-file", loopback.ca_file, "--login", USER]
        done = run(*arguments, "--login-fd", str(reading), pass_fds=[reading])
    assert done.returncode == status
    assert (b"logged in" in done.stdout) is (status == 0)
    assert (b"[login-refused]" in done.stdout) is (status == 1)
    assert secret.encode() not in done.stdout + done.stderr


def test_the_password_is_asked_for_on_a_terminal_without_echo(loopback: Loopback) -> None:
    shown = on_terminal(str(loopback.definition), "--ca-file", loopback.ca_file, "--login", USER, typed=SECRET)
    assert "Password:" in shown
    assert "logged in" in shown
    assert SECRET not in shown


def test_on_a_terminal_a_table_shows_each_server(loopback: Loopback) -> None:
    shown = on_terminal(str(loopback.definition), "--ca-file", loopback.ca_file)
    assert "what was found" in shown
    assert "ok" in shown


def test_a_login_descriptor_that_is_not_open_is_wrong_usage(loopback: Loopback) -> None:
    done = loopback.run("--login", USER, "--login-fd", "99")
    assert done.returncode == 2
    assert b"--login-fd" in done.stderr


@pytest.mark.parametrize("arguments", [["nobody.invalid"], ["a@nobody.invalid"], ["--login-fd", "0"], ["no.yaml"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_without_a_network_all_providers_get_one_message() -> None:
    done = run("--nameserver", "127.0.0.1:9", "--timeout", "1")
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"check this machine's network" in done.stderr


def test_gaps_are_filled_from_the_name_server_that_is_named(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    definition = tmp_path / "loopback.example.yaml"
    definition.write_text("id: loopback.example\nname: Gap\ndomains: [loopback.example]\n", encoding="utf-8")
    talk = partial(mail_talks.imap, manner=Manner(secured=("AUTH=PLAIN",)), secured=True)
    with serving(talk, tls=certificates.sound) as served, DnsServer() as names:
        names.add("loopback.example", f"_imaps._tcp 60 IN SRV 0 1 {served.port} mail.example.com.")
        names.add("mail.example.com", "@ 60 IN A 127.0.0.1")
        done = run(str(definition), "--ca-file", certificates.ca_file, "--nameserver", names.address)
    assert done.stdout.startswith(f"ok       loopback.example  imap mail.example.com:{served.port} SSL".encode())
    assert done.returncode == 0


def test_a_password_that_is_no_text_is_wrong_usage_and_not_shown(loopback: Loopback) -> None:
    done = loopback.run("--login", USER, "--login-fd", "0", input=b"geheim\xff\n")
    assert done.returncode == 2
    assert b"UTF-8" in done.stderr
    assert b"geheim" not in done.stderr


def on_terminal(*arguments: str, typed: str | None = None) -> str:
    """What the command shows on a terminal, on which `typed` is typed when it asks."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["COLUMNS"], os.environ["LINES"], os.environ["TERM"] = "200", "50", "xterm"
        os.execv(COMMAND[0], [*COMMAND, *arguments])
    shown = b""
    with suppress(OSError):
        while data := os.read(terminal, 4096):
            shown += data
            if typed is not None and b"Password:" in shown:
                os.write(terminal, typed.encode() + b"\n")
                typed = None
    os.close(terminal)
    os.waitpid(child, 0)
    return shown.decode()
