"""What a user installs holds the bundled definitions, the schema and the types, whichever way it was built."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _build(kind: str, source: Path, target: Path) -> Path:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target], cwd=source, check=True)
    (built,) = target.iterdir()
    return built


def test_the_wheel_of_a_source_distribution_holds_what_is_needed(tmp_path: Path) -> None:
    with tarfile.open(_build("sdist", ROOT, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    with zipfile.ZipFile(_build("wheel", source, tmp_path / "wheel")) as wheel:
        names = set(wheel.namelist())
    package = (path for path in (ROOT / "autoconfig").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert {path.relative_to(ROOT).as_posix() for path in package} <= names
    definitions = {path.name for path in (ROOT / "isp_data").glob("*.yaml")}
    assert {Path(name).name for name in names if name.startswith("autoconfig/isp_data/")} == definitions
