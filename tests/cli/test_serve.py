"""`autoconfig serve`: what it is told, and what it tells of mistakes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autoconfig.cli.commands import autoconfig
from tests.support.certificates import Certificates
from tests.support.serving import DEFINITION, serving


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "example.com.yaml"
    path.write_text(DEFINITION.format(name="First"))
    return path


@pytest.fixture(autouse=True)
def never_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake that is not noticed must not make the test serve for ever."""
    monkeypatch.setattr("autoconfig.server.run.serve", lambda *_, **__: pytest.fail("it serves"))


def run(*arguments: str) -> Result:
    """Where nothing else is said, no port is looked at: tests that run beside each other would find it taken."""
    return CliRunner().invoke(autoconfig, ["serve", "--bind", "unix:nowhere", *arguments])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--usernames", "nothing"], "names no function"),
        (["--usernames", "no.such.module:f"], "PYTHONPATH"),
        (["--usernames-command", "prog"], "{address}"),
        (["--usernames", "json:loads", "--usernames-command", "prog {address}"], "exclude each other"),
        (["--base-url", "ftp://example.com"], "no web address"),
        (["--workers", "0"], "--workers"),
        (["--rate-limit", "0"], "--rate-limit"),
        (["--bind", "127.0.0.1:99999"], "127.0.0.1:99999"),
        (["--bind", "nowhere"], "nowhere"),
        (["--bind", ":8080"], "':8080'"),
        (["--certificate", "pem"], "go together"),
        (["--certificate", "/no/such/pem", "--key", "/no/such/pem"], "/no/such/pem"),
        (["--nameserver", "no host"], "no host"),
    ],
)
def test_a_mistake_is_told_before_anything_is_served(definition: Path, options: list[str], told: str) -> None:
    result = run(str(definition), *options)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


def test_a_mistake_in_a_definition_is_told_with_its_place(definition: Path) -> None:
    definition.write_text("id: [")
    result = run(str(definition))
    assert result.exit_code == 2
    assert "example.com.yaml:2" in result.output


def test_a_gap_is_told(tmp_path: Path) -> None:
    definitions = tmp_path / "open.yaml"
    definitions.write_text("id: example.com\nname: Open\ndomains: [example.com]\n")
    with serving(tmp_path, definitions=definitions) as server:
        assert server.get("/mail/config-v1.1.xml", Host="example.com")[0] == 404
    assert "note: example.com leaves servers open" in server.log.read_text()


def test_a_missing_extra_is_named(definition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("autoconfig.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    result = run(str(definition))
    assert result.exit_code == 2
    assert "pip install 'mail-autoconfig[server]'" in result.output


def test_a_port_that_is_taken_is_told(tmp_path: Path, definition: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-c", "from autoconfig.cli import main; main()", "serve", str(definition)]
        command += ["--bind", f"127.0.0.1:{taken.getsockname()[1]}", "--workers", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_serves_on_a_socket_in_the_file_system(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    definitions = tmp_path / "example.com.yaml"
    definitions.write_text(DEFINITION.format(name="First"))
    command = [sys.executable, "-c", "from autoconfig.cli import main; main()", "serve", str(definitions)]
    with subprocess.Popen([*command, "--bind", f"unix:{path}", "--rate-limit", "9", "--workers", "1"]) as process:
        try:
            with connected(path, process) as connection:
                connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                assert connection.recv(12).endswith(b" 200")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def connected(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    """A connection to a server that may not listen yet."""
    end = time.monotonic() + 30
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return connection


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(tmp_path: Path, number: int) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        server.signal(number)
        assert server.process.wait(timeout=60) == 0
    assert "Traceback" not in server.log.read_text()


def test_profiles_are_signed(tmp_path: Path) -> None:
    from autoconfig.formats import apple

    pem = tmp_path / "pem"
    pem.write_bytes(Certificates(tmp_path).pem())
    with serving(tmp_path, "--certificate", str(pem), "--key", str(pem)) as server:
        _, profile = server.get("/example.com.mobileconfig?emailaddress=jan@example.com")
    assert profile.startswith(b"\x30")
    assert apple.parse(profile).domains == ("example.com",)


def test_it_needs_to_write_nowhere_and_to_be_nobody(tmp_path: Path) -> None:
    """No file of the server's is left behind, and none is made where it runs or where the definitions are."""
    with serving(tmp_path, "--workers", "2") as server:
        assert server.get("/metrics")[0] == 200
        names = {path.name for path in tmp_path.rglob("*")}
    assert names == {"definitions", "example.com.yaml", "serve.log"}
    assert not list(Path("/dev/shm").glob(f"autoconfig-{server.process.pid}-*"))
