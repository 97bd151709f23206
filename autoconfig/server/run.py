"""`autoconfig serve`: the application under gunicorn, which listens, keeps workers running and passes signals on.

SIGHUP makes every worker reload the definitions while it goes on answering; SIGTERM ends each after the answers that it
owes.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import falcon
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from autoconfig.server.app import Application
from autoconfig.server.metrics import FOLDER
from autoconfig.server.reload import Reloader
from autoconfig.server.worker import SIGNALS, Worker

MAX_CONNECTIONS = 20_000
"""Connections that a worker keeps at a time, if the system lets it have as many files."""
_KEEP_ALIVE = 5  # seconds
_GRACEFUL_TIMEOUT = 30  # seconds
_SPARE_FILES = 100
_MEMORY = Path("/dev/shm")  # noqa: S108


def serve(
    make_app: Callable[[], Application],
    definitions: Path,
    *,
    bind: str = "127.0.0.1:8080",
    workers: int = 1,
    threads: int = 32,
    watch: bool = False,
) -> None:
    """Serve until a signal ends it.

    Args:
        make_app: makes the application out of what `definitions` holds now.
        definitions: where a reload reads.
        bind: `HOST:PORT`, or `unix:PATH`.
        workers: processes.
        threads: requests at one time in each.
        watch: reload when the definitions change on disk, and not only on SIGHUP.
    """
    settings: dict[str, Any] = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": Worker,
        "worker_connections": _connections(),
        "preload_app": True,
        "keepalive": _KEEP_ALIVE,
        "graceful_timeout": _GRACEFUL_TIMEOUT,
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "proc_name": "autoconfig",
        "loglevel": "warning",
    }
    if os.access(_MEMORY, os.W_OK):
        settings["worker_tmp_dir"] = str(_MEMORY)
    if workers > 1:
        settings |= _shared_counts()
    _Arbiter(_Server(make_app, definitions, settings), watch=watch).run()


def _connections() -> int:
    """As many as there may be files, of which the process takes all that it may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return MAX_CONNECTIONS if most == resource.RLIM_INFINITY else max(1, min(MAX_CONNECTIONS, most - _SPARE_FILES))


def _shared_counts() -> dict[str, Any]:
    """Let the workers share their counts in a folder, in memory if possible, that goes when the server ends."""
    folder = tempfile.mkdtemp(prefix="autoconfig-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
    os.environ[FOLDER] = folder

    def forget(_: Arbiter, worker: ThreadWorker) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    return {"child_exit": forget, "on_exit": lambda _: shutil.rmtree(folder, ignore_errors=True)}


class _Server(BaseApplication):  # type: ignore[misc]
    """The application and its settings, as gunicorn wants them."""

    def __init__(self, make_app: Callable[[], Application], definitions: Path, settings: dict[str, Any]) -> None:
        self._make_app = make_app
        self._definitions = definitions
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        app = self._make_app()
        app.add_error_handler(ParseException, _broken_body)
        self.reloader = Reloader(self._definitions, app.live)
        return app


def _broken_body(*_: object) -> None:
    raise falcon.HTTPBadRequest(title="The body is not in proper chunks")


class _Arbiter(Arbiter):  # type: ignore[misc]
    """Gunicorn's master process. It keeps up with the definitions too, as workers to come are copies of it."""

    def __init__(self, server: _Server, *, watch: bool) -> None:
        self._watch = watch
        super().__init__(server)

    def spawn_worker(self) -> int:
        """Let no signal reach a worker that is not ready for it: it would be lost, and the worker would never end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid: int = super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return pid

    def handle_hup(self) -> None:
        self.app.reloader.reload()
        self.kill_workers(signal.SIGHUP)

    def murder_workers(self) -> None:
        """Called once a second."""
        super().murder_workers()
        if self._watch and self.app.reloader.has_settled():
            self.handle_hup()
