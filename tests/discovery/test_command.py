"""`autoconfig discover` as a person or a script calls it: a process of its own, asking the internet on loopback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import msgspec
import pytest

from autoconfig.formats import mozilla
from tests.support.internet import DOMAIN, ISPDB, JAN, Internet, provider_of
from tests.support.web import Answer, Request

Run = subprocess.CompletedProcess[str]


class Command:
    def __init__(self, internet: Internet, ca_file: Path) -> None:
        ports = internet.web.ports
        self.arguments = [
            *(sys.executable, "-m", "autoconfig", "discover", "--nameserver", internet.dns.address, "--ispdb", ISPDB),
            *("--ca-file", str(ca_file), "--connect", f"443:{ports[443]}", "--connect", f"80:{ports[80]}"),
        ]

    def __call__(self, *arguments: str | Path, input: str | None = None) -> Run:
        command = [*self.arguments, *map(str, arguments)]
        return subprocess.run(command, check=False, capture_output=True, text=True, input=input, timeout=60)


@pytest.fixture
def command(internet: Internet, ca_file: Path) -> Command:
    return Command(internet, ca_file)


def test_the_servers_are_shown_with_what_to_confirm(internet: Internet, command: Command) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a", "other.test"))
    run = command(JAN)
    assert run.returncode == 0
    assert f"{JAN}: a by ispdb, third-party" in run.stdout
    assert "imap.a.other.test" in run.stdout
    assert "confirm before you give a password: other.test" in run.stdout


def test_nothing_found_exits_with_1(internet: Internet, command: Command) -> None:
    run = command(JAN)
    assert run.returncode == 1
    assert "nothing was found" in run.stdout


def test_the_trace_tells_every_step_with_its_time(internet: Internet, command: Command) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"))
    trace = command(JAN, "--trace").stderr
    assert f"https://ispdb.test/v1.1/{DOMAIN}" in trace
    assert f"http://autoconfig.{DOMAIN}/mail/config-v1.1.xml" in trace


def test_the_best_is_given_as_a_document(internet: Internet, command: Command) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, provider_of("a"))
    run = command(JAN, "--format", "mozilla")
    assert mozilla.parse(run.stdout.encode()).servers[0].username == JAN
    assert "secure: https on" in run.stderr


def test_a_document_names_the_provider_even_where_the_source_does_not(internet: Internet, command: Command) -> None:
    internet.publish("autodiscover", DOMAIN, provider_of("a"))
    provider = mozilla.parse(command(JAN, "--format", "mozilla").stdout.encode())
    assert (provider.id, provider.domains) == (DOMAIN, (DOMAIN,))


def test_json_is_one_object_for_each_address(internet: Internet, command: Command) -> None:
    internet.publish("autoconfig-1.1", DOMAIN, provider_of("a"))
    run = command(JAN, "jan@elsewhere.test", "--json")
    found = {line["address"]: line for line in map(json.loads, run.stdout.splitlines())}
    assert run.returncode == 1
    assert found[JAN]["candidates"][0]["trust"] == "secure"
    assert found["jan@elsewhere.test"]["candidates"] == []


def test_http_is_left_alone_and_sources_are_chosen(internet: Internet, command: Command) -> None:
    internet.publish("autoconfig-1.3", DOMAIN, provider_of("a"))
    assert command(JAN).returncode == 0
    assert command(JAN, "--no-http").returncode == 1
    assert command(JAN, "--source", "ispdb", "--source", "srv").returncode == 1


def test_addresses_come_from_a_file_or_from_stdin(internet: Internet, command: Command, tmp_path: Path) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"))
    text = f"# our people\n{JAN}\n\njan@EXAMPLE.test\nnonsense\n"
    (tmp_path / "people").write_text(text)
    for run in (command("--input", tmp_path / "people"), command("--input", "-", input=text)):
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        assert sorted(line["address"] for line in lines) == [JAN, "nonsense"]
        assert run.returncode == 1


def test_a_run_that_was_killed_is_taken_up_again(internet: Internet, command: Command, tmp_path: Path) -> None:
    served: list[str] = []

    def slow(request: Request) -> Answer:
        served.append(request.path)
        return Answer(mozilla.render(provider_of("a")), delay=0.05)

    people, results = tmp_path / "people", tmp_path / "results"
    addresses = [f"jan@d{number}.test" for number in range(30)]
    people.write_text("\n".join(addresses))
    for number in range(30):
        internet.serve("https", "ispdb.test", f"/v1.1/d{number}.test", slow)
    arguments = ["--input", str(people), "--output", str(results), "--source", "ispdb", "--concurrency", "2"]
    with subprocess.Popen([*command.arguments, *arguments], stderr=subprocess.DEVNULL) as running:
        give_up = monotonic() + 30
        while monotonic() < give_up and not (results.exists() and results.read_bytes().count(b"\n") >= 5):
            sleep(0.01)
        running.send_signal(signal.SIGKILL)
    before = results.read_bytes()
    assert 5 <= before.count(b"\n") < 30
    results.write_bytes(before + b'{"address":"jan@d')  # as if killed in the middle of a line
    served.clear()
    assert command(*arguments).returncode == 0
    found = [json.loads(line)["address"] for line in results.read_text().splitlines()]
    assert sorted(found) == sorted(addresses)
    assert len(served) == 30 - before.count(b"\n")


def test_the_steps_are_shown_on_a_terminal_while_they_are_taken(internet: Internet, command: Command) -> None:
    internet.publish("ispdb", DOMAIN, provider_of("a"), delay=0.5)
    leader, follower = pty.openpty()
    with subprocess.Popen([*command.arguments, JAN], stdout=subprocess.DEVNULL, stderr=follower) as running:
        os.close(follower)
        shown = b""
        try:
            while data := os.read(leader, 65536):
                shown += data
        except OSError:  # the terminal's other end was closed
            pass
        assert running.wait() == 0
    os.close(leader)
    assert b"autoconfig-1.1" in shown


def test_text_from_outside_does_not_steer_the_terminal(internet: Internet, command: Command) -> None:
    steering = "Kind\N{CONTROL SEQUENCE INTRODUCER}2Jly"
    internet.publish("autodiscover", DOMAIN, msgspec.structs.replace(provider_of("a"), name=steering))
    run = command(JAN)
    assert run.returncode == 0
    assert "Kind\N{REPLACEMENT CHARACTER}2Jly" in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["jan@example.test", "--connect", "443"],
        ["jan@example.test", "--source", "nobody"],
        ["jan@example.test", "--proxy", "http://127.0.0.1:1", "--public-only"],
        ["jan@example.test", "--nameserver", "a b"],
        ["jan@example.test", "--ca-file", __file__],
        ["--input", "/nowhere"],
    ],
)
def test_wrong_usage_exits_with_2(command: Command, arguments: list[str]) -> None:
    run = command(*arguments)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
