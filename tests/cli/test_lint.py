"""`autoconfig lint` as a person or a script calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "autoconfig", "lint")
SOUND = """\
id: example.com
name: Example
domains: [example.com]
servers:
  - {type: imap, hostname: imap.example.com}
  - {type: smtp, hostname: smtp.example.com}
sources:
  - {url: "https://example.com/help", checked: 2099-01}
"""
NOTED = SOUND + "status: unconfirmed\n"
WARNED = SOUND.replace("smtp.example.com", "192.0.2.1")
SUPPRESSED = WARNED + "lint: {ip-address: a test network}\n"
BROKEN = SOUND.replace("imap.example.com", "imap_example com")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], check=False, capture_output=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "example.com.yaml"


@pytest.mark.parametrize(
    ("text", "status", "summary"),
    [
        (SOUND, 0, b"errors: 0, warnings: 0, notes: 0, suppressed: 0\n"),
        (NOTED, 0, b"errors: 0, warnings: 0, notes: 1, suppressed: 0\n"),
        (WARNED, 1, b"errors: 0, warnings: 1, notes: 0, suppressed: 0\n"),
        (SUPPRESSED, 0, b"errors: 0, warnings: 0, notes: 0, suppressed: 1\n"),
        (BROKEN, 1, b"errors: 1, warnings: 0, notes: 0, suppressed: 0\n"),
    ],
    ids=["sound", "noted", "warned", "suppressed", "broken"],
)
def test_the_exit_code_tells_of_errors_and_warnings(file: Path, text: str, status: int, summary: bytes) -> None:
    file.write_text(text, encoding="utf-8")
    done = run(file)
    assert (done.returncode, done.stderr) == (status, summary)


def test_a_finding_is_a_line_that_editors_understand(file: Path) -> None:
    file.write_text(WARNED, encoding="utf-8")
    (line,) = run(file).stdout.decode().splitlines()
    assert line.startswith(f"{file}:6:28: warning: 192.0.2.1; ")
    assert line.endswith("[ip-address]")


def test_json_is_one_object_for_each_finding_the_suppressed_ones_too(file: Path) -> None:
    file.write_text(SUPPRESSED, encoding="utf-8")
    (finding,) = map(json.loads, run(file, "--json").stdout.splitlines())
    assert (finding["rule"], finding["line"], finding["suppressed"]) == ("ip-address", 6, "a test network")


def test_sarif_is_one_document(file: Path) -> None:
    file.write_text(WARNED, encoding="utf-8")
    done = run(file, "--sarif")
    assert done.returncode == 1
    assert json.loads(done.stdout)["runs"][0]["results"][0]["ruleId"] == "ip-address"


def test_the_bundled_definitions_are_checked_if_none_are_named() -> None:
    done = run()
    assert b"errors: 0, " in done.stderr


@pytest.mark.parametrize("arguments", [["no-such-file.yaml"], ["--json", "--sarif"], ["--nonsense"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2
