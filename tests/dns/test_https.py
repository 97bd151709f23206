from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from autoconfig.dns import Answer, Failure, Resolver, Trouble
from tests.support.dns_server import DnsServer

NAME = "_imaps._tcp.example.test"


class Web:
    """An HTTPS server that passes questions to a DNS server, and what it is to do instead."""

    def __init__(self, dns: DnsServer) -> None:
        self.dns = dns
        self.connections = 0
        self.status = 200
        self.body: bytes | None = None
        self.drip = 0.0
        self.close = False
        self.url = ""


def handler_of(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            web.connections += 1
            super().setup()

        def do_POST(self) -> None:
            assert self.path == "/dns-query"
            assert self.headers["Content-Type"] == "application/dns-message"
            question = self.rfile.read(int(self.headers["Content-Length"]))
            body = web.body if web.body is not None else next(iter(web.dns.reply(question, "tcp")))
            self.send_response(web.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for octet in body:
                self.wfile.write(bytes([octet]))
                time.sleep(web.drip)
            self.close_connection = web.close

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    return Handler


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


@pytest.fixture
def web(server: DnsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    web = Web(server)
    with QuietServer(("127.0.0.1", 0), handler_of(web)) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        web.url = f"https://localhost:{http.server_address[1]}/dns-query"
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        server.add("example.test", "_imaps._tcp SRV 0 1 993 imap\n* TXT x")
        yield web
        http.shutdown()
        thread.join()


def test_a_question_is_answered_over_https(web: Web) -> None:
    with Resolver(https=web.url) as resolver:
        assert isinstance(resolver.srv(NAME), Answer)
    assert [query.over for query in web.dns.queries] == ["tcp"]


def test_a_connection_is_used_again(web: Web) -> None:
    with Resolver(https=web.url) as resolver:
        for number in range(4):
            assert isinstance(resolver.txt(f"n{number}.example.test"), Answer)
    assert web.connections == 1


def test_a_connection_that_the_server_closed_is_opened_again(web: Web) -> None:
    web.close = True
    with Resolver(https=web.url) as resolver:
        for number in range(3):
            assert isinstance(resolver.txt(f"n{number}.example.test"), Answer)


def trouble(web: Web) -> Trouble:
    start = time.monotonic()
    with Resolver(https=web.url, timeout=0.4, lifetime=0.8) as resolver:
        result = resolver.srv(NAME)
    assert time.monotonic() - start < 1.5, "the resolver closes only when its threads have ended"
    assert isinstance(result, Failure)
    return result.why


def test_an_error_of_http_is_no_answer(web: Web) -> None:
    web.status = 503
    assert trouble(web) is Trouble.UNREACHABLE


def test_a_redirect_is_not_followed(web: Web) -> None:
    web.status = 302
    assert trouble(web) is Trouble.UNREACHABLE


def test_a_body_that_is_no_message_is_malformed(web: Web) -> None:
    web.body = b"<html>sign in first</html>"
    assert trouble(web) is Trouble.MALFORMED


def test_a_slow_drip_over_https_ends_with_the_lifetime(web: Web) -> None:
    web.drip = 0.1
    assert trouble(web) is Trouble.TIMEOUT


def test_a_certificate_of_somebody_else_is_not_accepted(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    assert trouble(web) is Trouble.UNREACHABLE
    assert not web.dns.queries


@pytest.mark.parametrize("url", ["http://dns.example/", "dns.example", "https://"])
def test_only_https_is_accepted(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Resolver(https=url)
