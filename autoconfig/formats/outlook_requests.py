"""Outlook autodiscover beside its settings: what clients ask, and the answers that redirect, refuse or name ActiveSync.

Source: Microsoft's "POX Autodiscover", MS-OXDSCLI, sections 2.2.3 and 2.2.4, and MS-ASCMD, section 2.2.1.1. Documents
are read by local names, as clients and servers write the namespaces with http:// and with https://.
"""

from __future__ import annotations

from datetime import time
from enum import IntEnum, StrEnum
from typing import cast

import msgspec
from lxml import etree

from autoconfig.address import Address, parse_address
from autoconfig.errors import AddressError, ParseError, RenderError
from autoconfig.formats import xml
from autoconfig.formats.exchange import exchange_url
from autoconfig.formats.web import web_address
from autoconfig.model import Provider, ServerType

ENVELOPE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"

MOST_REDIRECTS = 10
"""After how many redirects a client gives up."""


class Schema(StrEnum):
    """The answer that a client accepts: the namespace of its `Response`."""

    OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    MOBILESYNC = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"


_SCHEMAS = {schema.value: schema for schema in Schema}
_REQUEST_SCHEMAS = {
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006": Schema.OUTLOOK,
    "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006": Schema.MOBILESYNC,
}
REQUEST_SCHEMAS = {schema: namespace for namespace, schema in _REQUEST_SCHEMAS.items()}
"""The namespace of a request for each answer."""


class ErrorCode(IntEnum):
    """Why there are no settings. Errors are sent with the HTTP status 200."""

    ADDRESS_NOT_FOUND = 500
    INVALID_REQUEST = 600
    NO_PROVIDER_FOR_SCHEMA = 601


_MESSAGES = {
    ErrorCode.ADDRESS_NOT_FOUND: "No provider is known for this e-mail address",
    ErrorCode.INVALID_REQUEST: "The request is not valid",
    ErrorCode.NO_PROVIDER_FOR_SCHEMA: "The provider has no settings in this schema",
}


class Request(msgspec.Struct, frozen=True):
    """Who asks, and for which answer; None is one that is not given here (`ErrorCode.NO_PROVIDER_FOR_SCHEMA`)."""

    address: Address
    schema: Schema | None


class RedirectToAddress(msgspec.Struct, frozen=True):
    """The answer is to be asked for another address."""

    address: Address


class RedirectToUrl(msgspec.Struct, frozen=True):
    """The answer is to be asked at another URL."""

    url: str


class Refusal(msgspec.Struct, frozen=True):
    """There is no answer; the code is that of the server, and need not be one of `ErrorCode`."""

    code: int
    message: str


class MobileSync(msgspec.Struct, frozen=True):
    """Where ActiveSync is served."""

    url: str


Answer = RedirectToAddress | RedirectToUrl | Refusal | MobileSync


def render_request(address: Address, schema: Schema = Schema.OUTLOOK) -> bytes:
    """Write what a client sends by POST."""
    namespace = REQUEST_SCHEMAS[schema]
    root = etree.Element(f"{{{namespace}}}Autodiscover", nsmap=_default(namespace))
    request = etree.SubElement(root, f"{{{namespace}}}Request")
    _add(request, "EMailAddress", str(address))
    _add(request, "AcceptableResponseSchema", schema.value)
    return xml.serialize(root)


def parse_request(data: bytes) -> Request:
    """Read what a client sent.

    Raises:
        ParseError: the data is no request with an e-mail address; answer with `ErrorCode.INVALID_REQUEST`.
    """
    root = xml.parse_root(data, "outlook")
    request = xml.child(root, "Request")
    if xml.local_name(root) != "Autodiscover" or request is None:
        raise ParseError("outlook", f"root element <{xml.local_name(root)}>, expected <Autodiscover> with a <Request>")
    try:
        address = parse_address(xml.child_text(request, "EMailAddress"))
    except AddressError as error:
        raise ParseError("outlook", f"{error}") from error
    return Request(address, _schema(root, xml.child_text(request, "AcceptableResponseSchema")))


def _schema(root: etree._Element, wanted: str) -> Schema | None:
    if not wanted:
        return _REQUEST_SCHEMAS.get(_plain(etree.QName(root).namespace or ""))
    return _SCHEMAS.get(_plain(wanted))


def _plain(namespace: str) -> str:
    """The namespace as Microsoft spells it: some write it with https, and in another letter case."""
    return namespace.lower().replace("https://", "http://", 1)


def render_redirect_to_address(address: Address) -> bytes:
    """Write that a client shall ask for another address instead."""
    return _redirect("redirectAddr", "RedirectAddr", str(address))


def render_redirect_to_url(url: str) -> bytes:
    """Write that a client shall ask at another URL instead.

    Raises:
        RenderError: the URL is not https, which clients refuse.
    """
    target = web_address(url)
    if target is None or target.scheme != "https":
        raise RenderError(f"{url!r} is no https address to redirect to")
    return _redirect("redirectUrl", "RedirectUrl", url)


def _redirect(action: str, tag: str, target: str) -> bytes:
    root, response = _answer(Schema.OUTLOOK)
    account = etree.SubElement(response, f"{{{Schema.OUTLOOK}}}Account")
    _add(account, "AccountType", "email")
    _add(account, "Action", action)
    _add(account, tag, target)
    return xml.serialize(root)


def render_error(code: ErrorCode, *, at: time = time(), id: int = 0) -> bytes:
    """Write that there are no settings.

    Args:
        code: why.
        at: when it happened, for the server's own log.
        id: what the server's log calls the request.
    """
    root, response = _answer(ENVELOPE)
    error = etree.SubElement(response, f"{{{ENVELOPE}}}Error", Time=at.isoformat("microseconds"), Id=str(id))
    _add(error, "ErrorCode", str(code.value))
    _add(error, "Message", _MESSAGES[code])
    _add(error, "DebugData", "")
    return xml.serialize(root)


def render_mobilesync(provider: Provider, address: Address) -> bytes:
    """Write where a phone finds ActiveSync.

    Raises:
        RenderError: the provider has no ActiveSync; answer with `ErrorCode.NO_PROVIDER_FOR_SCHEMA`. Or a text has a
            character that XML cannot hold.
    """
    provider = provider.for_address(address)
    url = exchange_url(provider, ServerType.ACTIVESYNC)
    if url is None:
        raise RenderError(f"{provider.id} has no ActiveSync server")
    root, response = _answer(Schema.MOBILESYNC)
    _add(response, "Culture", "en:us")
    user = etree.SubElement(response, f"{{{Schema.MOBILESYNC}}}User")
    _add(user, "DisplayName", str(address))
    _add(user, "EMailAddress", str(address))
    action = etree.SubElement(response, f"{{{Schema.MOBILESYNC}}}Action")
    settings = etree.SubElement(action, f"{{{Schema.MOBILESYNC}}}Settings")
    server = etree.SubElement(settings, f"{{{Schema.MOBILESYNC}}}Server")
    _add(server, "Type", "MobileSync")
    _add(server, "Url", url)
    _add(server, "Name", url)
    return xml.serialize(root)


def parse_answer(data: bytes) -> Answer:
    """Read an answer without settings; those with settings are for `outlook.read`.

    Raises:
        ParseError: the data is no such answer, or one that leads nowhere.
    """
    root = xml.parse_root(data, "outlook")
    response = xml.child(root, "Response")
    if xml.local_name(root) != "Autodiscover" or response is None:
        raise ParseError("outlook", f"root element <{xml.local_name(root)}>, expected <Autodiscover> with a <Response>")
    account = xml.child(response, "Account")
    error = _first(xml.child(response, "Error"), xml.child(account, "Error"))
    if error is not None:
        return _read_error(error)
    server = xml.child(xml.child(xml.child(response, "Action"), "Settings"), "Server")
    if server is not None:
        return MobileSync(_https_url(xml.child_text(server, "Url")))
    match xml.child_text(account, "Action").lower():
        case "redirectaddr":
            return RedirectToAddress(_address(xml.child_text(account, "RedirectAddr")))
        case "redirecturl":
            return RedirectToUrl(_https_url(xml.child_text(account, "RedirectUrl")))
        case action:
            raise ParseError("outlook", f"the action {action!r}, expected a redirect, an error or ActiveSync")


def _read_error(error: etree._Element) -> Refusal:
    """ActiveSync's errors have a `Status` where others have an `ErrorCode`."""
    code = xml.child_text(error, "ErrorCode") or xml.child_text(error, "Status")
    if not (code.isascii() and code.isdigit() and len(code) <= len("99999")):
        raise ParseError("outlook", f"the error code {code[:60]!r}, expected a number")
    return Refusal(int(code), xml.child_text(error, "Message"))


def _https_url(url: str) -> str:
    target = web_address(url)
    if target is None or target.scheme != "https":
        raise ParseError("outlook", f"the address {url[:200]!r}, expected https")
    return url


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except AddressError as error:
        raise ParseError("outlook", f"{error}") from error


def _answer(namespace: str) -> tuple[etree._Element, etree._Element]:
    """The envelope, and the response in it."""
    root = etree.Element(f"{{{ENVELOPE}}}Autodiscover", nsmap=_default(ENVELOPE))
    return root, etree.SubElement(root, f"{{{namespace}}}Response", nsmap=_default(namespace))


def _default(namespace: str) -> dict[str, str]:
    """The default namespace; lxml's type stubs know no None as prefix."""
    return cast(dict[str, str], {None: str(namespace)})


def _add(parent: etree._Element, tag: str, text: str) -> None:
    """Append an element in the namespace of its parent."""
    xml.add(parent, f"{{{etree.QName(parent).namespace}}}{tag}", text)


def _first(*elements: etree._Element | None) -> etree._Element | None:
    return next((element for element in elements if element is not None), None)
