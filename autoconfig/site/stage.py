"""Builds a whole site in a folder of its own, out of the documents of a plan and the unchanged files of the old site.

One inode serves many paths. An unchanged document keeps its inodes and their time, so that rsync and CDNs see only
what changed.
"""

# os functions on plain strings: pathlib doubles the time of a build
# ruff: noqa: PTH102, PTH103, PTH123, PTH208

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from autoconfig.site.compare import LINKS, holds, walk
from autoconfig.site.listing import DOMAIN, Listing, folders_of
from autoconfig.site.manifest import LISTS, MANIFEST
from autoconfig.site.plan import Plan

_DOMAINS_IN_A_STEP = 1000
_NOT_LINKABLE = frozenset({errno.EMLINK, errno.EPERM, errno.ENOTSUP, errno.ENOSYS})
_UNFINISHED = f"{MANIFEST}.part"


def is_manifest(path: str) -> bool:
    """Tell whether a path belongs to the manifest, which is written before everything else."""
    return path in {MANIFEST, _UNFINISHED} or path.startswith(f"{LISTS}/")


class Stage:
    """The steps in which a site is built: iterating takes them, and `len` tells how many there are.

    The manifest comes first, so that in what a killed build leaves behind, the files that it wrote are known.

    Args:
        plan: what to build.
        manifest: the plan's, which takes time to make.
        new: an empty folder.
        old: the folder of the old site.
        listed: what the last build wrote there.
        unknown: what in it no build wrote; it is carried over.
        copy: copy instead of hard-linking.
    """

    def __init__(
        self,
        plan: Plan,
        manifest: bytes,
        new: Path,
        *,
        old: Path,
        listed: Listing,
        unknown: Iterable[str],
        copy: bool,
    ) -> None:
        self._manifest = manifest
        self._new = new
        self._old = old
        self._unknown = unknown
        self._folders = _Folders(str(new))
        self._reusable = _Reusable(str(old), listed)
        self._copy = copy
        self._documents = [(document, self._writer(document.data, document.sha256)) for document in plan.documents]

    def __len__(self) -> int:
        batches = sum(-(-len(domains) // _DOMAINS_IN_A_STEP) for domains in self._families())
        return len(self._documents) + batches + 1

    def __iter__(self) -> Iterator[None]:
        yield from self._write_listed(is_list=True)
        self._write_manifest()
        self._carry_over()
        yield
        yield from self._write_listed(is_list=False)
        for domains in self._families():
            yield from self._write_family(domains)
        _keep_folder_times(self._old, self._new)

    def _writer(self, data: bytes, sha256: str) -> _Writer:
        return _Writer(data, self._reusable.files(data, sha256), 0 if self._copy else LINKS)

    def _write_listed(self, *, is_list: bool) -> Iterator[None]:
        for document, writer in self._documents:
            if (document.format == LISTS) is is_list:
                for path in document.paths.listed:
                    writer.put(self._folders.target(path))
                yield

    def _write_manifest(self) -> None:
        writer = self._writer(self._manifest, hashlib.sha256(self._manifest).hexdigest())
        writer.put(self._folders.target(_UNFINISHED))
        (self._new / _UNFINISHED).rename(self._new / MANIFEST)

    def _carry_over(self) -> None:
        for path in self._unknown:
            if path.endswith("/"):
                self._folders.make(path[:-1])
            else:
                link_or_copy(f"{self._old}/{path}", self._folders.target(path))

    def _families(self) -> list[Collection[str]]:
        """The files of domains, each of which serves several documents."""
        domains = (document.paths.domains for document, _ in self._documents if document.paths.templates)
        return list({id(each): each for each in domains}.values())

    def _write_family(self, domains: Collection[str]) -> Iterator[None]:
        members = [
            (writer, template)
            for document, writer in self._documents
            if document.paths.domains is domains
            for template in document.paths.templates
        ]
        folders = []
        for folder in folders_of(template for _, template in members):
            if DOMAIN in folder:
                folders.append(f"{self._new}/{folder}")
            else:
                self._folders.make(folder)
        targets = [(writer, f"{self._new}/{template}") for writer, template in members]
        remaining = iter(domains)
        while batch := list(islice(remaining, _DOMAINS_IN_A_STEP)):
            for domain in batch:
                for folder in folders:
                    with suppress(FileExistsError):
                        os.mkdir(folder.replace(DOMAIN, domain))
                for writer, target in targets:
                    writer.put(target.replace(DOMAIN, domain))
            yield


class _Folders:
    """The folders of the new site, each made when it is first needed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._made = {root}

    def target(self, path: str) -> str:
        """The place of a file, whose folder is there."""
        target = f"{self._root}/{path}"
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        return target

    def make(self, folder: str) -> None:
        os.makedirs(f"{self._root}/{folder}", exist_ok=True)


class _Reusable:
    """The files of the old site that can serve again, each inode once."""

    def __init__(self, old: str, listed: Listing) -> None:
        self._old = old
        self._listed = listed
        self._used: set[tuple[int, int]] = set()

    def files(self, data: bytes, sha256: str) -> Iterator[str]:
        for path in self._listed.paths(sha256):
            file = f"{self._old}/{path}"
            try:
                status = os.lstat(file)
            except FileNotFoundError:
                continue
            inode = (status.st_dev, status.st_ino)
            if inode not in self._used and stat.S_ISREG(status.st_mode) and holds(file, data):
                self._used.add(inode)
                yield file


class _Writer:
    """Puts a document at one path after the other, with up to `links` of them on one inode, or each on its own."""

    def __init__(self, data: bytes, reusable: Iterator[str], links: int) -> None:
        self._data = data
        self._reusable = reusable
        self._links = links
        self._left = 0
        self._source = ""

    def put(self, target: str) -> None:
        if self._left:
            try:
                os.link(self._source, target)
            except OSError as error:
                if error.errno != errno.EMLINK:
                    raise
            else:
                self._left -= 1
                return
        self._begin_inode(target)

    def _begin_inode(self, target: str) -> None:
        """Take the next inode of the old site, else copy the last one with its time, else write the first."""
        old = next(self._reusable, None)
        if old is not None and self._links:
            link_or_copy(old, target)
        elif old or self._source:
            shutil.copy2(old or self._source, target)
        else:
            with open(target, "wb") as file:
                file.write(self._data)
        self._source = target
        self._left = max(0, self._links - 1)


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file or a symbolic link itself, or copy it where that is not allowed."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_LINKABLE:
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _keep_folder_times(old: Path, new: Path) -> None:
    """Give the folders that hold the same names as before the time that they had."""
    if not old.exists():
        return
    for path, entry in walk(str(new)):
        if entry.is_dir(follow_symlinks=False):
            before = f"{old}/{path}"
            with suppress(FileNotFoundError, NotADirectoryError):
                if set(os.listdir(before)) == set(os.listdir(entry.path)):
                    status = os.lstat(before)
                    os.utime(entry.path, ns=(status.st_atime_ns, status.st_mtime_ns))
