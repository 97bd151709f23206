"""Services behind URLs: the right challenge, https all the way, and credentials for nobody else."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode

import pytest

from autoconfig.model import Authentication, Server, ServerType
from autoconfig.verification import ServerReport
from autoconfig.verification.http import schemes
from tests.support.certificates import HOST, Certificates
from tests.support.mail_wire import FixedNames, Wire, serving
from tests.support.verified import faults, notes, verified_server

LOGIN = ("jan", "geheim")
AUTHORIZATION = f"Authorization: Basic {b64encode(b'jan:geheim').decode()}"
SESSION = json.dumps({"capabilities": {}, "apiUrl": "https://x/"})
CHALLENGED = ("401 No", 'WWW-Authenticate: Basic realm="a, Digest b"')


class Service:
    """Answers each path with a status line and headers, or with a session if it is logged in to."""

    def __init__(self, pages: dict[str, tuple[str, ...]], inside: str = SESSION) -> None:
        self.pages = pages
        self.inside = inside
        self.requests: list[list[str]] = []

    def __call__(self, wire: Wire) -> None:
        lines = []
        while line := wire.hear():
            lines.append(line)
        self.requests.append(lines)
        if AUTHORIZATION in lines:
            wire.say("HTTP/1.1 200 OK", f"Content-Length: {len(self.inside)}", "", self.inside)
            return
        wire.say("HTTP/1.1 " + self.pages[lines[0].split()[1]][0], *self.pages[lines[0].split()[1]][1:], "")


def examined(
    service: Service,
    certificates: Certificates,
    *,
    type: ServerType = ServerType.JMAP,
    tls: ssl.SSLContext | None = None,
    authentication: tuple[Authentication, ...] = (Authentication.HTTP_BASIC,),
    login: tuple[str, str] | None = None,
    path: str = "/service",
) -> ServerReport:
    names = FixedNames({HOST: ["127.0.0.1"], "other.example.net": ["127.0.0.1"]})
    with serving(service, tls=tls or certificates.sound) as served:
        for page, lines in service.pages.items():
            service.pages[page] = tuple(line.replace("PORT", str(served.port)) for line in lines)
        url = f"https://{HOST}:{served.port}{path}"
        server = Server(type=type, url=url, authentication=authentication)
        return verified_server(server, certificates, login=login, resolver=names)


@pytest.mark.parametrize("type", [ServerType.JMAP, ServerType.EWS, ServerType.CALDAV, ServerType.CARDDAV])
def test_a_challenge_over_https_is_sound(type: ServerType, certificates: Certificates) -> None:
    service = Service({"/service": CHALLENGED})
    report = examined(service, certificates, type=type)
    assert faults(report) == []
    assert report.offered == (Authentication.HTTP_BASIC,)
    assert report.tls is not None
    asked = "PROPFIND" if type in (ServerType.CALDAV, ServerType.CARDDAV) else "GET"
    assert service.requests[0][0] == f"{asked} /service HTTP/1.1"


def test_another_challenge_than_declared_is_an_error(certificates: Certificates) -> None:
    service = Service({"/service": ("401 No", "WWW-Authenticate: Bearer", "WWW-Authenticate: Negotiate")})
    report = examined(service, certificates)
    assert faults(report) == ["authentication-missing"]
    assert report.offered == (Authentication.OAUTH2, Authentication.GSSAPI)


def test_the_word_for_a_password_means_basic(certificates: Certificates) -> None:
    service = Service({"/service": CHALLENGED})
    report = examined(service, certificates, authentication=(Authentication.PASSWORD_CLEARTEXT,))
    assert faults(report) == []
    assert notes(report) == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Broken", "403 No"])
def test_another_status_is_an_error(status: str, certificates: Certificates) -> None:
    assert faults(examined(Service({"/service": (status,)}), certificates)) == ["http-status"]


def test_a_service_that_asks_for_no_login_is_suspicious(certificates: Certificates) -> None:
    service = Service({"/service": ("200 OK", "Content-Length: 0")})
    assert faults(examined(service, certificates)) == ["http-open"]


def test_redirects_are_followed(certificates: Certificates) -> None:
    pages: dict[str, tuple[str, ...]] = {"/.well-known/caldav": ("301 There", "Location: /dav/"), "/dav/": CHALLENGED}
    report = examined(Service(pages), certificates, type=ServerType.CALDAV, path="/.well-known/caldav")
    assert faults(report) == []


def test_a_redirect_to_http_is_an_error(certificates: Certificates) -> None:
    service = Service({"/service": ("302 There", f"Location: http://{HOST}/service")})
    assert faults(examined(service, certificates)) == ["http-downgrade"]


def test_redirects_without_end_are_an_error(certificates: Certificates) -> None:
    service = Service({"/service": ("302 There", "Location: /service")})
    assert faults(examined(service, certificates)) == ["http-redirects"]
    assert len(service.requests) == 6


def test_an_http_url_is_an_error_and_is_not_asked(certificates: Certificates) -> None:
    server = Server(type=ServerType.CALDAV, url=f"http://{HOST}/dav")
    names = FixedNames()
    assert faults(verified_server(server, certificates, resolver=names)) == ["http-unencrypted"]
    assert names.asked == []


def test_a_login_with_basic_gives_the_session(certificates: Certificates) -> None:
    service = Service({"/service": CHALLENGED})
    report = examined(service, certificates, login=LOGIN)
    assert report.logged_in is True
    assert faults(report) == []


def test_what_is_no_session_behind_the_login_is_an_error(certificates: Certificates) -> None:
    service = Service({"/service": CHALLENGED}, inside="[" * 100_000)
    report = examined(service, certificates, login=LOGIN)
    assert report.logged_in is True
    assert faults(report) == ["http-wrong-content"]


def test_a_refused_login(certificates: Certificates) -> None:
    service = Service({"/service": CHALLENGED})
    report = examined(service, certificates, login=("jan", "wrong"))
    assert report.logged_in is False
    assert faults(report) == ["login-refused"]


def test_credentials_do_not_follow_a_redirect_to_another_host(certificates: Certificates) -> None:
    both = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.authority.issue_cert(HOST, "other.example.net").configure_cert(both)
    service = Service({"/service": ("302 There", "Location: https://other.example.net:PORT/in"), "/in": CHALLENGED})
    report = examined(service, certificates, tls=both, login=LOGIN)
    assert faults(report) == ["login-not-tried"]
    assert [lines[0] for lines in service.requests] == ["GET /service HTTP/1.1", "GET /in HTTP/1.1"]
    assert not any(AUTHORIZATION in lines for lines in service.requests)


def test_what_is_no_http_is_told(certificates: Certificates) -> None:
    with serving(lambda wire: wire.say("* OK IMAP ready"), tls=certificates.sound) as served:
        server = Server(type=ServerType.EWS, url=f"https://{HOST}:{served.port}/")
        report = verified_server(server, certificates)
    assert faults(report) == ["wrong-protocol"]


def test_headers_without_end_are_bounded(certificates: Certificates) -> None:
    def talk(wire: Wire) -> None:
        wire.say("HTTP/1.1 200 OK")
        while True:
            wire.send(b"X" * 65536)

    with serving(talk, tls=certificates.sound) as served:
        server = Server(type=ServerType.EWS, url=f"https://{HOST}:{served.port}/")
        report = verified_server(server, certificates)
    assert faults(report) in (["too-much"], ["wrong-protocol"])


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Basic", ["basic"]),
        ('Basic realm="x", Bearer', ["basic", "bearer"]),
        ('Digest realm="a", nonce="b", qop="auth"', ["digest"]),
        ('Newauth realm="a, Basic b", title="Login to \\"apps\\"", Basic realm="simple"', ["newauth", "basic"]),
        ("Negotiate abc==, NTLM", ["negotiate", "ntlm"]),
        ("", []),
    ],
)
def test_the_schemes_of_a_challenge(header: str, found: list[str]) -> None:
    assert schemes(header) == found
