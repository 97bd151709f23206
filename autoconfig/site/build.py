"""Write a planned site: the whole tree is built beside the folder and switched into its place.

A build that is killed leaves the old site whole. Files that did not change keep their inode and time, so that rsync
and CDNs see only what changed; files that no build wrote are kept.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from autoconfig.errors import SiteError
from autoconfig.site.plan import MANIFEST, Document, Plan

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How a site differs from its plan, as paths in order. `unknown` are files that no build wrote, and kept."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unknown: tuple[str, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def check(plan: Plan, directory: Path) -> Changes:
    """Compare a folder with what a build would write there. Nothing is written.

    Raises:
        SiteError: the folder cannot be read, or a file that no build wrote stands where one of the site belongs.
    """
    with _system_errors(directory):
        return _compare(plan, directory)


def build(
    plan: Plan,
    directory: Path,
    *,
    copy: bool = False,
    track: Callable[[Sequence[Document]], Iterable[Document]] = iter,
) -> Changes:
    """Make a folder hold the planned site.

    Args:
        plan: what the folder shall hold.
        directory: need not exist; may be a symbolic link to a folder.
        copy: write equal files apart instead of hard-linking them, for file systems without hard links.
        track: wraps the documents while they are written, for a progress bar.

    Raises:
        SiteError: the site cannot be written; the old one is untouched.
    """
    with _system_errors(directory):
        directory = directory.resolve()
        if directory.exists() and not directory.is_dir():
            raise SiteError(f"{directory} is not a folder: name another one with --output")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _lock(directory.parent):
            changes = _compare(plan, directory)
            if changes or not directory.exists():
                staging = directory.parent / f".{directory.name}.building"
                shutil.rmtree(staging, ignore_errors=True)
                _stage(plan, changes, directory, staging, copy=copy, track=track)
                _switch(staging, directory)
            return changes


@contextmanager
def _system_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or directory
        remedy = "; --copy does without hard links" if error.errno in _NO_HARD_LINKS else ""
        raise SiteError(f"{place}: {error.strerror}; nothing of the site was changed{remedy}") from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Let builds into one folder take turns; a process that dies gives its turn away. Windows has no such lock."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _compare(plan: Plan, directory: Path) -> Changes:
    wanted = {path: document.sha256 for document in plan.documents for path in document.paths}
    wanted[MANIFEST] = hashlib.sha256(plan.manifest()).hexdigest()
    present = dict(_digests(directory))
    written = _written_by_a_build(directory)
    foreign = sorted(path for path in wanted.keys() & present.keys() - written if present[path] != wanted[path])
    if foreign:
        raise SiteError(f"{directory / foreign[0]} was not written by a build: move it away, then build again")
    return Changes(
        added=tuple(sorted(wanted.keys() - present.keys())),
        changed=tuple(sorted(path for path in wanted.keys() & present.keys() if wanted[path] != present[path])),
        removed=tuple(sorted((present.keys() & written) - wanted.keys())),
        unknown=tuple(sorted(present.keys() - written - wanted.keys())),
        unchanged=sum(1 for path in wanted.keys() & present.keys() if wanted[path] == present[path]),
    )


def _digests(directory: Path) -> Iterator[tuple[str, str]]:
    """Each file below a folder with its SHA-256, and `link` for a symbolic link, which is never followed."""
    by_inode: dict[tuple[int, int], str] = {}
    root = str(directory)
    for folder, folders, files in os.walk(root, onerror=_raise_unless_missing):
        for name in (*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            relative = path[len(root) + 1 :].replace(os.sep, "/")
            if not os.path.isfile(path) or os.path.islink(path):
                yield relative, "link"
                continue
            inode = (status.st_dev, status.st_ino)
            if inode not in by_inode:
                with open(path, "rb") as file:
                    by_inode[inode] = hashlib.file_digest(file, "sha256").hexdigest()
            yield relative, by_inode[inode]


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _written_by_a_build(directory: Path) -> frozenset[str]:
    try:
        manifest = msgspec.json.decode((directory / MANIFEST).read_bytes())
        return frozenset({MANIFEST, *(file["path"] for file in manifest["files"])})
    except FileNotFoundError:
        return frozenset()
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise SiteError(
            f"{directory / MANIFEST} is not the manifest of a site ({error}): move it away, then build again"
        ) from error


def _stage(
    plan: Plan,
    changes: Changes,
    directory: Path,
    staging: Path,
    *,
    copy: bool,
    track: Callable[[Sequence[Document]], Iterable[Document]],
) -> None:
    fresh = frozenset(changes.added) | frozenset(changes.changed)
    place = shutil.copy2 if copy else _link
    old, new = str(directory), str(staging)
    staging.mkdir()
    made: set[str] = {new}

    def target_of(path: str) -> str:
        target = f"{new}/{path}"
        folder = target.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        return target

    for document in track(plan.documents):
        source = None
        for path in document.paths:
            target = target_of(path)
            if path not in fresh:
                place(f"{old}/{path}", target)
            elif source is None:
                with open(target, "wb") as file:
                    file.write(document.data)
            else:
                place(source, target)
            source = target
    if MANIFEST in fresh:
        (staging / MANIFEST).write_bytes(plan.manifest())
    else:
        place(f"{old}/{MANIFEST}", target_of(MANIFEST))
    for path in changes.unknown:
        shutil.copy2(f"{old}/{path}", target_of(path), follow_symlinks=False)


def _link(source: str, target: str) -> None:
    """Hard-link, or copy where the file system allows no further link to this file."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copy2(source, target)


def _switch(staging: Path, directory: Path) -> None:
    """Put the staged tree in the place of the folder, and remove the old tree."""
    if not directory.exists():
        staging.rename(directory)
        return
    if _exchange(staging, directory):
        shutil.rmtree(staging)
        return
    retired = staging.with_suffix(".retired")
    shutil.rmtree(retired, ignore_errors=True)
    directory.rename(retired)
    staging.rename(directory)
    shutil.rmtree(retired)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step (renameat2(2), Linux); False where the system cannot."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
