"""Write a planned site: the whole tree is built beside the folder and switched into its place.

Linux swaps two folders in one step, so that a build killed at any moment leaves a whole site, old or new. Where system
or file system cannot, the old folder is renamed away and the new one into its place: a build that is killed in the
microseconds between leaves no folder, and the next one puts the old site back first. In both cases the next build
removes what was left behind. Files that no build wrote are kept.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autoconfig.errors import SiteError
from autoconfig.site import manifest
from autoconfig.site.compare import Changes, Counts, compare, is_intact, walk
from autoconfig.site.listing import Listing, Paths
from autoconfig.site.manifest import MANIFEST
from autoconfig.site.plan import Plan
from autoconfig.site.stage import Stage, is_manifest

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NO_HARD_LINKS = "--copy does without hard links"
_NO_ROOM = "the new site is built beside the old one: make room (df -h, df -i)"
_OTHER_FILE_SYSTEM = "a mount point cannot be switched: build into a folder below it"
_REMEDIES = {
    errno.EPERM: _NO_HARD_LINKS,
    errno.ENOTSUP: _NO_HARD_LINKS,
    errno.ENOSYS: _NO_HARD_LINKS,
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EBUSY: _OTHER_FILE_SYSTEM,
    errno.EXDEV: _OTHER_FILE_SYSTEM,
    errno.EACCES: "the folder above it must be writable too",
    errno.EROFS: "name a folder on a file system that can be written with --output",
}


def check(plan: Plan, directory: Path) -> Changes:
    """Compare every file of a folder with what a build would write there. Nothing is written.

    Raises:
        SiteError: the folder cannot be read, or a file that no build wrote stands where one of the site belongs.
    """
    with _system_errors(directory):
        _, listed = manifest.read(directory)
        return compare(_goal(plan, plan.manifest()), listed, directory)


def build(
    plan: Plan, directory: Path, *, copy: bool = False, track: Callable[[Stage], Iterable[object]] = iter
) -> Changes:
    """Make a folder hold the planned site. Builds beside each other wait for their turn.

    A site with a file of domains that is planned as it was built is looked at by its inodes alone, which shows files
    that were changed, replaced or removed, but not unknown ones; `check` always compares everything.

    Args:
        plan: what the folder shall hold.
        directory: need not exist; may be a symbolic link to a folder.
        copy: write equal files apart instead of hard-linking them, for file systems without hard links.
        track: wraps the steps of writing, for a progress bar.

    Raises:
        SiteError: the site cannot be written; the old one is untouched.
    """
    with _system_errors(directory):
        directory = Path(os.path.realpath(directory))
        if directory.exists() and not directory.is_dir():
            raise SiteError(f"{directory} is not a folder: name another one with --output")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _lock(directory.parent):
            return _build(plan, directory, copy=copy, track=track)


def _build(plan: Plan, directory: Path, *, copy: bool, track: Callable[[Stage], Iterable[object]]) -> Changes:
    staging, retired = _names_beside(directory)
    _mend(directory)
    data = plan.manifest()
    goal = _goal(plan, data)
    written, listed = manifest.read(directory)
    is_large = any(document.paths.templates for document in plan.documents)
    if is_large and written == data and is_intact(plan, directory):
        return Changes(counts=Counts(unchanged=len(goal)))
    changes = compare(goal, listed, directory)
    if directory.exists() and not changes:
        return changes
    try:
        _make_like(directory, staging)
        stage = Stage(plan, data, staging, old=directory, listed=listed, unknown=changes.unknown, copy=copy)
        for _ in track(stage):
            pass
        _switch(staging, directory, retired)
    except BaseException:
        with suppress(OSError):
            _discard(staging, directory)
        raise
    _remove_old(staging, retired, directory)
    return changes


def _goal(plan: Plan, data: bytes) -> Listing:
    return Listing(
        [
            (hashlib.sha256(data).hexdigest(), Paths((MANIFEST,))),
            *((document.sha256, document.paths) for document in plan.documents),
        ]
    )


@contextmanager
def _system_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or directory
        remedy = f"; {_REMEDIES[error.errno]}" if error.errno in _REMEDIES else ""
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


def _names_beside(directory: Path) -> tuple[Path, Path]:
    """Where the new site is built, and where the old one goes if the two cannot be swapped."""
    return directory.with_name(f".{directory.name}.building"), directory.with_name(f".{directory.name}.retired")


def _mend(directory: Path) -> None:
    """Put right what a killed build left: the old site may be renamed away, and trees may stand beside."""
    staging, retired = _names_beside(directory)
    if retired.is_dir() and not directory.exists():
        retired.rename(directory)
    for leftover in (staging, retired):
        if leftover.is_symlink():
            raise SiteError(f"{leftover} is a symbolic link, and the new site would be built there: remove it")
        _discard(leftover, directory)


def _make_like(old: Path, new: Path) -> None:
    """Make an empty folder with the owner and the mode of another, if that exists."""
    new.mkdir()
    if old.exists():
        if sys.platform != "win32":
            status = old.stat()
            with suppress(PermissionError):
                os.chown(new, status.st_uid, status.st_gid)
        shutil.copystat(old, new)


def _switch(staging: Path, directory: Path, retired: Path) -> None:
    """Put the staged tree in the place of the folder, and the old tree in one of the two other places."""
    if not directory.exists():
        staging.rename(directory)
    elif not _exchange(staging, directory):
        directory.rename(retired)
        try:
            staging.rename(directory)
        except BaseException:
            retired.rename(directory)
            raise


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


def _remove_old(staging: Path, retired: Path, directory: Path) -> None:
    try:
        _discard(staging, directory)
        _discard(retired, directory)
    except OSError as error:
        raise SiteError(
            f"{directory} holds the new site, but the old one beside it could not be removed: "
            f"{error.filename}: {error.strerror}; the next build tries again"
        ) from error


def _discard(tree: Path, directory: Path) -> None:
    """Remove a tree of this builder. What no build wrote and the site does not have appeared meanwhile: it moves there.

    What the site does not have goes first, while the manifest can still tell which of it a build wrote.
    """
    if not tree.exists():
        return
    listed = Listing(())
    with suppress(SiteError):
        _, listed = manifest.read(tree)
    for path, entry in walk(str(tree)):
        kept = f"{directory}/{path}"
        if entry.is_dir(follow_symlinks=False) or is_manifest(path) or os.path.lexists(kept):
            continue
        if listed.sha256(path) is not None:
            os.unlink(entry.path)
        else:
            os.makedirs(os.path.dirname(kept), exist_ok=True)
            os.rename(entry.path, kept)
    shutil.rmtree(tree)
