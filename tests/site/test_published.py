"""The site of all bundled providers, as the command builds it: every URL in a real nginx, every page in Chromium."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from autoconfig.formats import FORMATS
from autoconfig.site.pages import LANGUAGES
from tests.support import web_servers
from tests.support.browser import PHONE, PROGRAM, chromium, watched

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not web_servers.is_installed("nginx"), reason="nginx is not installed"),
]
PREFIXES = ("", "autoconfig.", "autodiscover.", "ua-auto-config.")
ANY_HOST = "autoconfig.xs4all.nl"


@dataclass(frozen=True)
class Published:
    """A built site and the ports at which it is served."""

    folder: Path
    ports: Mapping[str, int]

    def files(self, area: str) -> Iterator[tuple[str, str, bytes]]:
        """Path, format and bytes of each file below a folder of the site."""
        for entry in json.loads((self.folder / "manifest.json").read_bytes())["files"]:
            if entry["path"].startswith(f"{area}/"):
                yield entry["path"], entry["format"], (self.folder / entry["path"]).read_bytes()


@pytest.fixture(scope="module")
def site() -> Iterator[Published]:
    folder = Path(tempfile.mkdtemp(prefix="autoconfig-published-"))
    folder.chmod(0o755)
    try:
        build = [sys.executable, "-m", "autoconfig", "build", "--server", "nginx", "--pages", "--output", "site"]
        subprocess.run(build, check=True, cwd=folder, capture_output=True)
        certificate = folder / "certificate.pem"
        issued = trustme.CA().issue_cert(ANY_HOST)
        certificate.write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
        with web_servers.running("nginx", folder, folder / "site/server", certificate) as ports:
            yield Published(folder / "site", ports)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def connection(site: Published) -> Iterator[http.client.HTTPSConnection]:
    trusting = ssl._create_unverified_context()
    opened = http.client.HTTPSConnection("127.0.0.1", site.ports["https"], timeout=20, context=trusting)
    yield opened
    opened.close()


def assert_served(
    connection: http.client.HTTPSConnection, host: str, path: str, media_type: str, expected: bytes
) -> None:
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, expected), f"{host}{path}"
    assert response.headers["Content-Type"] == media_type, f"{host}{path}"


def test_every_document_of_every_domain_is_served_at_every_host(
    site: Published, connection: http.client.HTTPSConnection
) -> None:
    asked = 0
    for path, format, data in site.files("domains"):
        _, domain, below = path.split("/", 2)
        for prefix in PREFIXES:
            assert_served(connection, prefix + domain, f"/{below}", FORMATS[format].media_type, data)
            asked += 1
    assert asked > 10_000


def test_every_file_of_the_ispdb_is_served_at_any_host(
    site: Published, connection: http.client.HTTPSConnection
) -> None:
    for path, format, data in site.files("ispdb"):
        assert_served(connection, ANY_HOST, f"/{path}", FORMATS[format].media_type, data)


@pytest.mark.skipif(not PROGRAM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_opens_on_a_phone(site: Published, code: str) -> None:
    """Without a complaint, such as of its policy, a request to elsewhere, or anything wider than the screen."""
    origin = f"https://127.0.0.1:{site.ports['https']}/"
    paths = [path for path, _, _ in site.files(f"pages/{code}")]
    assert len(paths) > 150
    with (
        chromium() as browser,
        watched(browser, origin, viewport=PHONE, ignore_https_errors=True) as page,
    ):
        for path in paths:
            answer = page.goto(origin + path)
            assert answer is not None
            assert answer.status == 200, path
            assert page.locator("html").get_attribute("lang") == code, path
            assert page.locator("html").get_attribute("dir") == ("rtl" if code == "ar" else "ltr"), path
            assert page.locator("h1").is_visible(), path
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
