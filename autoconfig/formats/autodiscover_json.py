"""Autodiscover version 2: the JSON that tells Outlook and phones where a protocol is served.

Source: what Exchange answers at `/autodiscover/autodiscover.json`. An answer is one protocol and one URL; that of
`AutodiscoverV1` is where the answer of `formats.outlook` is served, so the settings themselves are never in it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from autoconfig.address import Address, expand_url, parse_address
from autoconfig.errors import AddressError, ParseError, RenderError
from autoconfig.formats import json
from autoconfig.formats.exchange import exchange_url
from autoconfig.formats.loss import Loss, Reading, definition_losses, gap_losses
from autoconfig.formats.text import tidy
from autoconfig.formats.web import web_address
from autoconfig.model import Provider, Server, ServerType

PATH = "/autodiscover/autodiscover.json"

_LONGEST_TARGET = 2048
_MOST_PARAMETERS = 20


class Protocol(StrEnum):
    """What a client may ask for."""

    AUTODISCOVER_V1 = "AutodiscoverV1"
    ACTIVESYNC = "ActiveSync"
    EWS = "EWS"


_TYPES = {Protocol.ACTIVESYNC: ServerType.ACTIVESYNC, Protocol.EWS: ServerType.EWS}
_BY_NAME = {protocol.value.lower(): protocol for protocol in Protocol}


class Request(msgspec.Struct, frozen=True):
    """What a client asks for whom; the protocol as it wrote it."""

    address: Address
    protocol: str


class Reply(msgspec.Struct, frozen=True):
    """What to answer: the HTTP status and the body."""

    status: int
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """Where a protocol is served; the protocol as the server wrote it."""

    protocol: str
    url: str


def parse_request(target: str) -> Request:
    """Read a request's path and query; letter case does not matter but in the address.

    The address is a parameter, `?Email=..&Protocol=..`, or ends the path, `/v1.0/ADDRESS?Protocol=..`.

    Raises:
        ParseError: another path, no address, or an absurd length.
    """
    if len(target) > _LONGEST_TARGET:
        raise _refusal(f"a request of {len(target)} characters, expected at most {_LONGEST_TARGET}")
    try:
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise _refusal(f"{error}") from error
    parameters = {name.lower(): value for name, value in reversed(pairs)}
    below = parts.path[len(PATH) :]
    if parts.path[: len(PATH)].lower() != PATH or not (below in ("", "/") or below.lower().startswith("/v1.0/")):
        raise _refusal(f"the path {parts.path!r}, expected {PATH}")
    text = unquote(below[len("/v1.0/") :]) or parameters.get("email", "")
    try:
        address = parse_address(text)
    except AddressError as error:
        raise _refusal(f"{error}") from error
    return Request(address, parameters.get("protocol", ""))


def _refusal(what: str) -> ParseError:
    return ParseError("autodiscover_json", what)


def reply(provider: Provider, request: Request) -> Reply:
    """Answer a request for one of the provider's protocols: 200 and where it is served, or 400 if it has it not."""
    protocol = _BY_NAME.get(request.protocol.lower())
    if protocol in offered(provider):
        assert protocol is not None
        return Reply(200, render(provider, address=request.address, protocol=protocol))
    return Reply(400, render_error(provider, request.protocol))


def offered(provider: Provider) -> tuple[Protocol, ...]:
    """The protocols that a client can be sent to."""
    return (Protocol.AUTODISCOVER_V1, *(protocol for protocol, type in _TYPES.items() if exchange_url(provider, type)))


def render(
    provider: Provider, *, address: Address | None = None, protocol: Protocol = Protocol.AUTODISCOVER_V1
) -> bytes:
    """Write where a protocol is served, by default the settings of IMAP, POP3 and SMTP.

    Those are served at the domain of the address, or at the first domain of the provider in a file for all of them.

    Raises:
        RenderError: the provider has no such protocol, no domain that is no wildcard, or the URL needs the address.
    """
    if protocol is Protocol.AUTODISCOVER_V1:
        domain = address.domain if address is not None else _first_domain(provider)
        url = f"https://autodiscover.{domain}/autodiscover/autodiscover.xml" if domain else None
    else:
        url = exchange_url(provider, _TYPES[protocol])
        if url is not None and address is not None:
            url = expand_url(url, address)
    if url is None or "%EMAIL" in url:
        raise RenderError(f"{provider.id} has no domain or server to answer {protocol} with, without an address")
    return json.serialize({"Protocol": protocol.value, "Url": url})


def _first_domain(provider: Provider) -> str | None:
    return next((domain for domain in provider.domains if not domain.startswith("*")), None)


def render_error(provider: Provider, protocol: str) -> bytes:
    """Write that the provider has no such protocol; goes with status 400."""
    said = protocol.encode("utf-8", "replace").decode()[:60]
    message = f"{said!r} is not offered; ask for {' or '.join(offered(provider))}"
    return json.serialize({"ErrorCode": "InvalidProtocol", "ErrorMessage": message})


_UNSAID_PROVIDER_FIELDS = (
    "id",
    "name",
    "short_name",
    "domains",
    "mx_domains",
    "webmail",
    "documentation",
    "instructions",
    "enable",
    "input_fields",
    "oauth2",
    "client_config_update",
)


def losses(provider: Provider, *, address: Address | None = None) -> tuple[Loss, ...]:
    """Name what the answer for `AutodiscoverV1` does not say: everything, as it only points to the settings."""
    if address is not None:
        provider = provider.for_address(address)
    reason = "the file only tells where Outlook's settings are"
    return (
        *definition_losses(provider),
        *gap_losses(provider),
        *(Loss(field, reason) for field in _UNSAID_PROVIDER_FIELDS if getattr(provider, field)),
        *(Loss(f"servers[{index}]", reason) for index, server in enumerate(provider.servers) if not server.is_gap),
    )


def parse_answer(data: bytes) -> Answer:
    """Read where a server sends a client.

    Raises:
        ParseError: the data is an error or no such answer, or its URL is not https.
    """
    said, _ = json.parse_object(data, "autodiscover_json")
    return _answer(said)


def _answer(said: dict[str, Any]) -> Answer:
    if "ErrorCode" in said:
        raise _refusal(f"the error {tidy(said['ErrorCode'])}: {tidy(said.get('ErrorMessage'))}")
    protocol, url = tidy(said.get("Protocol")), tidy(said.get("Url"))
    target = web_address(url) if url is not None else None
    if protocol is None or url is None or target is None or target.scheme != "https":
        raise _refusal("no Protocol and https Url in it")
    return Answer(protocol, url)


def parse(data: bytes) -> Provider:
    """As `read`, for those who need not know what was ignored.

    Raises:
        ParseError: the data is no such answer.
    """
    return read(data).provider


def read(data: bytes) -> Reading:
    """Read the ActiveSync or EWS server of an answer; one for another protocol says only where to ask on.

    Raises:
        ParseError: the data is an error or no such answer.
    """
    said, notes = json.parse_object(data, "autodiscover_json")
    answer = _answer(said)
    type = next((type for protocol, type in _TYPES.items() if protocol.lower() == answer.protocol.lower()), None)
    if type is None:
        return Reading(Provider(id="", name=""), (*notes, f"the settings are not here but at {answer.url}"))
    return Reading(Provider(id="", name="", servers=(Server(type=type, url=answer.url),)), notes)


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like an answer of autodiscover version 2."""
    try:
        said, _ = json.parse_object(data, "autodiscover_json")
    except ParseError:
        return False
    return (said.keys() <= {"Protocol", "Url"} and "Url" in said) or "ErrorCode" in said
