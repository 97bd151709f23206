"""The settings that an audit writes for a web server, in a real nginx."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from autoconfig.catalog import Catalog
from autoconfig.formats import FORMATS
from autoconfig.site import build, plan
from tests.support.audited import (
    AUTOCONFIG,
    AUTODISCOVER,
    PACC,
    POINTER,
    PROFILE,
    PROVIDER,
    UA,
    WELL_KNOWN,
    Estate,
)
from tests.support.dovecot import ended, free_port, wait_for_port
from tests.support.internet import CONFIG, DOMAIN, POX
from tests.support.web import Answer

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path(PROGRAM).exists(), reason="nginx is not installed"),
]
_CONFIGURATION = """\
{user}
daemon off;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
{servers}
}}
"""
_SERVER = """\
  server {{
    listen 127.0.0.1:{port};
    server_name {host};
{settings}
  }}
"""
PLACES = {
    (AUTOCONFIG, CONFIG): "mozilla",
    (DOMAIN, WELL_KNOWN): "mozilla",
    (DOMAIN, POX): "outlook",
    (AUTODISCOVER, POX): "outlook",
    (AUTODISCOVER, POINTER): "autodiscover_json",
    (UA, PACC): "pacc",
    (DOMAIN, PROFILE): "apple",
}


@contextmanager
def nginx(folder: Path, settings: dict[str, list[str]]) -> Iterator[int]:
    """Run nginx with settings for each host, in a folder that relative paths start from; give its port."""
    port = free_port()
    servers = "".join(_SERVER.format(port=port, host=host, settings="\n".join(it)) for host, it in settings.items())
    user = "user root;" if os.getuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(user=user, servers=servers), encoding="utf-8")
    with ended([PROGRAM, "-p", str(folder), "-c", str(file), "-e", "stderr"], folder / "output") as process:
        wait_for_port(process, port, folder)
        yield port


def settings_of(estate: Estate) -> dict[str, list[str]]:
    """The lines of every remedy that is one for nginx, by host."""
    found: dict[str, list[str]] = {}
    for finding in estate.audit().findings:
        where, *lines = finding.remedy.splitlines()
        host = re.match(r"nginx, server (\S+) ", where)
        if host is not None:
            found.setdefault(host[1], []).extend(lines)
    return found


def asked(port: int, host: str, path: str, method: str) -> tuple[int, str, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": host}, body=b"<x/>" if method == "POST" else None)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()


def test_the_settings_serve_every_document_with_its_media_type_and_to_post(estate: Estate, tmp_path: Path) -> None:
    build(plan(Catalog([PROVIDER])), tmp_path / "site")
    page = Answer(b"<!doctype html>", headers={"Content-Type": "text/html"})
    for host in (DOMAIN, AUTOCONFIG, AUTODISCOVER, UA):
        estate.catch_all("https", host, page)
    estate.define()
    with nginx(tmp_path, settings_of(estate)) as port:
        for (host, path), format in PLACES.items():
            status, media_type, body = asked(port, host, path, "POST" if format == "outlook" else "GET")
            assert (status, media_type) == (200, FORMATS[format].media_type), (host, path)
            assert FORMATS[format].module.recognises(body)


def test_the_settings_lead_from_http_to_https(estate: Estate, tmp_path: Path) -> None:
    estate.catch_all("http", AUTOCONFIG, Answer(b"<!doctype html>"))
    with nginx(tmp_path, settings_of(estate)) as port, closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", CONFIG, headers={"Host": AUTOCONFIG})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{AUTOCONFIG}{CONFIG}")
