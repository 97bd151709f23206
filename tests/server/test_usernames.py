"""Login names from a look-up of one's own: by a function or a program, in bounded time, and never told to a log."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from falcon.testing import TestClient

from autoconfig.errors import AutoconfigError
from autoconfig.formats import outlook
from autoconfig.server import create_app
from autoconfig.server.usernames import UsernameError, Usernames, command, function
from tests.support.serving import CATALOG, OUTLOOK_2016

GOOD = {"jan@example.com": "u4711", "o'<&>\"@example.com": "cn=o'<&>\""}


def post(client: TestClient, address: str) -> bytes:
    return client.simulate_post("/autodiscover/autodiscover.xml", body=OUTLOOK_2016.format(address=address)).content


def logins(document: bytes) -> set[str | None]:
    return {server.username for server in outlook.parse(document).servers}


def test_a_login_name_is_told_to_those_who_have_one() -> None:
    client = TestClient(create_app(CATALOG, usernames=GOOD.get))
    assert logins(post(client, "jan@example.com")) == {"u4711"}
    assert logins(post(client, "o'&lt;&amp;&gt;&quot;@example.com")) == {"cn=o'<&>\""}
    answer = client.simulate_get("/mail/config-v1.1.xml", query_string="emailaddress=jan@example.com")
    assert b"<username>u4711</username>" in answer.content
    profile = client.simulate_get("/example.com.mobileconfig", query_string="emailaddress=jan@example.com")
    assert b"<string>u4711</string>" in profile.content


def test_an_unknown_user_gets_the_answer_any_user_would_get() -> None:
    plain, looking_up = TestClient(create_app(CATALOG)), TestClient(create_app(CATALOG, usernames=GOOD.get))
    assert post(looking_up, "nobody@example.com") == post(plain, "nobody@example.com")


def test_an_answer_is_remembered_and_so_is_its_absence() -> None:
    asked: list[str] = []

    def lookup(address: str) -> None:
        asked.append(address)

    usernames = Usernames(lookup)
    for _ in range(3):
        assert usernames.of("jan@example.com") == ""
    assert asked == ["jan@example.com"]


def fail(address: str) -> str:
    raise ConnectionError(f"no database for {address}")


@pytest.mark.parametrize("lookup", [fail, lambda _: 7, lambda _: "a\nb", lambda _: "x" * 300])
def test_a_broken_look_up_is_told_without_the_address(lookup: object, caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(create_app(CATALOG, usernames=lookup))  # type: ignore[arg-type]
    answer = client.simulate_get("/mail/config-v1.1.xml", query_string="emailaddress=jan@example.com")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "jan" not in answer.text + caplog.text


def test_a_look_up_that_hangs_is_given_up() -> None:
    release = threading.Event()
    usernames = Usernames(lambda _: "x" if release.wait(20) else None, timeout=0.05)
    with pytest.raises(UsernameError, match=r"within 0\.05 seconds"):
        usernames.of("jan@example.com")
    release.set()


def test_a_function_is_found_by_its_name() -> None:
    assert function("builtins:len")("four") == 4  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("name", ["json", "json:", ":loads", "no.such.module:x", "json:nothing", "sys:path"])
def test_a_name_that_is_no_function_is_told(name: str) -> None:
    with pytest.raises(AutoconfigError, match=name.replace(".", r"\.")):
        function(name)


def program(tmp_path: Path, source: str) -> str:
    script = tmp_path / "look up.py"
    script.write_text(f"import sys, time\naddress = sys.argv[-1]\n{source}")
    return f"{sys.executable} '{script}' --exact {{address}}"


@pytest.mark.parametrize(
    "address", ["jan@example.com", "$(id)@x.nl", "a;b`c`|d@x.nl", "'\"@x.nl", "{address}@x.nl", "é@x.nl"]
)
def test_a_program_gets_the_address_as_one_argument(tmp_path: Path, address: str) -> None:
    lookup = command(program(tmp_path, "print(len(sys.argv), address)"))
    assert lookup(address) == f"3 {address}"


def test_an_address_that_looks_like_an_option_is_not_given_to_the_program(tmp_path: Path) -> None:
    assert command(program(tmp_path, "print('was called')"))("--help@example.com") is None
    joined = program(tmp_path, "print(address)").replace("--exact {address}", "--exact={address}")
    assert command(joined)("-x@example.com") == "--exact=-x@example.com"


def test_a_program_may_know_nobody(tmp_path: Path) -> None:
    assert Usernames(command(program(tmp_path, "pass"))).of("jan@example.com") == ""


def test_a_program_that_fails_is_told_by_its_exit_code(tmp_path: Path) -> None:
    lookup = command(program(tmp_path, "print('half'); sys.exit(3)"))
    with pytest.raises(UsernameError, match="exited with 3"):
        lookup("jan@example.com")


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    lookup = command(program(tmp_path, "time.sleep(60)"), timeout=0.5)
    with pytest.raises(UsernameError, match="took too long"):
        lookup("jan@example.com")


def test_a_program_that_is_not_there_counts_as_broken() -> None:
    with pytest.raises(UsernameError, match="FileNotFoundError"):
        Usernames(command("/no/such/program {address}")).of("jan@example.com")


@pytest.mark.parametrize("line", ["", "prog", "{address}", "prog 'x {address}"])
def test_a_line_that_is_no_command_is_told(line: str) -> None:
    with pytest.raises(AutoconfigError, match="no command"):
        command(line)
