"""A real nginx on loopback, as a proxy: docs/deploy/nginx.conf with the ports, names and files of a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.dovecot import ended, wait_for_port

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"

_MAIN = """\
pid {folder}/nginx.pid;
error_log {folder}/log info;
{user}
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {folder}/access.log;
    include {folder}/snippet.conf;
}}
"""


def write(folder: Path, snippet: str, changes: Mapping[str, str]) -> Path:
    """The configuration: the snippet with every one of the changes made, which all have to be found in it."""
    for old, new in changes.items():
        assert old in snippet, old
        snippet = snippet.replace(old, new)
    (folder / "snippet.conf").write_text(snippet)
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, user="user root;" if os.getuid() == 0 else ""))
    return main


def check(configuration: Path) -> subprocess.CompletedProcess[str]:
    """What `nginx -t` says."""
    return subprocess.run([PROGRAM, "-t", "-c", str(configuration)], capture_output=True, text=True, check=False)


@contextmanager
def running(configuration: Path, port: int) -> Iterator[None]:
    folder = configuration.parent
    command = [PROGRAM, "-c", str(configuration), "-g", "daemon off;"]
    with ended(command, folder / "output") as process:
        wait_for_port(process, port, folder)
        yield
