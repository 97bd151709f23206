"""Builds that are killed: 200 of them at moments spread over a build's life, and the states that they can leave."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autoconfig import site
from autoconfig.errors import SiteError
from tests.support.killed_builds import plans, tree_of


def _kill_builds(folder: Path, moments: int, *options: str) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.support.killed_builds", str(folder), str(moments), *options]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    seen = {state: int(number) for state, number in re.findall(r"(\w+)=(\d+)", result.stdout)}
    assert sum(seen.values()) == moments
    return seen


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux swaps two folders in one step")
def test_at_each_of_200_moments_the_old_or_the_new_site_is_whole_and_the_next_build_mends_the_rest(
    tmp_path: Path,
) -> None:
    seen = _kill_builds(tmp_path, 200)
    assert seen["broken"] == seen["missing"] == 0
    assert seen["old"] > 20
    assert seen["new"] > 20


def test_where_folders_cannot_be_swapped_the_site_may_be_missing_but_never_half(tmp_path: Path) -> None:
    seen = _kill_builds(tmp_path, 100, "--without-exchange")
    assert seen["broken"] == 0
    assert seen["missing"] < 10


def test_a_site_that_was_only_renamed_away_is_put_back_before_anything_else(tmp_path: Path) -> None:
    old, new = plans(tmp_path)
    folder, retired = tmp_path / "site", tmp_path / ".site.retired"
    site.build(old, folder)
    before = tree_of(folder)
    folder.rename(retired)
    (retired / "robots.txt").write_text("mine")
    shutil.copytree(retired, tmp_path / ".site.building")
    (retired / "ispdb/example.com").unlink()
    (retired / "ispdb/example.com").symlink_to("/nowhere")
    with pytest.raises(SiteError, match="symbolic link"):
        site.build(new, folder)
    (folder / "ispdb/example.com").unlink()
    site.build(old, folder)
    assert tree_of(folder) == before | {"robots.txt": b"mine"}
    assert {path.name for path in tmp_path.iterdir()} == {"site", "few.txt", "more.txt"}


def test_what_appeared_in_the_old_site_while_the_new_one_was_built_is_kept(tmp_path: Path) -> None:
    old, new = plans(tmp_path)
    folder = tmp_path / "site"
    site.build(old, folder)

    def track(steps: site.Stage) -> list[object]:
        taken: list[object] = list(steps)
        (folder / "domains/a.example/challenge").mkdir()
        (folder / "domains/a.example/challenge/token").write_text("mine")
        return taken

    site.build(new, folder, track=track)
    assert (folder / "domains/a.example/challenge/token").read_text() == "mine"
    assert not (folder / "domains/a.example/mail").exists()


def test_a_link_in_the_place_of_the_new_tree_is_not_followed(tmp_path: Path) -> None:
    old, _ = plans(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_text("mine")
    (tmp_path / ".site.building").symlink_to("elsewhere")
    with pytest.raises(SiteError, match=r"\.site\.building is a symbolic link"):
        site.build(old, tmp_path / "site")
    assert (tmp_path / "elsewhere/file").read_text() == "mine"
