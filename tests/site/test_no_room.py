"""A disk without room, a file system that cannot be written: the error is clear, the old site whole, nothing left."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoconfig import site
from autoconfig.catalog import Catalog
from tests.support.killed_builds import tree_of
from tests.support.samples import BARE, RICH

_UNSHARE = ["unshare", "--mount", "--map-root-user"]


def _can_mount() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    attempt = [*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    return subprocess.run(attempt, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("options", "error", "remedy"),
    [
        ("size=120k", "No space left on device", "make room"),
        ("nr_inodes=100", "No space left on device", "df -i"),
        ("ro", "Read-only file system", "--output"),
    ],
)
def test_no_room_in_the_file_system_is_a_clear_error(options: str, error: str, remedy: str, tmp_path: Path) -> None:
    if not _can_mount():
        pytest.skip("this system lets nobody mount a file system of his own")
    command = [*_UNSHARE, sys.executable, "-m", "tests.support.full_disk", str(tmp_path), options]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert f"{error}; nothing of the site was changed" in result.stdout
    assert remedy in result.stdout


def _refuse_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))


def test_a_file_that_cannot_be_written_to_its_end_is_a_clear_error(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(Catalog([BARE])), folder)
    before = tree_of(folder)
    command = [sys.executable, "-m", "autoconfig", "build", "--output", str(folder), "--provider", "xs4all.nl"]
    result = subprocess.run(command, check=False, capture_output=True, text=True, preexec_fn=_refuse_large_files)
    assert result.returncode == 2
    assert "nothing of the site was changed" in result.stderr
    assert "Traceback" not in result.stderr
    assert tree_of(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.fixture
def common() -> Iterator[Path]:
    """A folder that everybody can reach, as those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


_BUILD_AS_NOBODY = """
import ctypes, fcntl, os, sys
from pathlib import Path
from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.errors import SiteError
from tests.support.samples import BARE
plan = site.plan(Catalog([BARE]))
if os.geteuid() == 0:
    os.setegid(65534), os.seteuid(65534)
try:
    site.build(plan, Path(sys.argv[1]))
except SiteError as error:
    print(error)
"""


@pytest.mark.parametrize("read_only", [".", "site"])
def test_a_folder_that_one_may_not_write_in_is_a_clear_error(read_only: str, common: Path) -> None:
    site.build(site.plan(Catalog([RICH])), common / "site")
    if os.geteuid() == 0:
        for path in (common, *common.rglob("*")):
            os.chown(path, 65534, 65534)
    before = tree_of(common)
    (common / read_only).chmod(0o555)
    command = [sys.executable, "-c", _BUILD_AS_NOBODY, str(common / "site")]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    (common / read_only).chmod(0o755)
    assert "Permission denied; nothing of the site was changed" in result.stdout
    assert tree_of(common) == before
