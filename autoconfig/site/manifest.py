"""The manifest: which files a build wrote, so that the next one knows what it may replace and remove.

`{"files": [{"path", "sha256", "provider", "format"}, ...]}` in the order of paths. Where a definition has a file of
domains, `"templates"` holds the paths that each of them has, with `{domain}` in its place, and names in `domains` the
list of them: a file of the site below `manifest/`, one domain a line. The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from autoconfig.definitions.domains_file import DomainsFile
from autoconfig.errors import SiteError
from autoconfig.site.listing import DOMAIN, Listing, Paths

MANIFEST = "manifest.json"
LISTS = "manifest"
"""The folder of the lists of domains."""


class Entry(msgspec.Struct, omit_defaults=True):
    """A file, or with `domains` a file for each domain in a list."""

    path: str
    sha256: str
    provider: str
    format: str
    domains: str = ""


class _Manifest(msgspec.Struct, omit_defaults=True):
    files: list[Entry]
    templates: list[Entry] = []


def encode(entries: Iterable[Entry]) -> bytes:
    """Write a manifest as JSON."""
    files: list[Entry] = []
    templates: list[Entry] = []
    for entry in entries:
        (templates if entry.domains else files).append(entry)
    files.sort(key=_order)
    templates.sort(key=_order)
    return msgspec.json.format(msgspec.json.encode(_Manifest(files, templates)), indent=1) + b"\n"


def _order(entry: Entry) -> tuple[str, str]:
    return entry.path, entry.domains


def read(directory: Path) -> tuple[bytes, Listing]:
    """The manifest of a built site and what it lists, itself included; nothing where there is none.

    A list of domains that is not as it was written lists nothing: its files are then nobody's, and kept.

    Raises:
        SiteError: the file is something else than a manifest.
        OSError: it cannot be read.
    """
    path = directory / MANIFEST
    if path.is_symlink():
        raise SiteError(f"{path} is a symbolic link, which no build wrote: move it away, then build again")
    try:
        data = path.read_bytes()
        manifest = msgspec.json.decode(data, type=_Manifest)
    except FileNotFoundError:
        return b"", Listing(())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{path} is not the manifest of a site ({error}): move it away, then build again") from error
    digests = {entry.path: entry.sha256 for entry in manifest.files}
    entries = [entry for entry in manifest.templates if DOMAIN in entry.path]
    lists = {entry.domains: _domains(directory, entry.domains, digests) for entry in entries}
    listed: dict[str, list[str]] = {hashlib.sha256(data).hexdigest(): [MANIFEST]}
    for entry in manifest.files:
        listed.setdefault(entry.sha256, []).append(entry.path)
    templates = [(entry.sha256, Paths((), (entry.path,), lists[entry.domains])) for entry in entries]
    return data, Listing([*((sha256, Paths(tuple(paths))) for sha256, paths in listed.items()), *templates])


def _domains(directory: Path, path: str, digests: dict[str, str]) -> Collection[str]:
    file = directory / path
    if not path.startswith(f"{LISTS}/") or ".." in path or path not in digests or not file.is_file():
        return ()
    lines = file.read_bytes()
    return DomainsFile(file, lines) if hashlib.sha256(lines).hexdigest() == digests[path] else ()
