"""Generated pages are what their generators say today, and programs run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import autoconfig
from autoconfig.verification import Report

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_the_matrix_of_formats_is_up_to_date() -> None:
    printed = subprocess.run([sys.executable, DOCS / "formats_matrix.py"], check=True, capture_output=True)
    assert printed.stdout.decode() == (DOCS / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "discovery.md"], ids=lambda page: page.name)
def test_programs_run_as_they_stand(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network: only the catalog is asked, and no server."""
    for function in (autoconfig.discover, autoconfig.discover_many):
        monkeypatch.setattr(autoconfig, function.__name__, partial(function, sources=["catalog"]))
    monkeypatch.setattr(autoconfig, "verify", lambda provider: Report(provider=provider, servers=()))
    (tmp_path / "addresses.txt").write_text("jan@xs4all.nl\n")
    (tmp_path / "definitions").mkdir()
    monkeypatch.chdir(tmp_path)
    programs = re.findall("^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert programs
    for program in programs:
        exec(program, {})
    assert "secure" in capsys.readouterr().out
