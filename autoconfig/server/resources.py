"""What is served at each path: falcon resources, which find the provider and send its document.

A document for everybody may be kept by caches and read by scripts of any site; one for a single user may be neither.
No address is ever part of an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

import falcon
import msgspec
from falcon.uri import parse_query_string

from autoconfig.address import Address, normalize_domain, parse_address
from autoconfig.errors import AddressError, ParseError, RenderError
from autoconfig.formats import FORMATS, apple, autodiscover_json, json, outlook
from autoconfig.formats.exchange import exchange_url
from autoconfig.model import Provider, ServerType
from autoconfig.server.documents import Public
from autoconfig.server.limits import read_body
from autoconfig.server.live import Answers, Live
from autoconfig.server.metrics import Metrics
from autoconfig.server.usernames import UsernameError, Usernames

XML = FORMATS["outlook"].media_type
_OF_EVERYBODY = (("Cache-Control", "public, max-age=3600"), ("Access-Control-Allow-Origin", "*"))
OF_PAGES = "frame-ancestors 'none'"
"""What a policy cannot say within a page."""
_OF_ONE_USER = "private, no-store"
_RETRY_AFTER = 30  # seconds

Sign = Callable[[bytes], bytes]


def send_public(req: falcon.Request, resp: falcon.Response, document: Public) -> None:
    """Send a document for everybody, or tell that the client has it (RFC 9110, section 13.1.2)."""
    resp.set_headers(_OF_EVERYBODY)
    resp.set_header("ETag", document.etag)
    known = req.env.get("HTTP_IF_NONE_MATCH", "")
    if document.etag in known or known.strip() == "*":
        resp.status = falcon.HTTP_304
        return
    resp.content_type = document.media_type
    resp.data = document.data


def send_personal(resp: falcon.Response, data: bytes, media_type: str) -> None:
    """Send what is for one user, or is only true now."""
    resp.set_header("Cache-Control", _OF_ONE_USER)
    resp.content_type = media_type
    resp.data = data


def parameters_of(query: str) -> dict[str, str]:
    """A query's parameters by their name in lower case; a plus is a plus, as addresses have them."""
    values = parse_query_string(query.replace("+", "%2B"), keep_blank=True)
    return {name.lower(): value if isinstance(value, str) else value[0] for name, value in values.items()}


class Resource:
    """What the resources of documents share: the live answers, and the look-up of user names."""

    route = ""

    def __init__(self, live: Live, usernames: Usernames | None) -> None:
        self._live = live
        self._usernames = usernames

    def _personal(self, answers: Answers, provider: Provider, format: str, address: Address) -> bytes:
        try:
            login = self._usernames.of(str(address)) if self._usernames is not None else ""
            return answers.documents.personal(provider, format, address, login)
        except UsernameError as error:
            raise falcon.HTTPServiceUnavailable(retry_after=_RETRY_AFTER, title=f"{error}") from None
        except RenderError:
            raise falcon.HTTPBadRequest(title="The address has a character that the format cannot hold") from None

    def _send_for_host(self, req: falcon.Request, resp: falcon.Response, format: str) -> bool:
        """Send the document of the domain that the request is sent to, if there is one."""
        answers = self._live.answers
        domain, provider = answers.asked_host(req.env.get("HTTP_HOST", ""))
        if provider is None and format == "mozilla" and domain:
            provider = answers.catalog.find_by_mx(domain)
        document = answers.documents.public(provider, format, domain) if provider is not None else None
        if document is None:
            return False
        send_public(req, resp, document)
        return True


def asked_for(text: str) -> tuple[str, Address | None]:
    """The domain that was sent, and the address if it was one.

    Raises:
        falcon.HTTPBadRequest: it is neither.
    """
    try:
        if "@" in text:
            address = parse_address(text)
            return address.domain, address
        return normalize_domain(text), None
    except AddressError:
        raise falcon.HTTPBadRequest(title="The e-mail address is not one") from None


class Autoconfig(Resource):
    """Mozilla autoconfig: for the address or domain in `emailaddress`, else for the domain of the Host."""

    route = "autoconfig"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        asked = parameters_of(req.query_string).get("emailaddress", "") if req.query_string else ""
        if not asked:
            if not self._send_for_host(req, resp, "mozilla"):
                raise falcon.HTTPNotFound()
            return
        domain, address = asked_for(asked)
        answers = self._live.answers
        provider = answers.provider(domain)
        document = answers.documents.public(provider, "mozilla", domain) if provider is not None else None
        if provider is None or document is None:
            raise falcon.HTTPNotFound()
        media_type = FORMATS["mozilla"].media_type
        if address is None:
            send_public(req, resp, document)
        else:
            send_personal(resp, self._personal(answers, provider, "mozilla", address), media_type)

    on_head = on_get


class Autodiscover(Resource):
    """Outlook's and ActiveSync's POST; by GET, what a static file would say for the domain of the Host."""

    route = "autodiscover"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        if not self._send_for_host(req, resp, "outlook"):
            send_personal(resp, _error(outlook.ErrorCode.INVALID_REQUEST), XML)

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = read_body(req)
        try:
            data = self._answer(outlook.parse_request(body))
        except ParseError:
            data = _error(outlook.ErrorCode.INVALID_REQUEST)
        send_personal(resp, data, XML)

    def _answer(self, request: outlook.Request) -> bytes:
        answers = self._live.answers
        if request.schema is None:
            return _error(outlook.ErrorCode.NO_PROVIDER_FOR_SCHEMA)
        provider = answers.provider(request.address.domain)
        if provider is None:
            return _error(outlook.ErrorCode.ADDRESS_NOT_FOUND)
        if request.schema is outlook.Schema.MOBILESYNC:
            format, offered = "mobilesync", exchange_url(provider, ServerType.ACTIVESYNC) is not None
        else:
            format = "outlook"
            offered = answers.documents.public(provider, format, request.address.domain) is not None
        if not offered:
            return _error(outlook.ErrorCode.NO_PROVIDER_FOR_SCHEMA)
        return self._personal(answers, provider, format, request.address)


def _error(code: outlook.ErrorCode) -> bytes:
    return outlook.render_error(code, at=datetime.now(UTC).time())


class AutodiscoverJson(Resource):
    """Autodiscover version 2: where a protocol is served."""

    route = "autodiscover.json"

    def __init__(self, live: Live, usernames: Usernames | None, base_url: str | None) -> None:
        super().__init__(live, usernames)
        self._base_url = base_url

    def on_get(self, req: falcon.Request, resp: falcon.Response, email: str = "") -> None:
        query = req.query_string.replace("+", "%2B")
        try:
            request = autodiscover_json.parse_request(f"{quote(req.path, safe='/@')}?{query}")
        except ParseError:
            self._refuse(resp, 400, "InvalidRequest", "expected ?Email=ADDRESS&Protocol=AutodiscoverV1")
            return
        provider = self._live.answers.provider(request.address.domain)
        if provider is None:
            self._refuse(resp, 404, "UserNotFound", "no provider is known for this e-mail address")
            return
        try:
            reply = autodiscover_json.reply(provider, request)
        except RenderError:
            self._refuse(resp, 400, "InvalidRequest", "the e-mail address has a character that JSON cannot hold")
            return
        resp.status = reply.status
        body = reply.body
        if reply.status == 200 and self._base_url and request.protocol.lower() == "autodiscoverv1":  # noqa: PLR2004
            url = f"{self._base_url}/autodiscover/autodiscover.xml"
            body = json.serialize({"Protocol": autodiscover_json.Protocol.AUTODISCOVER_V1.value, "Url": url})
        send_personal(resp, body, FORMATS["autodiscover_json"].media_type)

    on_head = on_get

    def _refuse(self, resp: falcon.Response, status: int, code: str, message: str) -> None:
        resp.status = status
        body = json.serialize({"ErrorCode": code, "ErrorMessage": message})
        send_personal(resp, body, FORMATS["autodiscover_json"].media_type)


class Pacc(Resource):
    """PACC, byte for byte as its TXT record says."""

    route = "pacc"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        if not self._send_for_host(req, resp, "pacc"):
            raise falcon.HTTPNotFound()

    on_head = on_get


class MobileConfig(Resource):
    """Apple profiles: for everybody, or for the user in `emailaddress`, with the `name` that mails are sent under.

    Without a domain in its path, the domain is that of `emailaddress`, as automx2 has it.
    """

    route = "mobileconfig"

    def __init__(self, live: Live, usernames: Usernames | None, sign: Sign | None) -> None:
        super().__init__(live, usernames)
        self._sign = sign

    def on_get(self, req: falcon.Request, resp: falcon.Response, domain: str = "") -> None:
        asked = parameters_of(req.query_string)
        text = asked.get("emailaddress", "")
        own, address = asked_for(text) if text or not domain else ("", None)
        try:
            domain = normalize_domain(domain) if domain else own
        except AddressError:
            raise falcon.HTTPNotFound() from None
        answers = self._live.answers
        provider = answers.provider(domain) if address is None or address.domain == domain else None
        document = answers.documents.public(provider, "apple", domain) if provider is not None else None
        if provider is None or document is None:
            raise falcon.HTTPNotFound()
        resp.downloadable_as = f"{domain}.mobileconfig"
        media_type = FORMATS["apple"].media_type
        if address is not None:
            data = apple.named(self._personal(answers, provider, "apple", address), asked.get("name", ""))
            send_personal(resp, self._signed(data), media_type)
        elif self._sign is not None:
            send_personal(resp, self._signed(document.data), media_type)
        else:
            send_public(req, resp, document)

    on_head = on_get

    def _signed(self, data: bytes) -> bytes:
        return self._sign(data) if self._sign is not None else data


class Pages:
    """The setup pages for people, as `autoconfig build --pages` writes them."""

    route = "pages"

    def __init__(self, live: Live) -> None:
        self._live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, path: str = "") -> None:
        pages = self._live.answers.pages
        page = pages.find(req.path.removeprefix("/")) if pages is not None else None
        if page is None:
            raise falcon.HTTPNotFound()
        resp.set_header("Content-Security-Policy", OF_PAGES)
        send_public(req, resp, page)

    on_head = on_get


class Healthz:
    """How the server is, for its keepers."""

    route = "healthz"

    def __init__(self, live: Live) -> None:
        self._live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send_personal(resp, msgspec.json.encode(self._live.health), falcon.MEDIA_JSON)

    on_head = on_get


class MetricsPage:
    """Counts for Prometheus."""

    route = "metrics"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send_personal(resp, *self._metrics.exposition())

    on_head = on_get
