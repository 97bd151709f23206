"""What clients ask by GET, in the shapes that they use, and what caches and scripts may do with the answers."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime

import pytest
from falcon.testing import TestClient

from autoconfig.address import Address
from autoconfig.catalog import Catalog
from autoconfig.formats import apple, autodiscover_json, mozilla, outlook, pacc
from autoconfig.server import create_app
from tests.support.serving import CATALOG, COM, provider

AUTOCONFIG = "/mail/config-v1.1.xml"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"


@pytest.mark.parametrize("path", [AUTOCONFIG, WELL_KNOWN, "/Mail/Config-V1.1.XML"])
def test_thunderbird_gets_the_settings_of_its_address(client: TestClient, path: str) -> None:
    answer = client.simulate_get(path, query_string="emailaddress=jan%40example.com", headers={"Host": "any.test"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content == mozilla.render(COM, address=Address("jan", "example.com"))


@pytest.mark.parametrize(
    ("query", "local_part"),
    [
        ("emailaddress=jan+work@example.com", "jan+work"),
        ("emailaddress=jan%2Bwork@EXAMPLE.com.", "jan+work"),
        ("EmailAddress=Jan@Example.COM", "Jan"),
        ("emailaddress=j%26%3C@example.com&x", "j&<"),
        ("emailaddress=a@b@example.com", "a@b"),
    ],
)
def test_an_address_may_be_written_in_many_ways(client: TestClient, query: str, local_part: str) -> None:
    answer = client.simulate_get(AUTOCONFIG, query_string=query)
    assert answer.content == mozilla.render(COM, address=Address(local_part, "example.com"))


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "autoconfig.example.com",
        "AutoDiscover.Example.Com:8443",
        "ua-auto-config.example.com.",
        "mx.example.com",
        "autoconfig.mx.example.com",
    ],
)
def test_without_an_address_the_host_tells_the_domain(client: TestClient, host: str) -> None:
    answer = client.simulate_get(AUTOCONFIG, headers={"Host": host})
    assert answer.content == mozilla.render(COM)


@pytest.mark.parametrize("host", ["autoconfig.xn--bcher-kva.example", "autoconfig.bücher.example:443"])
def test_an_internationalized_host_in_either_form(client: TestClient, host: str) -> None:
    answer = client.simulate_get(AUTOCONFIG, headers={"Host": host.encode().decode("latin-1")})
    assert b"<domain>xn--bcher-kva.example</domain>" in answer.content


def test_a_bare_domain_gets_the_document_for_everybody(client: TestClient) -> None:
    answer = client.simulate_get(AUTOCONFIG, query_string="emailaddress=Example.com")
    assert answer.content == mozilla.render(COM)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_wildcard_answers_for_the_domain_that_was_asked_for() -> None:
    client = TestClient(create_app(Catalog([provider("example.org", domains=("*.example.org",))])))
    answer = client.simulate_get(AUTOCONFIG, query_string="emailaddress=jan@shop.example.org")
    assert b"<domain>shop.example.org</domain>" in answer.content
    by_host = client.simulate_get(AUTOCONFIG, headers={"Host": "autoconfig.shop.example.org"})
    assert b"<domain>shop.example.org</domain>" in by_host.content
    assert client.simulate_get(AUTOCONFIG, query_string="emailaddress=jan@example.org").status_code == 404


@pytest.mark.parametrize("query", ["emailaddress=jan@unknown.test", "emailaddress=unknown.test", ""])
def test_an_unknown_domain_is_not_found(client: TestClient, query: str) -> None:
    assert client.simulate_get(AUTOCONFIG, query_string=query, headers={"Host": "unknown.test"}).status_code == 404


@pytest.mark.parametrize("text", ["jan@", "@example.com", "jan@exa mple.com", "a%00b@example.com", "-", "jan@[::1]"])
def test_what_is_no_address_is_refused(client: TestClient, text: str) -> None:
    answer = client.simulate_get(AUTOCONFIG, query_string=f"emailaddress={text}")
    assert answer.status_code == 400
    assert "jan" not in answer.text


def test_a_character_that_xml_cannot_hold_is_refused(client: TestClient) -> None:
    assert client.simulate_get(AUTOCONFIG, query_string="emailaddress=%EF%BF%BE@example.com").status_code == 400


def test_pacc_is_what_its_record_says(client: TestClient) -> None:
    answer = client.simulate_get(
        "/.well-known/user-agent-configuration.json", headers={"Host": "ua-auto-config.example.com"}
    )
    assert pacc.has_digest(pacc.document(COM).txt, answer.content)


def test_a_provider_that_a_format_cannot_tell_of_is_not_found(client: TestClient) -> None:
    path = "/.well-known/user-agent-configuration.json"
    plain = create_app(Catalog([provider("example.com", servers=())]))
    assert TestClient(plain).simulate_get(path, headers={"Host": "example.com"}).status_code == 404


# Autodiscover version 2


@pytest.mark.parametrize(
    "target",
    [
        "/autodiscover/autodiscover.json?Email=jan%40example.com&Protocol=AutodiscoverV1",
        "/Autodiscover/Autodiscover.json?email=jan@example.com&protocol=autodiscoverv1&RedirectCount=1",
        "/autodiscover/autodiscover.json/v1.0/jan@example.com?Protocol=AutodiscoverV1",
        "/AutoDiscover/AutoDiscover.json/V1.0/j%C3%A4n%2Bx%2Fy@example.com?Protocol=AutodiscoverV1",
    ],
)
def test_outlook_is_sent_to_its_settings(client: TestClient, target: str) -> None:
    answer = client.simulate_get(target)
    assert answer.json == {
        "Protocol": "AutodiscoverV1",
        "Url": "https://autodiscover.example.com/autodiscover/autodiscover.xml",
    }


def test_the_base_url_takes_the_place_of_the_domains_own_host() -> None:
    client = TestClient(create_app(CATALOG, base_url="https://setup.example.com/"))
    answer = client.simulate_get("/autodiscover/autodiscover.json?Email=jan@example.com&Protocol=AutodiscoverV1")
    assert answer.json["Url"] == "https://setup.example.com/autodiscover/autodiscover.xml"


def test_activesync_is_told_where_the_provider_has_it(client: TestClient) -> None:
    path = "/autodiscover/autodiscover.json"
    answer = client.simulate_get(path, query_string="Email=jan+x@example.net&Protocol=ActiveSync")
    expected = "https://mobile.example.net/Microsoft-Server-ActiveSync?user=jan%2Bx"
    assert autodiscover_json.parse_answer(answer.content).url == expected
    refused = client.simulate_get(path, query_string="Email=jan@example.com&Protocol=ActiveSync")
    assert (refused.status_code, refused.json["ErrorCode"]) == (400, "InvalidProtocol")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("Protocol=AutodiscoverV1", 400, "InvalidRequest"),
        ("Email=jan@unknown.test&Protocol=AutodiscoverV1", 404, "UserNotFound"),
        ("Email=jan&Protocol=AutodiscoverV1", 400, "InvalidRequest"),
    ],
)
def test_autodiscover_json_refuses_in_json(client: TestClient, query: str, status: int, code: str) -> None:
    answer = client.simulate_get("/autodiscover/autodiscover.json", query_string=query)
    assert (answer.status_code, answer.json["ErrorCode"]) == (status, code)
    assert "jan" not in answer.text


# Apple profiles


def test_a_profile_for_everybody(client: TestClient) -> None:
    answer = client.simulate_get("/Example.com.mobileconfig")
    assert answer.content == apple.render(COM)
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="example.com.mobileconfig"'


def test_a_profile_for_one_user_holds_address_and_name(client: TestClient) -> None:
    query = "emailaddress=jan@example.com&name=J%C3%A4n%20%3Cb%3E%07"
    profile = plistlib.loads(client.simulate_get("/example.com.mobileconfig", query_string=query).content)
    [mail] = profile["PayloadContent"]
    assert (mail["EmailAddress"], mail["EmailAccountName"]) == ("jan@example.com", "Jän <b>")


def test_the_profile_of_one_account_is_always_the_same_and_of_two_never(client: TestClient) -> None:
    def ask(address: str) -> bytes:
        return client.simulate_get("/example.com.mobileconfig", query_string=f"emailaddress={address}").content

    assert ask("jan@example.com") == ask("jan@example.com")
    uuids = {plistlib.loads(ask(f"{name}@example.com"))["PayloadUUID"] for name in ("jan", "piet")}
    assert len(uuids) == 2


@pytest.mark.parametrize("query", ["emailaddress=jan@example.net", "emailaddress=jan@unknown.test"])
def test_a_profile_is_for_addresses_of_its_domain(client: TestClient, query: str) -> None:
    assert client.simulate_get("/example.com.mobileconfig", query_string=query).status_code == 404


@pytest.mark.parametrize("name", ["unknown.test", "..", "-", "%00", "a b"])
def test_no_profile_of_what_is_no_known_domain(client: TestClient, name: str) -> None:
    assert client.simulate_get(f"/{name}.mobileconfig").status_code == 404


def test_profiles_are_signed_on_demand() -> None:
    app = create_app(CATALOG, sign=lambda document: b"signed " + document)
    for query in ("", "emailaddress=jan@example.com"):
        answer = TestClient(app).simulate_get("/example.com.mobileconfig", query_string=query)
        assert answer.content.startswith(b"signed <?xml")
        assert answer.headers["Cache-Control"] == "private, no-store"


# What is the same for all


PUBLIC = [
    (AUTOCONFIG, "example.com"),
    ("/autodiscover/autodiscover.xml", "autodiscover.example.com"),
    ("/.well-known/user-agent-configuration.json", "ua-auto-config.example.com"),
    ("/example.com.mobileconfig", "example.com"),
]
PRIVATE = [
    f"{AUTOCONFIG}?emailaddress=jan@example.com",
    "/example.com.mobileconfig?emailaddress=jan@example.com",
    "/autodiscover/autodiscover.json?Email=jan@example.com&Protocol=AutodiscoverV1",
    "/profile",
    "/healthz",
    "/metrics",
]


@pytest.mark.parametrize(("path", "host"), PUBLIC)
def test_public_documents_may_be_kept_and_read_by_all(client: TestClient, path: str, host: str) -> None:
    answer = client.simulate_get(path, headers={"Host": host})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.simulate_get(path, headers={"Host": host, "If-None-Match": f'W/"x", {answer.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    other = client.simulate_get(path, headers={"Host": host, "If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, answer.content)


@pytest.mark.parametrize("target", PRIVATE)
def test_what_is_for_one_user_is_kept_by_nobody(client: TestClient, target: str) -> None:
    answer = client.simulate_get(target)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("target", [path for path, _ in PUBLIC] + PRIVATE)
def test_head_is_get_without_its_body(client: TestClient, target: str) -> None:
    asked = {"headers": {"Host": "example.com"}}
    got, head = client.simulate_get(target, **asked), client.simulate_head(target, **asked)
    assert head.content == b""
    assert head.status_code == got.status_code
    if target != "/metrics":  # where each request counts
        assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (AUTOCONFIG, "GET, HEAD, OPTIONS"),
        ("/autodiscover/autodiscover.xml", "GET, HEAD, POST, OPTIONS"),
        ("/autodiscover/autodiscover.json", "GET, HEAD, OPTIONS"),
        ("/profile", "GET, HEAD, POST, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_are_told_which_are_allowed(client: TestClient, path: str, allowed: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        answer = client.simulate_request(method, path)
        assert answer.status_code == 405
        assert sorted(answer.headers["Allow"].split(", ")) == sorted(allowed.split(", "))


@pytest.mark.parametrize("target", [*PRIVATE, "/nothing", f"{AUTOCONFIG}?emailaddress=@"])
def test_every_answer_keeps_browsers_from_making_more_of_it(client: TestClient, target: str) -> None:
    answer = client.simulate_get(target)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "exa%0d%0ample.com", "\xff\xfe", "[::1]:80", ""])
def test_a_host_that_nobody_has_is_never_echoed(client: TestClient, host: str) -> None:
    for path, _ in PUBLIC[:3]:
        answer = client.simulate_get(path, headers={"Host": host})
        assert answer.status_code in (200, 404)
        assert "script" not in answer.text + str(answer.headers)


def test_health_tells_what_is_served(client: TestClient) -> None:
    answer = client.simulate_get("/healthz").json
    assert (answer["status"], answer["providers"], answer["error"]) == ("ok", 3, None)
    assert datetime.fromisoformat(answer["loaded"]) <= datetime.now(UTC)


def test_the_static_answer_is_given_to_get_too(client: TestClient) -> None:
    answer = client.simulate_get("/AutoDiscover/AutoDiscover.xml", headers={"Host": "autodiscover.example.com"})
    assert answer.content == outlook.render(COM)
