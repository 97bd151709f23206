"""`autoconfig diff` as a person and as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from autoconfig.cli.commands import autoconfig

DEFINITION = """\
id: example.com
name: {name}
domains: [{domains}]
servers:
  - {{type: imap, hostname: imap.example.com, socket_type: {socket_type}}}
  - {{type: smtp, hostname: smtp.example.com}}
"""


def definition(path: Path, socket_type: str = "SSL", name: str = "Example", domains: str = "example.com") -> Path:
    path.write_text(DEFINITION.format(socket_type=socket_type, name=name, domains=domains))
    return path


def diff(*arguments: object) -> Result:
    return CliRunner().invoke(autoconfig, ["diff", *map(str, arguments)])


def test_what_changes_is_told_and_exits_with_1(tmp_path: Path) -> None:
    result = diff(definition(tmp_path / "old.yaml", "STARTTLS"), definition(tmp_path / "new.yaml"))
    assert result.exit_code == 1
    assert result.stdout == (
        "example.com:\n  IMAP moves from STARTTLS 143 to TLS 993 "
        "(safer; people already set up need the old one to stay)\n"
    )


def test_nothing_changes_and_exits_with_0(tmp_path: Path) -> None:
    path = definition(tmp_path / "same.yaml")
    result = diff(path, path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing changes for anybody\n")


def test_many_domains_are_one_block(tmp_path: Path) -> None:
    domains = ", ".join(f"{letter}.example" for letter in "abcdef")
    old, new = (definition(tmp_path / f"{kind}.yaml", kind, domains=domains) for kind in ("SSL", "STARTTLS"))
    heading, *changes = diff(old, new).stdout.splitlines()
    assert heading == "a.example and 5 other domains:"
    assert len(changes) == 1


def test_json_has_every_domain(tmp_path: Path) -> None:
    domains = ", ".join(f"{letter}.example" for letter in "abcdef")
    old = definition(tmp_path / "old.yaml", domains=domains)
    result = diff(old, definition(tmp_path / "new.yaml", name="New", domains=domains), "--json")
    (found,) = json.loads(result.stdout)
    assert found["domains"] == domains.split(", ")
    assert found["changes"] == [
        {"kind": "changed", "field": "name", "what": "the name", "old": "Example", "new": "New"}
    ]


def test_a_name_does_not_steer_the_terminal(tmp_path: Path) -> None:
    old = definition(tmp_path / "old.yaml")
    result = diff(old, definition(tmp_path / "new.yaml", name='"\\u202Eexample"'))
    assert "\u202e" not in result.stdout
    assert "is now" in result.stdout


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = diff(definition(tmp_path / "old.yaml"), tmp_path / "nothing")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_mistakes_of_a_definition_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("id: [")
    result = diff(definition(tmp_path / "old.yaml"), tmp_path / "bad.yaml")
    assert result.exit_code == 2
    assert "bad.yaml:2:1: found broken YAML" in result.stderr


def test_of_a_site_what_the_format_can_say_is_compared_and_that_is_said(tmp_path: Path) -> None:
    path = definition(tmp_path / "example.com.yaml")
    path.write_text(f"{path.read_text()}status: unconfirmed\n")
    assert CliRunner().invoke(autoconfig, ["build", str(path), "--output", str(tmp_path / "site")]).exit_code == 0
    result = diff(tmp_path / "site", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "note: of a site, what Mozilla's format can say is compared\nnothing changes for anybody\n"


def test_a_broken_site_is_bad_input(tmp_path: Path) -> None:
    document = tmp_path / "domains" / "example.com" / "mail" / "config-v1.1.xml"
    document.parent.mkdir(parents=True)
    document.write_text("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><clientConfig>&e;</clientConfig>")
    (tmp_path / "manifest.json").write_text("{}")
    result = diff(tmp_path, tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: {document}: no mozilla document: a DTD" in result.stderr
