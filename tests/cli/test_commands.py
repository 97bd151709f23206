"""The command as a person or a script calls it: a process of its own, real pipes, real files."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autoconfig import __version__, cli, definitions
from autoconfig.address import parse_address
from autoconfig.catalog import bundled
from autoconfig.formats import FORMATS, mozilla, outlook
from autoconfig.formats.databases import DATABASES
from tests.formats.databases.samples import SAMPLES
from tests.support.ispdb import FILES
from tests.support.samples import BARE, RICH

COMMAND = (sys.executable, "-m", "autoconfig")

GAP = """\
id: gap.example
name: Gap
domains: [gap.example]
servers:
  - {type: imap}
  - {type: smtp, hostname: smtp.gap.example}
"""
WRONG = """\
id: wrong.example
name: Wrong
domains: [wrong.example]
servers:
  - {type: imap, hostnam: imap.wrong.example}
  - {type: smtp, hostname: smtp.wrong.example, port: 70000}
"""


def run(
    *arguments: str | Path, input: bytes | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], check=False, capture_output=True, input=input, cwd=cwd)


def test_version() -> None:
    assert run("--version").stdout == f"autoconfig {__version__}\n".encode()


def test_help_names_every_command() -> None:
    modules = {path.stem for path in Path(cli.__file__).parent.glob("*.py") if "@click.command()" in path.read_text()}
    lines = run("--help").stdout.decode().partition("Commands:\n")[2].splitlines()
    assert {line.split()[0] for line in lines} == modules
    assert all(line.endswith(".") and not line.endswith("..") for line in lines)


@pytest.mark.parametrize("arguments", [["nonsense"], ["show"], ["show", "a@b.c", "--format", "pigeon"], ["build"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_show_gives_the_servers_of_kpn_under_the_name_of_xs4all() -> None:
    shown = run("show", "jan@xs4all.nl").stdout.decode()
    assert "name: XS4ALL" in shown
    for host in ("imap.kpnmail.nl", "pop.kpnmail.nl", "smtp.kpnmail.nl"):
        assert host in shown
    assert "jan@xs4all.nl" in shown


def test_show_prints_the_document_byte_for_byte() -> None:
    provider = bundled().find("xs4all.nl")
    assert provider is not None
    assert run("show", "xs4all.nl", "--format", "mozilla").stdout == mozilla.render(provider)
    assert run("show", "xs4all.nl", "--format", "outlook").stdout == outlook.render(provider)
    assert definitions.parse(run("show", "xs4all.nl", "--format", "yaml").stdout) == provider


@pytest.mark.parametrize("name", FORMATS)
def test_show_prints_every_format_for_an_address(name: str) -> None:
    address = parse_address("jan@xs4all.nl")
    provider = bundled().find("xs4all.nl")
    assert provider is not None
    expected = FORMATS[name].module.render(provider, address=address)
    assert run("show", "jan@xs4all.nl", "--format", name).stdout == expected


@pytest.mark.parametrize(("protocol", "type"), [("imap", b"EmailTypeIMAP"), ("pop3", b"EmailTypePOP")])
def test_show_prints_the_profile_of_a_chosen_protocol(protocol: str, type: bytes) -> None:
    assert type in run("show", "jan@xs4all.nl", "--format", "apple", "--protocol", protocol).stdout


def test_a_protocol_is_refused_for_formats_that_hold_both() -> None:
    assert run("show", "xs4all.nl", "--format", "mozilla", "--protocol", "pop3").returncode == 2


def test_show_tells_on_stderr_what_is_lost() -> None:
    shown = run("show", "xs4all.nl", "--format", "outlook")
    assert b"note: Outlook autodiscover of xs4all.nl leaves out" in shown.stderr
    assert b"domains" in shown.stderr


def test_show_by_id_and_from_definitions_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(definitions.write(RICH))
    shown = run("show", "example.com", "--definitions", tmp_path / "mine.yaml", "--format", "mozilla")
    assert shown.stdout == mozilla.render(RICH)
    assert b"unconfirmed" in shown.stderr


def test_show_mentions_that_online_nl_is_unconfirmed() -> None:
    assert b"unconfirmed" in run("show", "online.nl").stderr


def test_show_of_an_unknown_domain_exits_with_1_and_suggests() -> None:
    shown = run("show", "jan@xs4al.nl")
    assert shown.returncode == 1
    assert shown.stdout == b""
    assert b"did you mean xs4all.nl?" in shown.stderr


def test_show_of_a_wrong_address_exits_with_2() -> None:
    assert run("show", "jan@").returncode == 2


def test_list_is_a_table_of_all_providers() -> None:
    lines = run("list").stdout.decode().splitlines()
    assert any(line.split()[:2] == ["xs4all.nl", "XS4ALL"] for line in lines)
    assert sum("confirmed" in line for line in lines) == len(bundled().providers)


def test_list_as_json_holds_everything() -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert [provider["id"] for provider in listed] == sorted((p.id for p in bundled().providers), key=str.lower)


def test_schema_is_the_schema_of_definitions() -> None:
    assert json.loads(run("schema").stdout) == definitions.schema()


def test_build_writes_a_site_that_reads_back_equal(tmp_path: Path) -> None:
    built = run("build", "--output", "site", cwd=tmp_path)
    assert built.returncode == 0, built.stderr.decode()
    assert built.stdout == b""
    providers = {provider.id: provider for provider in bundled().providers}
    for file in json.loads((tmp_path / "site/manifest.json").read_bytes())["files"]:
        if file["format"] == "dns":
            continue
        module, provider = FORMATS[file["format"]].module, providers[file["provider"]]
        again = module.parse((tmp_path / "site" / file["path"]).read_bytes())
        assert again == module.parse(module.render(provider))
        assert file["format"] != "mozilla" or again.servers == provider.servers
    assert b"online.nl" in next(line for line in built.stderr.splitlines() if line.startswith(b"note: unconfirmed: "))
    assert run("build", "--output", "site", "--check", cwd=tmp_path).returncode == 0


def test_check_says_how_a_site_differs(tmp_path: Path) -> None:
    run("build", "--output", tmp_path / "site", "--provider", "xs4all.nl")
    document = tmp_path / "site/ispdb/xs4all.nl"
    document.unlink()
    document.write_text("other")
    checked = run("build", "--output", tmp_path / "site", "--provider", "xs4all.nl", "--check")
    assert checked.returncode == 1
    assert b"differs: ispdb/xs4all.nl" in checked.stderr


def test_build_refuses_an_unknown_provider(tmp_path: Path) -> None:
    built = run("build", "--output", tmp_path / "site", "--provider", "nobody")
    assert built.returncode == 2
    assert b"nobody" in built.stderr


def test_build_of_a_gap_exits_with_1_and_publishes_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "gap.yaml").write_text(GAP)
    (folder / "bare.yaml").write_bytes(definitions.write(BARE))
    built = run("build", folder, "--output", tmp_path / "site")
    assert built.returncode == 1
    assert b"not published: gap.example: no incoming server has a host name" in built.stderr
    assert (tmp_path / "site/ispdb/example.com").is_file()
    assert not (tmp_path / "site/ispdb/gap.example").exists()


def test_a_wrong_definition_shows_every_mistake_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(WRONG)
    built = run("build", tmp_path / "wrong.yaml", "--output", tmp_path / "site")
    assert built.returncode == 2
    text = built.stderr.decode()
    assert f"{tmp_path / 'wrong.yaml'}:5:18" in text
    assert "hostname" in text
    assert f"{tmp_path / 'wrong.yaml'}:6:" in text
    assert "65535" in text
    assert not (tmp_path / "site").exists()


def test_an_empty_folder_is_a_clear_error(tmp_path: Path) -> None:
    built = run("build", tmp_path, "--output", tmp_path / "site")
    assert built.returncode == 2
    assert b"without definitions" in built.stderr


def test_convert_recognises_each_form_by_its_content(tmp_path: Path) -> None:
    forms = {"a": mozilla.render(BARE), "b": outlook.render(BARE), "c": definitions.write(BARE)}
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
        converted = run("convert", tmp_path / name, "--to", "yaml")
        assert converted.returncode == 0, converted.stderr.decode()
        assert definitions.parse(converted.stdout).servers == BARE.servers


def test_convert_reads_stdin() -> None:
    converted = run("convert", "-", "--to", "mozilla", input=definitions.write(BARE))
    assert converted.stdout == mozilla.render(BARE)


def test_convert_names_what_it_leaves_behind() -> None:
    document = mozilla.render(BARE).replace(b"<displayName>", b"<flavour>mint</flavour><displayName>")
    converted = run("convert", "-", "--to", "yaml", input=document)
    assert b"<flavour> is unknown" in converted.stderr


def test_convert_of_odd_values_says_what_to_mend() -> None:
    document = mozilla.render(BARE).replace(b"%EMAILADDRESS%<", b"%EMAILADDRESS<", 1)
    converted = run("convert", "-", "--to", "yaml", input=document)
    assert converted.returncode == 1
    assert b"%EMAILADDRESS" in converted.stdout
    assert b"to mend:" in converted.stderr


def test_convert_goes_on_after_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text("<html/>")
    (tmp_path / "good.example").write_bytes(mozilla.render(BARE))
    converted = run(
        "convert", tmp_path / "bad.xml", tmp_path / "nowhere", tmp_path / "good.example",
        "--to", "yaml", "--output", tmp_path / "out",
    )  # fmt: skip
    assert converted.returncode == 2
    assert b"bad.xml" in converted.stderr
    assert b"nowhere" in converted.stderr
    assert definitions.read(tmp_path / "out/good.example.yaml") == BARE


def test_convert_refuses_two_files_of_one_name_and_two_documents_on_stdout(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.xml").write_bytes(mozilla.render(BARE))
    files = (tmp_path / "a/x.xml", tmp_path / "b/x.xml")
    assert run("convert", *files, "--to", "yaml").returncode == 2
    converted = run("convert", *files, "--to", "yaml", "--output", tmp_path / "out")
    assert converted.returncode == 2
    assert b"x.yaml has just been written" in converted.stderr


@pytest.mark.skipif(not FILES, reason="the ISPDB files are not beside the project")
def test_convert_takes_the_ispdb_to_definitions_whole_and_back(tmp_path: Path) -> None:
    converted = run("convert", *FILES, "--to", "yaml", "--output", tmp_path)
    assert converted.returncode == 0, converted.stderr.decode()
    for file in FILES:
        again = definitions.read(tmp_path / f"{file.stem}.yaml")
        assert again == mozilla.parse(file.read_bytes())


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen([*COMMAND, "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    _, errors = process.communicate()
    assert errors == b""
    assert process.returncode == 0


def test_an_interrupt_ends_without_a_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    process = subprocess.Popen([*COMMAND, "convert", fifo, "--to", "yaml"], stderr=subprocess.PIPE)
    with fifo.open("wb"):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert b"Traceback" not in errors
    assert process.returncode == 130


def test_no_progress_and_no_colour_in_a_pipe_and_progress_on_a_terminal(tmp_path: Path) -> None:
    assert b"\x1b" not in run("build", "--output", tmp_path / "site").stderr
    main, terminal = pty.openpty()
    process = subprocess.Popen([*COMMAND, "build", "--output", str(tmp_path / "other")], stderr=terminal)
    os.close(terminal)
    seen = b""
    while b"providers," not in seen:
        seen += os.read(main, 65536)
    process.wait()
    os.close(main)
    assert b"Writing" in seen


@pytest.mark.parametrize("name", SAMPLES)
def test_convert_takes_a_database_of_another_client_to_definitions(name: str, tmp_path: Path) -> None:
    (tmp_path / "database").write_bytes(SAMPLES[name])
    reading = DATABASES[name].module.read(SAMPLES[name])
    converted = run("convert", tmp_path / "database", "--to", "yaml", "--output", tmp_path / "out")
    assert converted.returncode == 0, converted.stderr.decode()
    for text in reading.ignored:
        assert text in converted.stderr.decode()
    again = {definitions.read(path).id: definitions.read(path) for path in (tmp_path / "out").iterdir()}
    assert again == {provider.id: provider for provider in reading.providers}


def test_convert_of_a_database_needs_a_folder() -> None:
    converted = run("convert", "-", "--to", "mozilla", input=SAMPLES["fairemail"])
    assert converted.returncode == 2
    assert b"--output DIR" in converted.stderr


@pytest.mark.parametrize("name", FORMATS)
def test_convert_writes_every_format_and_reads_it_back(name: str, tmp_path: Path) -> None:
    module = FORMATS[name].module
    converted = run("convert", "-", "--to", name, input=definitions.write(BARE))
    assert converted.stdout == module.render(BARE)
    (tmp_path / "example.com").write_bytes(converted.stdout)
    again = run("convert", tmp_path / "example.com", "--to", "yaml")
    assert again.returncode == 0, again.stderr.decode()
    assert definitions.parse(again.stdout).servers == module.parse(converted.stdout).servers
