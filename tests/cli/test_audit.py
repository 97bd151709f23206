"""`autoconfig audit` as a person or a script calls it: a process of its own, auditing domains on loopback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import msgspec
import pytest

from autoconfig import definitions
from autoconfig.formats import mozilla, outlook
from tests.discovery.conftest import ca_file, internet, running_web, web
from tests.support.audited import (
    AUTOCONFIG,
    IMAP,
    PROVIDER,
    TEN_FAULTS,
    UA,
    WELL_KNOWN,
    Estate,
    answer,
    ending_soon,
    estate_on,
    plant_ten_faults,
)
from tests.support.dns_server import silent
from tests.support.internet import CONFIG, DOMAIN, ISPDB, POX, Internet
from tests.support.web import Answer

__all__ = ["ca_file", "internet", "running_web", "web"]

Run = subprocess.CompletedProcess[str]


class Command:
    def __init__(self, estate: Estate, ca_file: Path) -> None:
        self._estate = estate
        self._ca_file = ca_file

    @property
    def arguments(self) -> list[str]:
        ports = [f"--connect={first}:{second}" for first, second in self._estate.ports.items()]
        nameserver = f"--nameserver={self._estate.internet.dns.address}"
        options = [nameserver, f"--ispdb={ISPDB}", f"--ca-file={self._ca_file}", *ports]
        return [sys.executable, "-m", "autoconfig", "audit", *options]

    def __call__(self, *arguments: str | Path) -> Run:
        command = [*self.arguments, *map(str, arguments)]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture
def estate(internet: Internet) -> Iterator[Estate]:
    with estate_on(internet) as estate:
        yield estate


@pytest.fixture
def command(estate: Estate, ca_file: Path) -> Command:
    return Command(estate, ca_file)


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / f"{DOMAIN}.yaml"
    file.write_bytes(definitions.write(PROVIDER))
    return file


def test_a_domain_without_faults_exits_with_0(command: Command, definition: Path) -> None:
    run = command(DOMAIN, "--definitions", definition)
    assert run.stdout == f"{DOMAIN}: findings: 0, compared with the definition {DOMAIN}\n"
    assert (run.returncode, run.stderr) == (0, "errors: 0, warnings: 0, notes: 0\n")


def test_ten_planted_faults_are_named_in_order_and_nothing_else(
    command: Command, estate: Estate, definition: Path, tmp_path: Path
) -> None:
    with ending_soon(estate.internet, tmp_path) as imap:
        plant_ten_faults(estate, imap.port)
        for arguments in ([DOMAIN], [DOMAIN, "--definitions", definition]):
            run = command(*arguments)
            told = [line for line in run.stdout.splitlines() if line[:3].strip().isdigit()]
            assert [line.rpartition("[")[2].rstrip("]") for line in told] == list(TEN_FAULTS), run.stdout
            assert (run.returncode, run.stderr) == (1, "errors: 6, warnings: 4, notes: 0\n")


def test_a_finding_shows_its_place_and_the_line_that_mends_it(command: Command, estate: Estate) -> None:
    estate.without(f"_imaps._tcp.{DOMAIN}")
    lines = command(DOMAIN).stdout.splitlines()
    assert lines[1].startswith("  1. warning: no _imaps, though imap.example.test:993 is offered, by https://")
    assert lines[2:] == [
        "     at dns:_imaps._tcp.example.test?type=SRV",
        "     in the zone of example.test:",
        "       _imaps._tcp 3600 IN SRV 0 1 993 imap",
    ]


def test_notes_alone_exit_with_0(command: Command, estate: Estate) -> None:
    estate.without(UA, f"_ua-auto-config.{DOMAIN}")
    run = command(DOMAIN)
    assert (run.returncode, run.stderr) == (0, "errors: 0, warnings: 0, notes: 1\n")


def test_json_is_one_object_for_each_domain(command: Command, estate: Estate) -> None:
    estate.record("empty.test. A 127.0.0.1")
    run = command(DOMAIN, "empty.test", "--json")
    audits = {audit["domain"]: audit for audit in map(json.loads, run.stdout.splitlines())}
    assert run.returncode == 1
    assert (audits[DOMAIN]["sound"], audits[DOMAIN]["findings"]) == (True, [])
    assert [server["tls"]["trusted"] for server in audits[DOMAIN]["servers"]] == [True, True]
    assert {step["source"] for step in audits[DOMAIN]["trace"]} > {"autoconfig-1.1", "srv", "pacc"}
    (finding,) = audits["empty.test"]["findings"]
    assert (finding["rule"], finding["severity"]) == ("nothing-published", "error")


def test_sarif_is_one_document_for_all_domains(command: Command, estate: Estate) -> None:
    estate.record("empty.test. A 127.0.0.1")
    estate.record("void.test. A 127.0.0.1")
    run = command("empty.test", "void.test", "--sarif")
    (sarif,) = json.loads(run.stdout)["runs"]
    assert run.returncode == 1
    names = {result["locations"][0]["logicalLocations"][0]["name"] for result in sarif["results"]}
    assert names == {"dns:empty.test?type=ANY", "dns:void.test?type=ANY"}


def test_an_unreachable_network_is_one_message(command: Command, estate: Estate) -> None:
    estate.internet.dns.misbehave(silent)
    run = command(DOMAIN, "example.com", "example.net", "--deadline", "0.5")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert "check this machine's network" in run.stderr


def test_text_from_outside_does_not_steer_the_terminal(command: Command, estate: Estate) -> None:
    steering = "x\N{CONTROL SEQUENCE INTRODUCER}2J"
    server = msgspec.structs.replace(IMAP, username=f"{steering}\N{RIGHT-TO-LEFT OVERRIDE}")
    provider = msgspec.structs.replace(PROVIDER, name=steering, servers=(server, PROVIDER.servers[1]))
    estate.serve("https", DOMAIN, WELL_KNOWN, answer("mozilla", mozilla.render(provider)))
    estate.serve("https", DOMAIN, POX, Answer(outlook.render(PROVIDER), headers={"Content-Type": "\x1b]0;x\x07y"}))
    estate.serve("https", AUTOCONFIG, CONFIG, answer("mozilla", mozilla.render(provider)))
    run = command(DOMAIN)
    assert run.returncode == 1
    assert "wrong-content-type" in run.stdout
    assert all(character.isprintable() or character == "\n" for character in run.stdout + run.stderr)


def test_a_terminal_shows_that_something_is_going_on(command: Command, estate: Estate) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen([*command.arguments, DOMAIN], stdout=subprocess.PIPE, stderr=follower) as running:
        os.close(follower)
        shown = b""
        with suppress(OSError):  # the terminal's other end was closed
            while data := os.read(leader, 65536):
                shown += data
        assert running.wait() == 0
    os.close(leader)
    assert b"Asking what 1 domain publishes" in shown


def test_what_is_read_no_further_is_no_error(command: Command, estate: Estate) -> None:
    estate.record("empty.test. A 127.0.0.1")
    with subprocess.Popen(
        [*command.arguments, "empty.test"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert b"Traceback" not in running.stderr.read()


def test_an_interrupt_ends_it_with_a_word(command: Command, estate: Estate) -> None:
    estate.internet.dns.misbehave(silent)
    with subprocess.Popen(
        [*command.arguments, DOMAIN, "--deadline", "60"], stderr=subprocess.PIPE, text=True
    ) as running:
        give_up = monotonic() + 30
        while monotonic() < give_up and not estate.internet.dns.queries:
            sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)
    assert (running.returncode, told) == (130, "Interrupted.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a b"],
        ["com"],
        ["jan@example.test"],
        [DOMAIN, "--json", "--sarif"],
        [DOMAIN, "--nameserver", "a b"],
        [DOMAIN, "--ca-file", __file__],
        [DOMAIN, "--connect", "443"],
        [DOMAIN, "--definitions", "/nowhere.yaml"],
        [DOMAIN, "--deadline", "0"],
    ],
)
def test_wrong_usage_exits_with_2(command: Command, arguments: list[str]) -> None:
    run = command(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
