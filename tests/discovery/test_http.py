"""The fetcher against kind and hostile servers."""

from __future__ import annotations

import gc
import gzip
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import MissedError, OptionError
from autoconfig.discovery.http import MAX_BYTES, MAX_CONNECTIONS, Fetcher, Reply, tls_context
from autoconfig.discovery.http import Fetch as Fetched
from autoconfig.discovery.results import Outcome
from autoconfig.discovery.runner import as_finished
from tests.support.threads import left_behind
from tests.support.web import Answer, Request, Site, Web

Fetch = Callable[..., Reply]


@pytest.fixture
def make_fetcher(web: Web, ca_file: Path) -> Callable[..., Fetcher]:
    def make(**options: Any) -> Fetcher:
        return Fetcher(lambda host, deadline: ["127.0.0.1"], **{"ca_file": str(ca_file), "ports": web.ports} | options)

    return make


@pytest.fixture
def fetch(make_fetcher: Callable[..., Fetcher]) -> Fetch:
    def fetch(url: str, seconds: float = 10, **options: Any) -> Reply:
        fetcher = make_fetcher(**options)
        for _, reply in as_finished([lambda deadline: fetcher.get(url, deadline)], Deadline(seconds)):
            return reply
        raise MissedError(Outcome.TIMEOUT, "stopped by the runner")

    return fetch


@contextmanager
def missed(outcome: Outcome, message: str | None = None) -> Iterator[None]:
    with pytest.raises(MissedError, match=message) as caught:
        yield
    assert caught.value.outcome is outcome


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": target})


def test_a_document_is_fetched_with_the_urls_that_led_to_it(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/a", redirect("b?c#d"))
    web.serve("https", "one.test", "/b", redirect("https://two.test/"))
    web.serve("https", "two.test", "/", Answer(b"hello"))
    assert fetch("https://one.test/a") == Reply(
        ("https://one.test/a", "https://one.test/b?c", "https://two.test/"), b"hello"
    )


def test_only_the_library_is_named_to_the_server(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/", Answer(b"x"))
    fetch("https://one.test/")
    headers = web.requests[0].headers
    assert headers["user-agent"].startswith("mail-autoconfig/")
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_cookie_is_not_sent_back(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/a", Answer(status=302, headers={"Location": "/b", "Set-Cookie": "who=jan"}))
    web.serve("https", "one.test", "/b", Answer(b"x"))
    fetch("https://one.test/a")
    assert "cookie" not in web.requests[1].headers


def test_netrc_is_not_read(web: Web, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine one.test login jan password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    web.serve("https", "one.test", "/", Answer(b"x"))
    fetch("https://one.test/")
    assert "authorization" not in web.requests[0].headers


def test_proxies_of_the_environment_are_not_used(web: Web, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    web.serve("https", "one.test", "/", Answer(b"x"))
    assert fetch("https://one.test/").body == b"x"


def test_a_given_proxy_is_used(web: Web, fetch: Fetch) -> None:
    web.serve("http", "one.test", "/", Answer(b"direct"))
    web.serve("http", "one.test", "http://one.test/", Answer(b"by the proxy"))
    proxies = {"http": f"http://127.0.0.1:{web.ports[80]}"}
    assert fetch("http://one.test/", proxies=proxies).body == b"by the proxy"


def test_certificates_are_verified_through_a_proxy_too(web: Web, fetch: Fetch) -> None:
    def tunnel(request: Request) -> None:
        request.connection.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
        with socket.create_connection(("127.0.0.1", web.ports[443])) as onward:
            threading.Thread(target=pump, args=(onward, request.connection), daemon=True).start()
            pump(request.connection, onward)

    for host in ("", "one.test"):  # which newer Pythons name
        web.serve("http", host, "one.test:443", tunnel)
    web.serve("https", "one.test", "/", Answer(b"through the tunnel"))
    proxies = {"https": f"http://127.0.0.1:{web.ports[80]}"}
    assert fetch("https://one.test/", proxies=proxies).body == b"through the tunnel"
    web.strangers.add("one.test")
    with missed(Outcome.TLS_ERROR):
        fetch("https://one.test/", proxies=proxies)


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_proxy_and_refusal_of_private_addresses_do_not_go_together(make_fetcher: Callable[..., Fetcher]) -> None:
    with pytest.raises(OptionError, match="allow_private"):
        make_fetcher(proxies={"https": "http://127.0.0.1:1"}, allow_private=False)


def test_a_file_without_certificates_is_told(make_fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(OptionError, match="cannot be read as certificates"):
        make_fetcher(ca_file=str(tmp_path / "ca.pem"))


def test_a_certificate_of_another_host_is_refused(web: Web, fetch: Fetch) -> None:
    web.strangers.add("one.test")
    web.serve("https", "one.test", "/", Answer(b"x"))
    with missed(Outcome.TLS_ERROR, "one.test"):
        fetch("https://one.test/")
    assert not web.requests


def test_a_certificate_of_an_unknown_authority_is_refused(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/", Answer(b"x"))
    with missed(Outcome.TLS_ERROR, "certificate"):
        fetch("https://one.test/", ca_file=None)
    assert not web.requests


def test_a_peer_that_resets_before_the_handshake_leaves_no_socket_open() -> None:
    """pytest turns the warning of an open socket into a failure."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
    with pytest.raises(OSError, match="reset"):
        tls_context(None).wrap_socket(client, server_hostname="one.test")
    gc.collect()


def test_plain_text_where_tls_is_expected_is_told(web: Web, fetch: Fetch) -> None:
    with missed(Outcome.TLS_ERROR):
        fetch("https://one.test/", ports={443: web.ports[80]})


def test_https_is_never_left_for_http(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/", redirect("http://one.test/"))
    web.serve("http", "one.test", "/", Answer(b"evil"))
    with missed(Outcome.REFUSED, "from https to http"):
        fetch("https://one.test/")
    assert [request.scheme for request in web.requests] == ["https"]


def test_http_may_lead_to_https(web: Web, fetch: Fetch) -> None:
    web.serve("http", "one.test", "/", redirect("https://one.test/"))
    web.serve("https", "one.test", "/", Answer(b"good"))
    assert fetch("http://one.test/").urls == ("http://one.test/", "https://one.test/")


def test_http_is_not_spoken_where_it_is_not_allowed(web: Web, fetch: Fetch) -> None:
    web.serve("http", "one.test", "/", Answer(b"x"))
    with missed(Outcome.REFUSED, "expected https"):
        fetch("http://one.test/", allow_http=False)
    assert not web.requests


def test_five_redirects_are_followed_and_no_sixth(web: Web, fetch: Fetch) -> None:
    for number in range(6):
        web.serve("https", "one.test", f"/{number}", redirect(f"/{number + 1}"))
    web.serve("https", "one.test", "/6", Answer(b"x"))
    assert len(fetch("https://one.test/1").urls) == 6
    with missed(Outcome.REFUSED, "more than 5"):
        fetch("https://one.test/0")


def test_a_redirect_loop_ends(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/", redirect("/"))
    with missed(Outcome.REFUSED):
        fetch("https://one.test/")
    assert len(web.requests) == 6


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://one.test/",
        "https://jan:secret@one.test/b",
        "https://autodiscover.com/",
        "https://autoconfig.co.uk/",
        "https://com/",
        "https://localhost/",
        "https://[bad/",
        "https://one.test:99999/",
        "https://a b.test/",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_what_must_not_be_asked_is_refused(web: Web, fetch: Fetch, scheme: str, target: str) -> None:
    web.serve(scheme, "one.test", "/", redirect(target))
    web.serve("https", "one.test", "/b", Answer(b"x"))
    with missed(Outcome.REFUSED):
        fetch(f"{scheme}://one.test/")
    assert len(web.requests) == 1


def test_a_post_is_sent_again_where_a_redirect_points(web: Web, make_fetcher: Callable[..., Fetcher]) -> None:
    web.serve("https", "one.test", "/", redirect("/b"))
    web.serve("https", "one.test", "/b", redirect("/c", 303))
    web.serve("https", "one.test", "/c", Answer(b"x"))
    make_fetcher().post("https://one.test/", b"question", "text/xml", Deadline(10))
    assert [(request.method, request.body) for request in web.requests] == [
        ("POST", b"question"),
        ("POST", b"question"),
        ("GET", b""),
    ]
    assert web.requests[0].headers["content-type"] == "text/xml"


def test_where_a_url_redirects_to_is_told_and_not_asked(web: Web, make_fetcher: Callable[..., Fetcher]) -> None:
    web.serve("http", "one.test", "/", redirect("https://two.test/x"))
    assert make_fetcher().redirect_of("http://one.test/", Deadline(10)) == "https://two.test/x"
    assert len(web.requests) == 1
    with missed(Outcome.NOTHING, "404"):
        make_fetcher().redirect_of("http://one.test/b", Deadline(10))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.NOTHING),
        (410, Outcome.NOTHING),
        (401, Outcome.HTTP_ERROR),
        (500, Outcome.HTTP_ERROR),
        (204, Outcome.HTTP_ERROR),
        (302, Outcome.HTTP_ERROR),
    ],
)
def test_another_status_than_200_is_no_answer(web: Web, fetch: Fetch, status: int, outcome: Outcome) -> None:
    web.serve("https", "one.test", "/", Answer(b"x", status))
    with missed(outcome, str(status)):
        fetch("https://one.test/")


def test_a_document_of_one_mebibyte_is_read_and_no_larger(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/fits", Answer(b"x" * MAX_BYTES))
    web.serve("https", "one.test", "/not", Answer(b"x" * (MAX_BYTES + 1)))
    assert len(fetch("https://one.test/fits").body) == MAX_BYTES
    with missed(Outcome.TOO_LARGE):
        fetch("https://one.test/not")


def endless(request: Request) -> None:
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        request.connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def test_a_document_without_end_is_left(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/", endless)
    with missed(Outcome.TOO_LARGE):
        fetch("https://one.test/", 30)


def compressed(encoding: str, data: bytes) -> Answer:
    return Answer(data, headers={"Content-Encoding": encoding})


def test_a_compressed_document_is_read_though_not_asked_for(web: Web, fetch: Fetch) -> None:
    web.serve("https", "one.test", "/gzip", compressed("gzip", gzip.compress(b"hello")))
    web.serve("https", "one.test", "/deflate", compressed("deflate", zlib.compress(b"hello")))
    assert fetch("https://one.test/gzip").body == fetch("https://one.test/deflate").body == b"hello"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (compressed("gzip", gzip.compress(bytes(200 << 20), 1)), Outcome.TOO_LARGE),
        (compressed("gzip", b"no gzip"), Outcome.UNREADABLE),
        (compressed("br", b"x"), Outcome.UNREADABLE),
        (compressed("gzip, gzip", gzip.compress(gzip.compress(bytes(1 << 20)))), Outcome.UNREADABLE),
    ],
    ids=["bomb", "broken", "unknown", "nested"],
)
def test_a_compression_bomb_does_not_go_off(web: Web, fetch: Fetch, answer: Answer, outcome: Outcome) -> None:
    web.serve("https", "one.test", "/", answer)
    with missed(outcome):
        fetch("https://one.test/")


def drip(head: bytes, drops: bytes = b"x") -> Site:
    def site(request: Request) -> None:
        request.connection.sendall(head)
        while True:
            request.connection.sendall(drops)
            sleep(0.05)

    return site


@pytest.mark.parametrize(
    "site",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n"),
        drip(b"HTTP"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["body", "body without length", "header", "status", "100-continue", "chunks"],
)
def test_a_server_that_drips_is_left_at_the_deadline(web: Web, fetch: Fetch, site: Site) -> None:
    web.serve("https", "one.test", "/", site)
    start = monotonic()
    with missed(Outcome.TIMEOUT):
        fetch("https://one.test/", 0.3)
    assert monotonic() - start < 3
    assert not left_behind(3)


def test_a_handshake_that_never_comes_is_left_at_the_deadline(fetch: Fetch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with missed(Outcome.TIMEOUT):
            fetch("https://one.test/", 0.3, ports={443: silent.getsockname()[1]})
        assert not left_behind(3)


def test_a_connection_that_never_comes_is_left_at_the_deadline(fetch: Fetch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        with missed(Outcome.TIMEOUT):
            fetch("https://one.test/", 0.3, ports={443: port})
        assert not left_behind(3)
        for client in waiting:
            client.close()


def test_what_is_cut_off_by_a_cancellation_is_no_answer(web: Web, make_fetcher: Callable[..., Fetcher]) -> None:
    web.serve("http", "one.test", "/", drip(b"HTTP/1.1 200 OK\r\n\r\n"))
    deadline = Deadline(10)
    threading.Timer(0.2, deadline.cancel).start()
    with missed(Outcome.CANCELLED):
        make_fetcher().get("http://one.test/", deadline)


@pytest.mark.parametrize(
    "host",
    ["one.test", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
def test_a_private_address_is_refused_before_anything_is_sent(web: Web, fetch: Fetch, host: str) -> None:
    web.sites["http", host] = lambda request: Answer(b"secret")
    with missed(Outcome.REFUSED, "not of the public internet"):
        fetch(f"http://{host}/", allow_private=False)
    assert not web.requests


def test_a_redirect_to_a_private_address_is_refused(web: Web, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here, the second does not."""
    seen = iter([True, False])
    monkeypatch.setattr("autoconfig.discovery.http.is_public", lambda address: next(seen))
    web.serve("https", "one.test", "/", redirect("https://two.test/"))
    web.serve("https", "two.test", "/", Answer(b"secret"))
    with missed(Outcome.REFUSED, "not of the public internet"):
        fetch("https://one.test/", allow_private=False)
    assert len(web.requests) == 1


def test_the_next_address_is_tried_when_one_refuses(web: Web, ca_file: Path) -> None:
    web.serve("https", "one.test", "/", Answer(b"x"))
    fetcher = Fetcher(lambda host, deadline: ["::1", "127.0.0.1"], ca_file=str(ca_file), ports=web.ports)
    assert fetcher.get("https://one.test/", Deadline(10)).body == b"x"


def test_a_host_without_address_is_unreachable(web: Web, ca_file: Path) -> None:
    fetcher = Fetcher(lambda host, deadline: [], ca_file=str(ca_file), ports=web.ports)
    with missed(Outcome.UNREACHABLE, "no address"):
        fetcher.get("https://one.test/", Deadline(10))


def test_the_connections_are_limited(web: Web, make_fetcher: Callable[..., Fetcher]) -> None:
    """More of them than file descriptors would make hosts look unreachable that are not."""
    running, most, lock = 0, 0, threading.Lock()

    def busy(request: Request) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        sleep(0.2)
        with lock:
            running -= 1
        return Answer(b"x")

    web.serve("http", "one.test", "/", busy)
    fetcher = make_fetcher()
    runs = [lambda deadline: fetcher.get("http://one.test/", deadline)] * (MAX_CONNECTIONS + 40)
    assert len(list(as_finished(runs, Deadline(20)))) == len(runs)
    assert MAX_CONNECTIONS // 2 < most <= MAX_CONNECTIONS


def test_an_internationalized_host_is_asked_by_its_a_labels(web: Web, fetch: Fetch) -> None:
    web.serve("https", "xn--bcher-kva.test", "/", Answer(b"x"))
    assert fetch("https://Bücher.test/").urls == ("https://xn--bcher-kva.test/",)


@given(
    data=st.binary(max_size=300), head=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 X\r\nLocation: "])
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_server_sends_is_a_document_or_a_miss(web: Web, fetch: Fetch, data: bytes, head: bytes) -> None:
    web.serve("http", "one.test", "/", lambda request: request.connection.sendall(head + data))
    try:
        reply = fetch("http://one.test/", 5)
    except MissedError as miss:
        assert miss.outcome in Outcome
    else:
        assert data.endswith(reply.body)


def test_a_listener_is_told_how_each_document_is_served(fetch: Fetch, web: Web) -> None:
    """The redirects, the media type and the document; where a redirect must not be followed, its target."""
    told: list[Fetched] = []
    web.serve("https", "a.test", "/", redirect("https://b.test/x", 301))
    web.serve("https", "b.test", "/x", Answer(b"<x/>", headers={"Content-Type": "Text/XML; charset=utf-8"}))
    web.serve("https", "c.test", "/", redirect("http://c.test/"))
    fetch("https://a.test/", on_fetch=told.append)
    with missed(Outcome.REFUSED):
        fetch("https://c.test/", on_fetch=told.append)
    with missed(Outcome.NOTHING):
        fetch("https://d.test/", on_fetch=told.append)
    web.strangers.add("e.test")
    with missed(Outcome.TLS_ERROR):
        fetch("https://e.test/", on_fetch=told.append)
    assert told == [
        Fetched(urls=("https://a.test/", "https://b.test/x"), status=200, media_type="text/xml", body=b"<x/>"),
        Fetched(urls=("https://c.test/",), status=302, target="http://c.test/"),
        Fetched(urls=("https://d.test/",), status=404),
        Fetched(urls=("https://e.test/",)),
    ]


def test_a_listener_is_told_of_a_redirect_that_is_only_looked_at(
    make_fetcher: Callable[..., Fetcher], web: Web
) -> None:
    told: list[Fetched] = []
    web.serve("http", "a.test", "/", redirect("https://b.test/"))
    assert make_fetcher(on_fetch=told.append).redirect_of("http://a.test/", Deadline(10)) == "https://b.test/"
    assert told == [Fetched(urls=("http://a.test/",), status=302, target="https://b.test/")]
