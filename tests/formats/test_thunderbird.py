"""A real Thunderbird reads what we write, and understands what the definition says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from autoconfig.catalog import bundled
from autoconfig.checks.offers import is_known_to_thunderbird
from autoconfig.formats import mozilla
from autoconfig.model import Authentication, Provider, Server, ServerType
from tests.support.ispdb import FILES
from tests.support.samples import BARE, RICH
from tests.support.thunderbird import Thunderbird, thunderbird

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("thunderbird") is None, reason="Thunderbird is not installed"),
]

_READ_TYPES = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.EXCHANGE, ServerType.SMTP})
# What Thunderbird calls these two methods of SMTP: no login.
_NO_LOGIN = frozenset({Authentication.NONE, Authentication.CLIENT_IP_ADDRESS})


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thunderbird]:
    with thunderbird(tmp_path_factory.mktemp("thunderbird")) as running:
        yield running


def _assert_understood(provider: Provider, understood: dict[str, Any]) -> None:
    assert "error" not in understood, (provider.id, understood)
    assert understood["id"] == provider.id.lower()
    assert understood["name"] == provider.name
    domains = [domain for domain in provider.domains if not domain.startswith("*")]
    assert understood["domains"][: len(domains)] == domains
    for said, servers in ((understood["incoming"], provider.incoming), (understood["outgoing"], provider.outgoing)):
        expected = [server for server in servers if server.type in _READ_TYPES]
        assert len(said) == len(expected), provider.id
        for heard, server in zip(said, expected, strict=True):
            _assert_server_understood(server, heard)


def _assert_server_understood(server: Server, heard: dict[str, Any]) -> None:
    assert (heard["type"], heard["port"]) == (server.type, server.port)
    assert server.hostname is not None
    assert heard["hostname"] == server.hostname.lower()
    assert heard["socketType"] == server.socket_type
    method = heard["authentication"]
    assert method in ["none" if known in _NO_LOGIN else known.value for known in server.authentication]
    first = server.authentication[0]
    # Thunderbird passes over OAuth2 for the hosts whose details it does not have.
    assert method == first or first in (*_NO_LOGIN, Authentication.OAUTH2) or first.value.startswith("SASL ")
    if method != "none":
        assert heard["username"] == server.username


def test_every_bundled_provider_is_understood(reader: Thunderbird) -> None:
    providers = [provider for provider in bundled().providers if not _refused(provider)]
    understood = reader.read([mozilla.render(provider) for provider in providers])
    for provider, result in zip(providers, understood, strict=True):
        _assert_understood(provider, result)


def test_what_thunderbird_refuses_is_named_as_a_loss(reader: Thunderbird) -> None:
    refused = [provider for provider in bundled().providers if _refused(provider)]
    refused.append(Provider(id="not a host", name="Odd", domains=("example.com",), servers=BARE.servers))
    refused.append(Provider(id="example.com", name="No SMTP", domains=("example.com",), servers=BARE.incoming))
    refused.append(Provider(id="example.com", name="No incoming", domains=("example.com",), servers=BARE.outgoing))
    for provider, result in zip(refused, reader.read(list(map(mozilla.render, refused))), strict=True):
        assert "error" in result, provider.id
    accepted = reader.read([mozilla.render(BARE)])
    assert "error" not in accepted[0]


def _refused(provider: Provider) -> bool:
    losses = mozilla.losses(provider)
    return any(loss.client == "Thunderbird" and loss.field in ("id", "servers") for loss in losses)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_everything_at_once_is_understood_in_both_versions(reader: Thunderbird, version: mozilla.Version) -> None:
    (result,) = reader.read([mozilla.render(RICH, version=version)])
    _assert_understood(RICH, result)
    assert result["incoming"][1]["leaveMessagesOnServer"] is True


def test_a_domain_with_a_purpose_alone_is_refused_which_is_why_all_are_plain(reader: Thunderbird) -> None:
    marked = mozilla.render(BARE).replace(b"<domain>", b'<domain purpose="mx">')
    (result,) = reader.read([marked])
    assert "error" in result


@pytest.mark.skipif(not FILES, reason="the ISPDB files are not beside the project")
def test_the_ispdb_is_understood_alike_before_and_after_a_round_trip(reader: Thunderbird) -> None:
    documents = [file.read_bytes() for file in FILES]
    again = [mozilla.render(mozilla.parse(document)) for document in documents]
    for file, before, after in zip(FILES, reader.read(documents), reader.read(again), strict=True):
        assert "error" not in before, file.name
        assert after == before, file.name


def test_it_has_oauth2_details_of_the_hosts_that_lint_takes_it_to_know(reader: Thunderbird) -> None:
    hosts = sorted(
        {server.hostname for provider in bundled().providers for server in provider.servers if server.hostname}
    )
    hosts += ["imap.mail.me", "pop.mail.ru", "imap.yandex.ru", "notgmail.com", "imap.notgmail.com", "imap.comcast.net"]
    assert reader.hosts_with_oauth2(hosts) == [host for host in hosts if is_known_to_thunderbird(host)]
