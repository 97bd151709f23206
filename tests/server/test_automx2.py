"""What automx2 is asked by its own samples, asked here over the same data: each gets a correct answer.

Source of the data and of the requests' shapes: automx2's `database.py` (the sample that `/initdb/` fills in) and its
views. It answers malformed XML by 500, domains in upper case by 204 and `/Autodiscover/Autodiscover.xml` by 404.
"""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from falcon.testing import TestClient

from autoconfig.catalog import load
from autoconfig.formats import mozilla, outlook
from autoconfig.formats.outlook_requests import Refusal
from autoconfig.model import Server, ServerType, SocketType
from autoconfig.server import create_app
from tests.support.serving import OUTLOOK_2016

DEFINITIONS = {
    "example.com": """
      - {type: imap, hostname: imap1.example.com, socket_type: STARTTLS}
      - {type: smtp, hostname: primary-smtp.example.com, socket_type: STARTTLS}
      - {type: caldav, url: https://caldav.example.com}
      - {type: carddav, url: http://carddav.example.com}""",
    "example.net": """
      - {type: imap, hostname: imap2.example.com, socket_type: STARTTLS}
      - {type: smtp, hostname: primary-smtp.example.com, socket_type: STARTTLS}
      - {type: carddav, url: http://carddav.example.com}""",
    "example.org": """
      - {type: pop3, hostname: pop1.example.com, socket_type: STARTTLS, port: 143}
      - {type: smtp, hostname: secondary-smtp.example.com, socket_type: STARTTLS}""",
}
MOZILLA = "/mail/config-v1.1.xml"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder: Path = tmp_path_factory.mktemp("definitions")
    for domain, servers in DEFINITIONS.items():
        text = (
            f"id: {domain}\nname: Big Corporation, Inc.\nshort_name: BigCorp\ndomains: [{domain}]\nservers:{servers}\n"
        )
        (folder / f"{domain}.yaml").write_text(text)
    return TestClient(create_app(load(folder)))


def tcp(servers: tuple[Server, ...]) -> list[tuple[ServerType, str | None, int | None, SocketType | None, str | None]]:
    return [(it.type, it.hostname, it.port, it.socket_type, it.username) for it in servers if it.hostname]


STARTTLS = SocketType.STARTTLS
EXPECTED = {
    "a@example.com": [
        (ServerType.IMAP, "imap1.example.com", 143, STARTTLS, "a@example.com"),
        (ServerType.SMTP, "primary-smtp.example.com", 587, STARTTLS, "a@example.com"),
    ],
    "b@example.net": [
        (ServerType.IMAP, "imap2.example.com", 143, STARTTLS, "b@example.net"),
        (ServerType.SMTP, "primary-smtp.example.com", 587, STARTTLS, "b@example.net"),
    ],
    "c@example.org": [
        (ServerType.POP3, "pop1.example.com", 143, STARTTLS, "c@example.org"),
        (ServerType.SMTP, "secondary-smtp.example.com", 587, STARTTLS, "c@example.org"),
    ],
}
every_address = pytest.mark.parametrize("address", EXPECTED)
every_case = pytest.mark.parametrize("change", [str, lambda text: text.partition("@")[0] + "@" + text[2:].upper()])


@every_address
@every_case
def test_mozilla(client: TestClient, address: str, change: type[str]) -> None:
    answer = client.simulate_get(MOZILLA, query_string=f"emailaddress={change(address)}")
    assert answer.status_code == 200
    assert tcp(mozilla.parse(answer.content).servers) == EXPECTED[address]


def test_calendars_and_address_books(client: TestClient) -> None:
    answer = client.simulate_get(MOZILLA, query_string="emailaddress=a@example.com")
    dav = [(server.type, server.url) for server in mozilla.parse(answer.content).servers if server.url]
    assert dav == [
        (ServerType.CALDAV, "https://caldav.example.com"),
        (ServerType.CARDDAV, "http://carddav.example.com"),
    ]


@every_address
@every_case
@pytest.mark.parametrize(
    "path", ["/autodiscover/autodiscover.xml", "/AutoDiscover/AutoDiscover.xml", "/Autodiscover/Autodiscover.xml"]
)
@pytest.mark.parametrize("content_type", ["application/xml", "text/xml; charset=utf-8", "text/plain"])
def test_outlook(client: TestClient, address: str, change: type[str], path: str, content_type: str) -> None:
    body = OUTLOOK_2016.format(address=change(address))
    answer = client.simulate_post(path, body=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200
    assert tcp(outlook.parse(answer.content).servers) == EXPECTED[address]


@pytest.mark.parametrize("body", ["<", "<a/>", "", "\x00", "<?xml version='1.0'?><a><b></a>"])
def test_outlook_with_malformed_xml(client: TestClient, body: str) -> None:
    answer = client.simulate_post("/autodiscover/autodiscover.xml", body=body)
    assert answer.status_code == 200
    assert outlook.parse_answer(answer.content) == Refusal(600, "The request is not valid")


@every_address
@pytest.mark.parametrize("path", ["/mobileconfig/", "/mobileconfig"])
def test_apple(client: TestClient, address: str, path: str) -> None:
    query = f"emailaddress={address}&name=Big%20Boss&password=secret"
    answer = client.simulate_get(path, query_string=query)
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    mail = plistlib.loads(answer.content)["PayloadContent"][0]
    (_, hostname, port, _, username), (_, outgoing, *_) = EXPECTED[address]
    assert (mail["EmailAddress"], mail["EmailAccountName"]) == (address, "Big Boss")
    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == (hostname, port)
    assert (mail["IncomingMailServerUsername"], mail["OutgoingMailServerHostName"]) == (username, outgoing)
    assert b"secret" not in answer.content


@pytest.mark.parametrize("path", [MOZILLA, "/mobileconfig/"])
@pytest.mark.parametrize("domain", ["orphan.tld", "serverless.tld"])
def test_a_domain_without_servers_is_not_found(client: TestClient, path: str, domain: str) -> None:
    assert client.simulate_get(path, query_string=f"emailaddress=a@{domain}").status_code == 404


@pytest.mark.parametrize(
    "query", ["emailaddress=a@@", "emailaddress=@example.com", "emailaddress=a b", "emailaddress=@"]
)
@pytest.mark.parametrize("path", [MOZILLA, "/mobileconfig/"])
def test_what_is_no_address_is_the_clients_mistake(client: TestClient, path: str, query: str) -> None:
    assert client.simulate_get(path, query_string=query).status_code == 400


def test_a_profile_needs_an_address(client: TestClient) -> None:
    assert client.simulate_get("/mobileconfig/").status_code == 400
