"""Definitions that change on disk: loaded beside the ones in use, and switched to when they are valid."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event, Thread

from autoconfig.catalog import load
from autoconfig.errors import AutoconfigError
from autoconfig.server.live import Live

LOGGER = logging.getLogger("autoconfig.server")

_Fingerprint = tuple[tuple[str, int, int, int], ...]


class Reloader:
    """Loads definitions anew for live answers.

    Args:
        path: a definition or a folder of them.
        live: what gives the answers; its catalog is what the path held a moment ago.
    """

    def __init__(self, path: Path, live: Live) -> None:
        self._path = path
        self._live = live
        self._loaded = self._seen = self._fingerprint()
        self._wanted = Event()

    def reload(self) -> None:
        """Switch to what the path holds now; if that is not valid, log why, tell it in `/healthz` and go on."""
        before = self._fingerprint()
        try:
            catalog = load(self._path)
        except (AutoconfigError, OSError) as error:
            self._live.keep(f"{error}")
            LOGGER.error("the definitions were not reloaded, and the ones in use stay:\n%s", error)
        else:
            self._live.use(catalog)
            LOGGER.info("reloaded %d providers from %s", len(catalog.providers), self._path)
        self._loaded = self._seen = before

    def has_settled(self) -> bool:
        """Tell whether the files differ from the ones loaded, and no more from what they were at the last call."""
        before, self._seen = self._seen, self._fingerprint()
        return self._seen == before != self._loaded

    def start(self) -> None:
        """From now on reload on a thread of its own whenever `wake` is called, and now if the files have changed."""
        if self._fingerprint() != self._loaded:
            self.wake()
        Thread(target=self._run, name="autoconfig-reload", daemon=True).start()

    def wake(self) -> None:
        """Ask for a reload; returns at once, so that a signal handler may call it."""
        self._wanted.set()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            self.reload()

    def _fingerprint(self) -> _Fingerprint:
        """What changes when a file does: its place, size, time and name. A file that cannot be looked at has none."""
        files = set(self._path.rglob("*") if self._path.is_dir() else [self._path])
        files.update(file.path for _, file in self._live.answers.catalog.domains_files() if file is not None)
        return tuple(entry for file in sorted(files) if (entry := _entry(file)) is not None)


def _entry(file: Path) -> tuple[str, int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return str(file), status.st_ino, status.st_size, status.st_mtime_ns
