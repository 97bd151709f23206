"""How a folder differs from the site that is planned for it: by the SHA-256 of every file, read once for each inode."""

# os functions on plain strings: pathlib doubles the time of a comparison
# ruff: noqa: PTH123

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from autoconfig.errors import SiteError
from autoconfig.site.listing import Listing
from autoconfig.site.plan import Document, Plan

MOST_PATHS = 10_000
LINKS = 32_000
"""How many paths one inode serves: under half of the 65,000 that ext4 allows, as the next build links it beside."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files differ and how, and how many do not."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How a site differs from its plan: `counts`, and the paths in order, at most 10,000 of each kind.

    `unknown` are files, links and, with a slash at the end, empty folders that no build wrote: all of them, and kept.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    counts: Counts

    @property
    def unchanged(self) -> int:
        return self.counts.unchanged

    def __bool__(self) -> bool:
        return bool(self.counts.added or self.counts.changed or self.counts.removed)


def compare(goal: Listing, listed: Listing, directory: Path) -> Changes:
    """Compare every file of a folder with what it shall hold.

    Args:
        goal: what the folder shall hold.
        listed: what the last build wrote there.
        directory: need not exist.

    Raises:
        SiteError: something that no build wrote stands where a file or a folder of the site belongs.
        OSError: the folder cannot be read.
    """
    comparison = _Comparison(goal, listed)
    for path, entry in walk(str(directory)):
        comparison.look(path, entry)
    return comparison.result(directory)


class _Paths:
    """Paths that are counted, and the first of them kept."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[str] = []

    def add(self, path: str) -> None:
        self.count += 1
        if self.count <= MOST_PATHS:
            self.kept.append(path)


class _Comparison:
    def __init__(self, goal: Listing, listed: Listing) -> None:
        self._goal = goal
        self._listed = listed
        self._digests: dict[tuple[int, int], str] = {}
        self._changed = _Paths()
        self._removed = _Paths()
        self._in_the_way = _Paths()
        self._unknown: list[str] = []
        self._unchanged = 0
        self._open_folder = ""

    def look(self, path: str, entry: os.DirEntry[str]) -> None:
        self._end_folder(path)
        wanted = self._goal.sha256(path)
        if entry.is_dir(follow_symlinks=False):
            self._open_folder = path
            if wanted is not None:
                self._in_the_way.add(path)
            return
        is_ours = entry.is_file(follow_symlinks=False) and self._listed.sha256(path) is not None
        if wanted is None:
            self._look_at_unwanted(path, is_ours)
        elif entry.is_file(follow_symlinks=False) and self._digest(entry) == wanted:
            self._unchanged += 1
        else:
            (self._changed if is_ours else self._in_the_way).add(path)

    def _look_at_unwanted(self, path: str, is_ours: bool) -> None:
        if is_ours:
            self._removed.add(path)
        elif self._goal.has_folder(path):
            self._in_the_way.add(path)
        else:
            self._unknown.append(path)

    def _end_folder(self, path: str) -> None:
        """Note the folder before a path if it turns out to be empty and nobody's."""
        folder, self._open_folder = self._open_folder, ""
        is_empty = folder and not path.startswith(f"{folder}/")
        if is_empty and not self._goal.has_folder(folder) and not self._listed.has_folder(folder):
            self._unknown.append(f"{folder}/")

    def _digest(self, entry: os.DirEntry[str]) -> str:
        status = entry.stat(follow_symlinks=False)
        inode = (status.st_dev, status.st_ino)
        digest = self._digests.get(inode)
        if digest is None:
            with open(entry.path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if status.st_nlink > 1:
                self._digests[inode] = digest
        return digest

    def result(self, directory: Path) -> Changes:
        self._end_folder("")
        if self._in_the_way.count:
            path = directory / min(self._in_the_way.kept)
            what = "is a symbolic link, and none is followed or replaced" if path.is_symlink() else "is in the way"
            raise SiteError(f"{path} was not written by a build, and {what}: move it away, then build again")
        added = len(self._goal) - self._unchanged - self._changed.count
        return Changes(
            added=tuple(sorted(islice(_missing(self._goal, directory), min(added, MOST_PATHS)))),
            changed=tuple(sorted(self._changed.kept)),
            removed=tuple(sorted(self._removed.kept)),
            unknown=tuple(sorted(self._unknown)),
            counts=Counts(
                added=added,
                changed=self._changed.count,
                removed=self._removed.count,
                unchanged=self._unchanged,
            ),
        )


def _missing(goal: Listing, directory: Path) -> Iterator[str]:
    if not directory.exists():
        return iter(goal)
    return (path for path in goal if not os.path.lexists(f"{directory}/{path}"))


def walk(root: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is below a folder, by relative path, each folder before what is in it. Symbolic links are not followed."""
    opened: list[tuple[str, os.ScandirIterator[str]]] = []  # type: ignore[name-defined]
    try:
        opened.append(("", os.scandir(root)))
        while opened:
            prefix, entries = opened[-1]
            entry = next(entries, None)
            if entry is None:
                opened.pop()
                continue
            path = f"{prefix}{entry.name}"
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                opened.append((f"{path}/", os.scandir(entry.path)))
    except FileNotFoundError:
        if opened:
            raise
    finally:
        for _, entries in opened:
            entries.close()


def is_intact(plan: Plan, directory: Path) -> bool:
    """Tell by its inodes whether a folder still holds what a build of the same plan wrote there.

    Every inode must hold its document and have all its links, so that whatever was changed, replaced or removed
    shows; a file that was only moved does not, nor do files that no build wrote.
    """
    return all(_inodes_are_intact(document, directory) for document in plan.documents)


def _inodes_are_intact(document: Document, directory: Path) -> bool:
    left = len(document.paths)
    for path in islice(document.paths, 0, None, LINKS):
        file = f"{directory}/{path}"
        if _links(file) != min(left, LINKS) or not holds(file, document.data):
            return False
        left -= LINKS
    return True


def _links(file: str) -> int:
    """The number of names of a regular file; 0 for anything else."""
    try:
        status = os.lstat(file)
    except FileNotFoundError:
        return 0
    return status.st_nlink if stat.S_ISREG(status.st_mode) else 0


def holds(file: str, data: bytes) -> bool:
    """Tell whether a file has exactly these bytes."""
    with open(file, "rb") as content:
        return content.read(len(data) + 1) == data
