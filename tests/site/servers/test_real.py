"""nginx, Apache and Caddy held to one table: what is asked for, and what all three answer, in both layouts."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import trustme

from autoconfig.formats import FORMATS
from autoconfig.site.servers import configuration
from tests.support import web_servers

pytestmark = pytest.mark.real

IDN = "xn--bcher-kva.example"
DOMAINS = ("example.com", "example.net", IDN)
MX_DOMAIN = "mx.example.org"
LINKED_FILE, LINKED_FOLDER = "file.example.org", "folder.example.org"
KEY = "Example_1"
LONG_AGO = 1_700_000_000  # what is a second old has a weak ETag, and then another one
PREFIXES = ("", "autoconfig.", "autodiscover.", "ua-auto-config.")
SITES = [(name, layout) for name in web_servers.NAMES for layout in ("domains", "shared")]
HOSTS = tuple(prefix + domain for domain in DOMAINS for prefix in PREFIXES)
ROOT = """a "root" with 'quotes', $1 $dollars %20 & bücher; #1"""

CONFIG = "/mail/config-v1.1.xml"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
PACC = "/.well-known/user-agent-configuration.json"
OUTLOOK = "/autodiscover/autodiscover.xml"
OUTLOOK_PATHS = (
    OUTLOOK,
    "/Autodiscover/Autodiscover.xml",
    "/AutoDiscover/AutoDiscover.xml",
    "/AUTODISCOVER/AUTODISCOVER.XML",
    "/autodiscover/AutoDiscover.Xml",
)
POINTER = "/autodiscover/autodiscover.json"
ADDRESS = "jan%40example.com"
POINTER_TARGETS = (
    POINTER,
    f"{POINTER}?Email={ADDRESS}&Protocol=AutodiscoverV1",
    f"{POINTER}?Email={ADDRESS}&protocol=autodiscoverv1&RedirectCount=1",
    f"/Autodiscover/Autodiscover.json?Email={ADDRESS}&Protocol=AutodiscoverV1",
    f"/AUTODISCOVER/AUTODISCOVER.JSON?Email={ADDRESS}",
    f"{POINTER}/v1.0/jan@example.com?Protocol=AutodiscoverV1",
    f"/autodiscover/autodiscover.json/V1.0/{ADDRESS}?Protocol=Autodiscoverv1",
)
REQUEST = (Path(__file__).parents[2] / "formats/golden/request.outlook.xml").read_bytes()


@dataclass(frozen=True)
class Reply:
    """What a server said; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """A running web server, and which certificates its client trusts."""

    name: str
    ports: Mapping[str, int]
    trust: ssl.SSLContext

    def ask(
        self,
        target: str,
        host: str | None = "autoconfig.example.com",
        method: str = "GET",
        *,
        port: str = "https",
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Reply:
        """Send a request as it is, with a Host header or none."""
        connection = self._connection(port, host)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if host is not None:
                connection.putheader("Host", host)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Reply(
                response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
            )
        finally:
            connection.close()

    def _connection(self, port: str, host: str | None) -> http.client.HTTPConnection:
        if port != "https":
            return http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=20)
        return _Https(self.ports[port], self.trust, host or "example.com")


class _Https(http.client.HTTPSConnection):
    """Asks loopback, and names a host that the certificate is checked against."""

    def __init__(self, port: int, trust: ssl.SSLContext, host: str) -> None:
        super().__init__("127.0.0.1", port, timeout=20, context=trust)
        self._trust, self._name = trust, host

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        known = self._name if self._name in HOSTS else "example.com"
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=known)


def document(name: str) -> bytes:
    """What a file holds: the same for every domain of the provider."""
    return f"{name} of the provider\n".encode()


def write_site(root: Path, layout: str) -> list[tuple[str, str]]:
    """Write the files of the domains as a build lays them out, and others that are not public; gives the homes."""
    homes = {domain: domain if layout == "domains" else KEY for domain in DOMAINS}
    aside = {MX_DOMAIN: MX_DOMAIN, LINKED_FILE: LINKED_FILE, LINKED_FOLDER: LINKED_FOLDER}
    area = root / ("domains" if layout == "domains" else "providers")
    for format in FORMATS.values():
        for home in homes.values():
            for path in _below_domain(format.paths):
                _write(area / home / path.format(domain=home), document(format.name))
        for path in _below_domain(format.mx_paths):
            _write(area / MX_DOMAIN / path, document(format.name))
    for path in ("pages/index.html", "pages/nl/index.html", "pages/nl/example.com.html"):
        _write(root / path, b"<title>page</title>")
    for path in ("manifest.json", "dns/example.com.zone", "pages/.hidden.html", "pages/.git/index.html", CONFIG[1:]):
        _write(root / path, b"not for the public")
    (area / LINKED_FILE / "mail").mkdir(parents=True)
    (area / LINKED_FILE / "mail/config-v1.1.xml").symlink_to(root / "manifest.json")
    (area / LINKED_FOLDER).symlink_to(root)
    return [*homes.items(), *aside.items()]


def _below_domain(paths: tuple[str, ...]) -> list[str]:
    return [path.removeprefix("domains/{domain}/") for path in paths if path.startswith("domains/{domain}/")]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (LONG_AGO, LONG_AGO))


@contextmanager
def serving(
    name: str,
    root: str,
    layout: str,
    homes: Iterable[tuple[str, str]] = (),
    first_lines: Callable[[Path], str] = lambda site: "",
) -> Iterator[Site]:
    """Run a web server for a new site below a folder that its user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="autoconfig-web-"))
    folder.chmod(0o755)
    try:
        site = folder / root
        all_homes = chain(homes, write_site(site, layout))
        for file in configuration(name, root=str(site), pages=True, layout=layout, homes=all_homes):
            _write(site / file.path, file.data)
        snippets = folder / "snippets"
        snippets.symlink_to(site / "server")
        authority = trustme.CA()
        certificate = authority.issue_cert(*HOSTS)
        pem = folder / "certificate.pem"
        pem.write_bytes(certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes())
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        with web_servers.running(name, folder, snippets, pem, first_lines(site)) as ports:
            yield Site(name, ports, trust)
    finally:
        shutil.rmtree(folder)


def skip_without(name: str) -> None:
    if not web_servers.is_installed(name):
        pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="module", params=SITES, ids="-".join)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    name, layout = request.param
    skip_without(name)
    with serving(name, ROOT, layout) as site:
        yield site


def assert_answers(reply: Reply, format: str, method: str = "GET") -> None:
    """The reply is a format's document with all its headers; without the document for HEAD."""
    expected = document(format)
    assert reply.status == 200
    assert reply.body == (b"" if method == "HEAD" else expected)
    assert reply.headers["content-length"] == str(len(expected))
    assert reply.headers["content-type"] == FORMATS[format].media_type
    assert reply.headers["cache-control"] == "max-age=3600"
    assert reply.headers["etag"]
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "content-language" not in reply.headers
    assert "content-encoding" not in reply.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("host", HOSTS)
def test_every_host_of_every_domain_has_every_document(site: Site, host: str, method: str) -> None:
    domain = next(domain for domain in DOMAINS if host.endswith(domain))
    expected = {CONFIG: "mozilla", WELL_KNOWN: "mozilla", PACC: "pacc", f"/{domain}.mobileconfig": "apple"}
    expected |= {OUTLOOK: "outlook", POINTER: "autodiscover_json"}
    for path, format in expected.items():
        assert_answers(site.ask(path, host, method), format, method)


@pytest.mark.parametrize("path", OUTLOOK_PATHS)
@pytest.mark.parametrize("host", [host for host in HOSTS if not host.startswith(("autoconfig", "ua-"))])
def test_outlook_is_answered_in_every_letter_case_and_method(site: Site, host: str, path: str) -> None:
    headers = {"Content-Type": "text/xml; charset=utf-8", "User-Agent": "Microsoft Office/16.0"}
    assert_answers(site.ask(path, host, "POST", body=REQUEST, headers=headers), "outlook")
    for method in ("GET", "HEAD"):
        assert_answers(site.ask(path, host, method), "outlook", method)


@pytest.mark.parametrize("target", POINTER_TARGETS)
def test_autodiscover_version_2_is_answered_however_it_is_asked(site: Site, target: str) -> None:
    for method in ("GET", "HEAD"):
        assert_answers(site.ask(target, "autodiscover.example.com", method), "autodiscover_json", method)


@pytest.mark.parametrize("query", ["Protocol=ActiveSync", "Email=a@b.nl&protocol=EWS", "Protocol=AutodiscoverV12"])
def test_a_protocol_that_the_file_does_not_answer_is_refused(site: Site, query: str) -> None:
    for path in (POINTER, f"{POINTER}/v1.0/jan@example.com"):
        assert site.ask(f"{path}?{query}", "example.com").status == 400


@pytest.mark.parametrize("domain", DOMAINS)
def test_clients_with_an_ispdb_base_url_are_answered_for_every_domain(site: Site, domain: str) -> None:
    for method in ("GET", "HEAD"):
        assert_answers(site.ask(f"/ispdb/{domain}", "autoconfig.example.net", method), "mozilla", method)


@pytest.mark.parametrize("domain", DOMAINS)
def test_mozilla_clients_are_answered_over_http(site: Site, domain: str) -> None:
    for path in (CONFIG, WELL_KNOWN):
        for method in ("GET", "HEAD"):
            assert_answers(site.ask(path, f"autoconfig.{domain}", method, port="http"), "mozilla", method)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "target",
    [*OUTLOOK_PATHS, *POINTER_TARGETS, PACC, "/example.com.mobileconfig", "/ispdb/example.com", "/pages/"],
)
def test_everything_else_over_http_is_sent_to_https(site: Site, target: str, method: str) -> None:
    reply = site.ask(target, "Autodiscover.Example.com", method, port="http")
    assert reply.status == 302
    assert reply.headers["location"].replace("%40", "@") == f"https://autodiscover.example.com{target}".replace(
        "%40", "@"
    )


def test_outlooks_post_over_http_is_sent_to_https(site: Site) -> None:
    reply = site.ask(OUTLOOK, "autodiscover.example.com", "POST", port="http", body=REQUEST)
    assert (reply.status, reply.headers["location"]) == (302, f"https://autodiscover.example.com{OUTLOOK}")


def test_what_a_proxy_took_over_https_is_not_sent_there_again(site: Site) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    reply = site.ask(OUTLOOK, "autodiscover.example.com", "POST", port="http", body=REQUEST, headers=headers)
    assert_answers(reply, "outlook")


@pytest.mark.parametrize("host", ["AUTOCONFIG.EXAMPLE.COM", "autoconfig.example.com.", "AutoConfig.example.com:8443"])
def test_a_host_is_known_in_capitals_with_a_dot_and_with_a_port(site: Site, host: str) -> None:
    assert_answers(site.ask(CONFIG, host, port="http"), "mozilla")
    assert_answers(site.ask("/example.com.mobileconfig", host), "apple")


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "com",
        "autoconfig.autoconfig.example.com",
        "www.example.com",
        "127.0.0.1",
        "..",
        ".",
        "autoconfig...",
        "autoconfig.example.com..",
        ".example.com",
        "example.com/../example.net",
        "..%2fexample.com",
        "a/b",
        "example.com\\",
        "xn--bcher-kva",
        "b\xfccher.example",
        "",
    ],
)
@pytest.mark.parametrize("port", ["http", "https"])
def test_another_host_gets_nothing(site: Site, host: str, port: str) -> None:
    for path in (CONFIG, OUTLOOK, "/example.com.mobileconfig"):
        assert site.ask(path, host, port=port).status in {400, 404}


def test_a_request_without_a_host_gets_nothing(site: Site) -> None:
    assert site.ask(CONFIG, None).status == 400
    with socket.create_connection(("127.0.0.1", site.ports["http"]), timeout=20) as connection:
        connection.sendall(f"GET {CONFIG} HTTP/1.0\r\n\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] in {b"400", b"404"}


@pytest.mark.parametrize(
    "target",
    [
        "/index.html",
        "/mail/",
        "/mail",
        "/mail/config-v1.1.xml/",
        "/mail/config-v1.1.xml.bak",
        "/MAIL/config-v1.1.xml",
        "/autodiscover/",
        "/autodiscover/autodiscover.xml/x",
        "/autodiscover/autodiscover.json/v2.0/jan@example.com",
        "/.well-known/",
        "/.well-known/acme-challenge/x",
        "/.git/config",
        "/.htaccess",
        "/manifest.json",
        "/server/",
        "/server/nginx.conf",
        "/dns/example.com.zone",
        "/domains/example.com/mail/config-v1.1.xml",
        "/providers/Example_1/mail/config-v1.1.xml",
        "/Example_1.mobileconfig",
        "/example.net.mobileconfig",
        "/example.org.mobileconfig",
        "/.mobileconfig",
        "/ispdb/",
        "/ispdb/example.org",
        "/ispdb/EXAMPLE.COM",
        "/ispdb/example.com/x",
        "/pages",
        "/pages/de/",
        "/pages/nl",
        "/pages/.git/",
        "/pages/.hidden.html",
        "/pages/.git/index.html",
        "/pages/x.html",
    ],
)
def test_everything_else_is_not_found(site: Site, target: str) -> None:
    for port in ("http", "https"):
        assert site.ask(target, port=port).status == 404


@pytest.mark.parametrize(
    "target",
    [
        "/../manifest.json",
        "/%2e%2e/manifest.json",
        "/mail/..%2f..%2f..%2fmanifest.json",
        "/mail/../../../manifest.json",
        "/ispdb/../manifest.json",
        "/ispdb/%2e%2e%2f%2e%2e%2fmanifest.json",
        "/pages/../manifest.json",
        "/pages/..%2fmanifest.json",
        "/pages/nl/%2e%2e/%2e%2e/manifest.json",
        "/pages/..\\manifest.json",
        "/pages/x%00.html",
        "/%ff.mobileconfig",
        "//manifest.json",
        "http://autoconfig.example.com/manifest.json",
    ],
)
def test_no_path_leads_out_of_what_is_public(site: Site, target: str) -> None:
    for port in ("http", "https"):
        assert site.ask(target, port=port).status in {400, 404}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_other_methods_are_not_allowed(site: Site, method: str) -> None:
    for path in (CONFIG, OUTLOOK, POINTER, "/pages/"):
        assert site.ask(path, method=method).status == 405


def test_post_is_taken_where_outlook_sends_it_and_nowhere_else(site: Site) -> None:
    for path in (CONFIG, POINTER, PACC, "/example.com.mobileconfig", "/pages/"):
        assert site.ask(path, method="POST", body=REQUEST).status == 405
    assert site.ask(OUTLOOK, "example.org", "POST", body=REQUEST).status == 404


def test_a_body_in_chunks_is_taken_and_the_connection_kept(site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.ports["http"], timeout=20)
    headers = {"Host": "example.com", "X-Forwarded-Proto": "https"}
    try:
        for _ in range(2):
            connection.request("POST", OUTLOOK, iter([REQUEST[:100], REQUEST[100:]]), headers, encode_chunked=True)
            assert connection.getresponse().read() == document("outlook")
            connection.request("GET", CONFIG, headers=headers)
            assert connection.getresponse().read() == document("mozilla")
    finally:
        connection.close()


def test_a_large_body_is_not_taken(site: Site) -> None:
    """Caddy answers without reading it."""
    reply = site.ask(OUTLOOK, "example.com", "POST", body=b"x" * 70_000)
    assert reply.status == (200 if site.name == "caddy" else 413)


@pytest.mark.parametrize("path", [CONFIG, OUTLOOK, "/pages/"])
def test_what_did_not_change_is_not_sent_again(site: Site, path: str) -> None:
    first = site.ask(path)
    again = site.ask(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("path", ["/pages/", "/pages/index.html", "/pages/nl/", "/pages/nl/example.com.html"])
@pytest.mark.parametrize("host", ["autoconfig.example.com", "help.example.org"])
def test_pages_are_served_at_any_host(site: Site, host: str, path: str) -> None:
    reply = site.ask(path, host)
    assert (reply.status, reply.body) == (200, b"<title>page</title>")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert "access-control-allow-origin" not in reply.headers
    assert site.ask(path, host, "HEAD").body == b""


def test_the_front_of_the_autoconfig_host_leads_to_the_pages(site: Site) -> None:
    reply = site.ask("/", "autoconfig.example.com")
    assert reply.status == 302
    assert urlsplit(urljoin("https://autoconfig.example.com/", reply.headers["location"])).path == "/pages/"
    assert site.ask("/", "example.com").status == 404


@pytest.mark.parametrize("path", [CONFIG, "/x"])
def test_no_version_is_told(site: Site, path: str) -> None:
    """Apache's is the whole server's to hide, by ServerTokens."""
    if site.name != "apache":
        assert not any(letter.isdigit() for letter in site.ask(path).headers.get("server", ""))


@pytest.mark.parametrize("domain", [LINKED_FILE, LINKED_FOLDER])
def test_a_symbolic_link_is_not_followed(site: Site, domain: str) -> None:
    """Caddy follows every link; a build makes none."""
    for target, host in ((CONFIG, domain), (f"/ispdb/{domain}", "example.com")):
        assert site.ask(target, host).status == (200 if site.name == "caddy" else 404)


def test_an_mx_domain_has_what_clients_ask_by_mx_alone(site: Site) -> None:
    assert_answers(site.ask(CONFIG, f"autoconfig.{MX_DOMAIN}"), "mozilla")
    assert_answers(site.ask(f"/ispdb/{MX_DOMAIN}"), "mozilla")
    for path in (WELL_KNOWN, PACC, OUTLOOK, POINTER, f"/{MX_DOMAIN}.mobileconfig"):
        assert site.ask(path, MX_DOMAIN).status == 404


def test_beside_other_pages_only_the_documents_are_answered(site: Site) -> None:
    assert_answers(site.ask(CONFIG, "example.com", port="beside"), "mozilla")
    assert site.ask(OUTLOOK, "example.com", "POST", port="beside", body=REQUEST).status == 302
    for path in ("/", "/pages/", "/about", "/ispdb/example.com"):
        assert site.ask(path, "example.com", port="beside").body == b"the site beside"


def test_nginx_serves_a_hundred_thousand_domains_by_its_map() -> None:
    skip_without("nginx")
    longest = ".".join(["x" * 63] * 3 + ["y" * 61])
    many = [*(f"customer-{number}.example.com" for number in range(100_000)), longest]
    with serving("nginx", "site", "shared", ((domain, KEY) for domain in many)) as site:
        for domain in (many[0], many[50_000], many[-2], longest):
            assert_answers(site.ask(CONFIG, domain, port="http"), "mozilla")
        assert site.ask(CONFIG, "autoconfig.customer-100000.example.com", port="http").status == 404


def test_apache_takes_a_hashed_map_in_the_place_of_the_text() -> None:
    skip_without("apache")

    def hashed(site: Path) -> str:
        text = site / "server/apache-homes.txt"
        database = site.parent / "homes"
        subprocess.run(["httxt2dbm", "-f", "SDBM", "-i", text, "-o", database], check=True, capture_output=True)
        text.unlink()
        return f"Define AUTOCONFIG_HOMES dbm=sdbm:{database}"

    with serving("apache", "site", "shared", first_lines=hashed) as site:
        for domain in DOMAINS:
            assert_answers(site.ask(CONFIG, f"autoconfig.{domain}", port="http"), "mozilla")
        assert site.ask(CONFIG, "autoconfig.example.org", port="http").status == 404
