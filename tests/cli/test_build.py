"""`build` as a command: customers, layouts, two at a time, and what it tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.killed_builds import tree_of

COMMAND = [sys.executable, "-m", "autoconfig", "build"]
DEFINITION = """\
id: isp.example
name: {name}
domains: [isp.example]
domains_file: customers.txt
servers:
  - {{type: imap, hostname: imap.isp.example}}
  - {{type: smtp, hostname: smtp.isp.example}}
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], check=False, capture_output=True, text=True)


def _definition(folder: Path, name: str = "ISP", customers: str = "shop.example\n") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "customers.txt").write_text(customers)
    (folder / "isp.example.yaml").write_text(DEFINITION.format(name=name))
    return folder


def test_customers_are_published_and_found_again(tmp_path: Path) -> None:
    definitions = _definition(tmp_path / "definitions")
    built = run(definitions, "-o", tmp_path / "site")
    assert built.returncode == 0, built.stderr
    assert "1 providers, 18 files: 18 new" in built.stderr
    assert (tmp_path / "site/domains/shop.example/mail/config-v1.1.xml").is_file()
    assert "18 unchanged" in run(definitions, "-o", tmp_path / "site").stderr
    assert run(definitions, "-o", tmp_path / "site", "--check").returncode == 0


def test_mistakes_in_the_file_of_domains_exit_with_2_and_leave_the_site(tmp_path: Path) -> None:
    definitions = _definition(tmp_path / "definitions")
    run(definitions, "-o", tmp_path / "site")
    before = tree_of(tmp_path / "site")
    _definition(definitions, customers="shop.example\nno domain\n")
    built = run(definitions, "-o", tmp_path / "site")
    assert built.returncode == 2
    assert (
        "customers.txt:2:1: found 'no domain'; allowed: a domain, such as example.com; write the domain" in built.stderr
    )
    assert tree_of(tmp_path / "site") == before


def test_the_shared_layout_replaces_the_other_and_back(tmp_path: Path) -> None:
    definitions = _definition(tmp_path / "definitions")
    run(definitions, "-o", tmp_path / "site")
    before = tree_of(tmp_path / "site")
    built = run(definitions, "-o", tmp_path / "site", "--layout", "shared")
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site/homes.txt").read_text() == "isp.example isp.example\nshop.example isp.example\n"
    assert not (tmp_path / "site/domains").exists()
    run(definitions, "-o", tmp_path / "site")
    assert tree_of(tmp_path / "site") == before


@pytest.mark.parametrize("layout", ["domains", "shared"])
def test_the_configuration_of_a_web_server_is_part_of_the_site(layout: str, tmp_path: Path) -> None:
    definitions = _definition(tmp_path / "definitions")
    options = (definitions, "-o", tmp_path / "site", "--server", "nginx", "--layout", layout)
    built = run(*options)
    assert built.returncode == 0, built.stderr
    written = {path for path in tree_of(tmp_path / "site") if path.startswith("server/")}
    assert written
    homes = "".join((tmp_path / "site" / path).read_text() for path in written)
    assert ("shop.example" in homes) is (layout == "shared")
    assert run(*options, "--check").returncode == 0


def test_a_list_for_an_object_store_names_the_files_of_customers(tmp_path: Path) -> None:
    definitions = _definition(tmp_path / "definitions")
    built = run(definitions, "-o", tmp_path / "site", "--server", "static")
    assert built.returncode == 0, built.stderr
    listed = "".join(path.read_text() for path in (tmp_path / "site/server").iterdir())
    assert "domains/shop.example/mail/config-v1.1.xml" in listed


def test_builds_at_once_take_turns_and_the_last_one_is_whole(tmp_path: Path) -> None:
    definitions = [_definition(tmp_path / name, name) for name in ("one", "other")]
    expected = []
    for folder in definitions:
        run(folder, "-o", tmp_path / f"{folder.name}-alone")
        expected.append(tree_of(tmp_path / f"{folder.name}-alone"))
    before = {path.name for path in tmp_path.iterdir()}
    command = [*COMMAND, "--output", str(tmp_path / "site")]
    builds = [subprocess.Popen([*command, str(folder)], stderr=subprocess.PIPE) for folder in definitions * 2]
    for build in builds:
        _, told = build.communicate(timeout=60)
        assert build.returncode == 0, told
    assert tree_of(tmp_path / "site") in expected
    assert {path.name for path in tmp_path.iterdir()} == before | {"site"}


def test_a_link_that_leads_to_itself_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    built = run(_definition(tmp_path / "definitions"), "-o", tmp_path / "loop", "--server", "nginx")
    assert built.returncode == 2
    assert "Traceback" not in built.stderr
