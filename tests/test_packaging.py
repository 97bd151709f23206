"""What a user installs holds the bundled definitions, the schema and the types, and brings what it imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("part", "extras"),
    [(".", ["apple", "dnssec", "pages", "server"]), ("server", ["server", "pages"]), ("site/pages", ["pages"])],
)
def test_what_is_imported_is_installed_with_the_package_or_its_extra(part: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(it for extra in extras for it in project["optional-dependencies"][extra])]
    brought = {_canonical(re.split(r"[^\w.-]", it, maxsplit=1)[0]) for it in wanted}
    brought |= {"markupsafe", "typing-extensions"}  # jinja2's own, and a type that mypy brings
    owners = packages_distributions()
    modules = set().union(*map(_imported, (ROOT / "autoconfig" / part).rglob("*.py"))) & owners.keys() - {"autoconfig"}
    assert [module for module in sorted(modules) if brought.isdisjoint(map(_canonical, owners[module]))] == []


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path: Path) -> set[str]:
    """The first part of the names of all modules that a file imports or looks for."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                found |= {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                found.add(module.partition(".")[0])
    return found
