"""The real provider files of Thunderbird's ISPDB, where they stand beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "ispdb"
FILES = sorted(FOLDER.glob("*.xml"))

each_file = pytest.mark.parametrize(
    "file",
    FILES or [pytest.param(None, marks=pytest.mark.skip(reason=f"the ISPDB files are not at {FOLDER}"))],
    ids=lambda file: file.stem if file else "none",
)
