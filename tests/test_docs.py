"""Generated pages are what their generators say today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_matrix_of_formats_is_up_to_date() -> None:
    printed = subprocess.run([sys.executable, DOCS / "formats_matrix.py"], check=True, capture_output=True)
    assert printed.stdout.decode() == (DOCS / "formats.md").read_text(encoding="utf-8")
