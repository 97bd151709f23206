"""What Outlook and phones ask by POST."""

from __future__ import annotations

import pytest
from falcon.testing import Result, TestClient

from autoconfig.formats import outlook
from autoconfig.formats.outlook_requests import MobileSync, Refusal
from autoconfig.model import ServerType, SocketType
from tests.support.serving import ANDROID, OUTLOOK_2016

PATH = "/autodiscover/autodiscover.xml"


def post(client: TestClient, body: bytes | str, path: str = PATH) -> Result:
    return client.simulate_post(path, body=body, headers={"Content-Type": "text/xml"})


def code(answer: Result) -> int:
    refusal = outlook.parse_answer(answer.content)
    assert isinstance(refusal, Refusal)
    return refusal.code


@pytest.mark.parametrize("path", [PATH, "/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.XML"])
def test_outlook_2016_gets_login_names(client: TestClient, path: str) -> None:
    answer = post(client, OUTLOOK_2016.format(address="jan@example.com"), path)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    imap, smtp = outlook.parse(answer.content).servers
    assert (imap.type, imap.hostname, imap.port, imap.socket_type, imap.username) == (
        ServerType.IMAP,
        "imap.example.com",
        993,
        SocketType.SSL,
        "jan@example.com",
    )
    assert (smtp.type, smtp.username) == (ServerType.SMTP, "jan@example.com")


def test_outlook_2019_writes_a_byte_order_mark_and_https(client: TestClient) -> None:
    request = OUTLOOK_2016.format(address="JAN@EXAMPLE.COM").replace("http://", "https://")
    answer = post(client, b"\xef\xbb\xbf" + request.encode())
    assert outlook.parse(answer.content).servers[0].username == "JAN@example.com"


def test_a_request_may_be_in_utf_16(client: TestClient) -> None:
    request = OUTLOOK_2016.format(address="jan@example.com").replace("utf-8", "utf-16").encode("utf-16")
    assert code(post(client, request)) == 600  # it holds NUL bytes, which no document here may


def test_the_local_part_is_the_login_name_where_the_definition_says_so(client: TestClient) -> None:
    answer = post(client, OUTLOOK_2016.format(address="jan.x@shop.example.org"))
    assert outlook.parse(answer.content).servers[0].username == "jan.x"


def test_android_gets_activesync_where_the_provider_has_it(client: TestClient) -> None:
    answer = post(client, ANDROID.format(address="jan&amp;co@example.net"))
    expected = "https://mobile.example.net/Microsoft-Server-ActiveSync?user=jan%26co"
    assert outlook.parse_answer(answer.content) == MobileSync(expected)
    assert b"<EMailAddress>jan&amp;co@example.net</EMailAddress>" in answer.content


def test_android_is_refused_where_there_is_none(client: TestClient) -> None:
    assert code(post(client, ANDROID.format(address="jan@example.com"))) == 601


def test_another_schema_is_refused(client: TestClient) -> None:
    request = OUTLOOK_2016.format(address="jan@example.com").replace("2006a", "2099")
    assert code(post(client, request)) == 601


def test_an_unknown_domain_is_refused(client: TestClient) -> None:
    assert code(post(client, OUTLOOK_2016.format(address="jan@unknown.test"))) == 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"<",
        b"<Autodiscover/>",
        b"{}",
        b"emailaddress=jan@example.com",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        OUTLOOK_2016.format(address="jan").encode(),
        OUTLOOK_2016.format(address="").encode(),
        b"<a>" * 20_000,
        bytes(range(256)),
    ],
)
def test_what_is_no_request_is_told_so_with_status_200(client: TestClient, body: bytes) -> None:
    answer = post(client, body)
    assert answer.status_code == 200
    assert code(answer) == 600
    assert b"jan" not in answer.content


def test_64_kib_are_read_and_not_a_byte_more(client: TestClient) -> None:
    request = OUTLOOK_2016.format(address="jan@example.com").encode()
    fits = request + b" " * ((1 << 16) - len(request))
    assert outlook.parse(post(client, fits).content).servers
    assert post(client, fits + b" ").status_code == 413


def test_get_without_a_known_host_is_an_invalid_request(client: TestClient) -> None:
    answer = client.simulate_get(PATH, headers={"Host": "unknown.test"})
    assert answer.status_code == 200
    assert code(answer) == 600
