"""The files of docs/deploy, held to what systemd and nginx make of them."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from autoconfig.formats import outlook
from tests.support import nginx
from tests.support.certificates import Certificates
from tests.support.dovecot import free_port
from tests.support.serving import OUTLOOK_2016, serving

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
UNIT = (DEPLOY / "autoconfig.service").read_text(encoding="utf-8")
HOST = "autoconfig.example.com"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
needs_nginx = pytest.mark.skipif(not Path(nginx.PROGRAM).exists(), reason="nginx is not installed")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a command that is there."""
    path = tmp_path / "autoconfig.service"
    path.write_text(UNIT.replace("/opt/autoconfig/bin/autoconfig", sys.executable))
    return path


@pytest.mark.real
@needs_systemd
def test_systemd_takes_the_unit(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "autoconfig" in line] == []
    assert done.returncode == 0


@pytest.mark.real
@needs_systemd
def test_the_unit_is_as_closed_as_a_server_can_be(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_what_the_command_takes(tmp_path: Path) -> None:
    [line] = re.findall(r"^ExecStart=\S+ serve \S+ (.*)$", UNIT, re.MULTILINE)
    options = line.split()
    path = options[options.index("--bind") + 1].removeprefix("unix:")
    assert path.startswith("/run/autoconfig/")
    assert f"server unix:{path};" in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    del options[options.index("--bind") : options.index("--bind") + 2]
    with serving(tmp_path, *options) as server:
        assert server.get("/healthz")[0] == 200


class Proxy(NamedTuple):
    """nginx in front of the server."""

    https: int
    plain: int
    folder: Path
    context: ssl.SSLContext

    def ask(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("localhost", self.https, context=self.context, timeout=20)
        connection.request(method, path, body, {"Host": HOST, "Connection": "close"})
        return connection.getresponse()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    certificates = Certificates(folder)
    (folder / "pem").write_bytes(certificates.pem(host="localhost"))
    https, plain = free_port(), free_port()
    log = "/var/log/nginx/autoconfig.log"
    with serving(folder, "--workers", "1", "--proxies", "1", "--rate-limit", "500") as server:
        changes = {
            "unix:/run/autoconfig/http.sock": f"127.0.0.1:{server.port}",
            "    listen [::]:443 ssl;\n": "",
            "    listen [::]:80;\n": "",
            "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
            "listen 80": f"listen 127.0.0.1:{plain}",
            "/etc/ssl/autoconfig.pem": str(folder / "pem"),
            "/etc/ssl/autoconfig.key": str(folder / "pem"),
            log: str(folder / "errors"),
        }
        configuration = nginx.write(folder, (DEPLOY / "nginx.conf").read_text(encoding="utf-8"), changes)
        assert nginx.check(configuration).returncode == 0, nginx.check(configuration).stderr
        with nginx.running(configuration, https):
            yield Proxy(https, plain, folder, ssl.create_default_context(cafile=certificates.ca_file))


@pytest.mark.real
@needs_nginx
def test_clients_are_answered_through_nginx(proxy: Proxy) -> None:
    answer = proxy.ask("GET", "/mail/config-v1.1.xml?emailaddress=jan%2Bx@example.com")
    assert b"<username>jan+x@example.com</username>" in answer.read()
    request = OUTLOOK_2016.format(address="jan@example.com").encode()
    posted = proxy.ask("POST", "/AutoDiscover/AutoDiscover.xml", request)
    assert outlook.parse(posted.read()).servers[0].username == "jan@example.com"
    by_host = proxy.ask("GET", "/mail/config-v1.1.xml")
    assert by_host.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.real
@needs_nginx
def test_nginx_caps_bodies_as_the_server_does(proxy: Proxy) -> None:
    assert proxy.ask("POST", "/autodiscover/autodiscover.xml", b" " * 70_000).status == 413


@pytest.mark.real
@needs_nginx
def test_http_is_redirected(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=20)
    connection.request("GET", "/mail/config-v1.1.xml?emailaddress=jan@example.com", headers={"Host": HOST})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    location = f"https://{HOST}/mail/config-v1.1.xml?emailaddress=jan@example.com"
    assert (answer.status, answer.headers["Location"]) == (302, location)


@pytest.mark.real
@needs_nginx
def test_health_is_for_the_machine_itself(proxy: Proxy) -> None:
    assert json.loads(proxy.ask("GET", "/healthz").read())["status"] == "ok"
    text = (proxy.folder / "snippet.conf").read_text()
    closed = re.sub(r" +allow .*\n", "", text)
    assert closed != text
    (proxy.folder / "closed").mkdir()
    port = free_port()
    configuration = nginx.write(
        proxy.folder / "closed", closed, {str(proxy.https): str(port), str(proxy.plain): str(free_port())}
    )
    with nginx.running(configuration, port):
        for path in ("/healthz", "/Metrics", "/HEALTHZ/"):
            assert proxy._replace(https=port).ask("GET", path).status == 403


@pytest.mark.real
@needs_nginx
def test_nginx_logs_no_addresses(proxy: Proxy) -> None:
    proxy.ask("GET", "/mail/config-v1.1.xml?emailaddress=secret@example.com").read()
    proxy.ask("POST", "/autodiscover/autodiscover.xml?secret@example.com", b" " * 70_000).read()
    logs = [path for path in proxy.folder.iterdir() if path.is_file() and os.access(path, os.R_OK)]
    assert not [path for path in logs if b"secret" in path.read_bytes()]
