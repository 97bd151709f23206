"""Any method, path, header and body gets a well-formed answer below 500, and nothing that was sent is logged."""

from __future__ import annotations

import io
import logging
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autoconfig.errors import ParseError
from autoconfig.formats import outlook
from autoconfig.server import Application, create_app
from tests.support.serving import ANDROID, CATALOG, OUTLOOK_2016

APP = create_app(CATALOG, usernames=lambda _: None, rate_limit=1_000_000, proxies=1)
PATHS = (
    "/mail/config-v1.1.xml",
    "/.well-known/autoconfig/mail/config-v1.1.xml",
    "/autodiscover/autodiscover.xml",
    "/autodiscover/autodiscover.json",
    "/autodiscover/autodiscover.json/v1.0/",
    "/.well-known/user-agent-configuration.json",
    "/example.com.mobileconfig",
    "/profile",
    "/healthz",
    "/metrics",
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "X", "FOO"])
BYTES = st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
WORDS = st.sampled_from(
    ["jan@example.com", "emailaddress=", "Email=", "&", "Protocol=", "ActiveSync", "%00", "%EF%BF%BE", "+", "%", "@"]
) | st.sampled_from(["/", "..", ".mobileconfig", "%ff", "=", "name=", "EWS", "jan%40example.net", "\x00", "é"])
TEXTS = BYTES | st.lists(WORDS | BYTES, max_size=6).map("".join)
TARGETS = st.builds("{}{}".format, st.sampled_from(PATHS), TEXTS) | TEXTS.map("/{}".format) | st.sampled_from(PATHS)
HEADER_NAMES = ["HOST", "ACCEPT", "IF_NONE_MATCH", "X_FORWARDED_FOR", "RANGE", "ACCEPT_ENCODING", "UPGRADE", "ORIGIN"]
HEADERS = st.dictionaries(
    st.sampled_from([*map("HTTP_{}".format, HEADER_NAMES), "HTTP_CONNECTION", "CONTENT_TYPE", "REMOTE_ADDR"]),
    TEXTS | st.sampled_from(["example.com", "autoconfig.example.com:80", "application/xml", "*/*;q=x", '*, "a"', "*"]),
    max_size=4,
)
BODIES = st.binary(max_size=200) | st.sampled_from(
    [OUTLOOK_2016.format(address="jan@example.com").encode(), ANDROID.format(address="%@example.net").encode()]
)


def ask(
    app: Any, method: str, path: str, query: str = "", *, headers: Any = (), body: bytes = b""
) -> tuple[int, bytes]:
    """Call an application as a WSGI server does."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **dict(headers)}
    setup_testing_defaults(environ)
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        told.append((status, headers))
        return lambda data: None

    answer = app(environ, start)
    try:
        content = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    [(status, sent)] = told
    for name, value in sent:
        assert name.isascii()
        assert not set(name + value) & set("\r\n\0")
    return int(status[:3]), content


@given(method=METHODS, target=TARGETS, headers=HEADERS, body=BODIES)
@example(method="GET", target="/mail/config-v1.1.xml?emailaddress=a@b@example.com", headers={}, body=b"")
@example(method="POST", target="/profile", headers={"CONTENT_TYPE": "application/x-www-form-urlencoded"}, body=b"%ff")
@example(method="GET", target="/", headers={"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "upgrade"}, body=b"")
def test_anything_is_answered_below_500(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    path, _, query = target.partition("?")
    status, _ = ask(APP, method, path, query, headers=headers, body=body)
    assert 200 <= status < 500


@given(body=BODIES, chunked=st.booleans())
def test_any_post_gets_an_answer_that_outlook_can_read(body: bytes, chunked: bool) -> None:
    headers = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True} if chunked else {}
    status, content = ask(APP, "POST", "/autodiscover/autodiscover.xml", headers=headers, body=body)
    assert status == 200
    try:
        outlook.parse(content)
    except ParseError:
        outlook.parse_answer(content)


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_it_is_a_proper_wsgi_application(method: str, path: str) -> None:
    body = OUTLOOK_2016.format(address="jan@example.com").encode() if method == "POST" else b""
    status, _ = ask(validator(APP), method, path, "emailaddress=jan@example.com", body=body)
    assert status < 500


def test_an_unexpected_error_is_logged_by_its_place_alone(
    app: Application, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(domain: str) -> None:
        raise RuntimeError(f"secret of {domain}")

    monkeypatch.setattr(app.live.answers, "provider", fail)
    status, content = ask(app, "GET", "/mail/config-v1.1.xml", "emailaddress=jan@example.com")
    assert status == 500
    assert "RuntimeError at " in caplog.text
    assert "test_hostile.py" in caplog.text
    assert "secret" not in caplog.text
    assert "jan@" not in caplog.text
    assert b"secret" not in content


@given(local_part=st.text("abcxyz0123456789.%+", min_size=12, max_size=20), target=st.sampled_from(PATHS))
def test_no_address_is_logged(local_part: str, target: str) -> None:
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = records.append  # type: ignore[method-assign, assignment]
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.DEBUG
    try:
        for address in (f"{local_part}@example.com", f"{local_part}@unknown.test", local_part):
            ask(APP, "GET", target, f"emailaddress={address}&Email={address}")
            ask(APP, "POST", target, body=OUTLOOK_2016.format(address=address).encode())
    finally:
        root.level = level
        root.removeHandler(handler)
    assert not any(local_part in record.getMessage() for record in records)


def test_counts_hold_nothing_that_was_sent() -> None:
    app = create_app(CATALOG)
    for number in range(50):
        ask(
            app,
            "GET",
            f"/nothing{number}",
            f"emailaddress=jan{number}@example.com",
            headers={"HTTP_HOST": f"h{number}.test"},
        )
    _, content = ask(app, "GET", "/metrics")
    assert b'autoconfig_requests_total{route="none",status="404"} 50.0' in content
    assert not any(word in content for word in (b"jan", b"nothing", b"test", b"h1"))
