"""The page where people get an Apple profile of their own, in their language."""

from __future__ import annotations

from operator import itemgetter
from urllib.parse import quote, urlencode

import falcon
from babel import negotiate_locale
from falcon.uri import parse_query_string

from autoconfig.address import Address, parse_address
from autoconfig.errors import AddressError
from autoconfig.model import Provider
from autoconfig.server.limits import read_body
from autoconfig.server.live import Live
from autoconfig.server.resources import OF_PAGES, send_personal
from autoconfig.site.pages import LANGUAGES
from autoconfig.site.pages.profile import Mistake, policy, render_form, render_offer

_MOST_LANGUAGES = 20


class ProfilePage:
    """A form and, sent by POST as URLs are logged by many, what leads to the profile."""

    route = "profile"

    def __init__(self, live: Live, base_url: str | None) -> None:
        self._live = live
        self._base_url = base_url

    def on_get(self, req: falcon.Request, resp: falcon.Response, language: str = "") -> None:
        _send(resp, render_form(_language(req, language), _versions(req)))

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response, language: str = "") -> None:
        code, versions = _language(req, language), _versions(req)
        text, name = _typed(req)
        match self._find(text):
            case Mistake() as mistake:
                _send(resp, render_form(code, versions, address=text, name=name, mistake=mistake))
            case address, provider:
                path = _path(address, name)
                url = f"{self._base_url or f'https://autoconfig.{address.domain}'}{path}"
                path = req.root_path + path
                _send(resp, render_offer(code, versions, provider=provider, address=address, path=path, url=url))

    def _find(self, text: str) -> tuple[Address, Provider] | Mistake:
        """The address that was typed, and its provider."""
        try:
            address = parse_address(text)
        except AddressError:
            return Mistake.NO_ADDRESS
        answers = self._live.answers
        provider = answers.provider(address.domain)
        if provider is None or answers.documents.public(provider, "apple", address.domain) is None:
            return Mistake.NO_PROFILE
        return address, provider


def _send(resp: falcon.Response, page: bytes) -> None:
    resp.set_header("Content-Security-Policy", f"{policy()}; {OF_PAGES}")
    resp.set_header("Referrer-Policy", "no-referrer")
    send_personal(resp, page, falcon.MEDIA_HTML)


def _typed(req: falcon.Request) -> tuple[str, str]:
    """The address and the name.

    Raises:
        falcon.HTTPError: more than 64 KiB were sent, or what is no form in UTF-8.
    """
    try:
        values = parse_query_string(read_body(req).decode(), keep_blank=True)
    except UnicodeDecodeError:
        raise falcon.HTTPBadRequest(title="The form is not in UTF-8") from None
    return str(values.get("emailaddress", "")).strip(), str(values.get("name", "")).strip()


def _path(address: Address, name: str) -> str:
    query = urlencode({"emailaddress": str(address)} | ({"name": name} if name else {}), quote_via=quote)
    return f"/{address.domain}.mobileconfig?{query}"


def _versions(req: falcon.Request) -> dict[str, str]:
    return {code: f"{req.root_path}/profile/{code}" for code in LANGUAGES}


def _language(req: falcon.Request, wanted: str) -> str:
    """The language of the path, else the visitor's.

    Raises:
        falcon.HTTPNotFound: the page is not written in it.
    """
    if wanted and wanted not in LANGUAGES:
        raise falcon.HTTPNotFound()
    return wanted or _preferred(req.env.get("HTTP_ACCEPT_LANGUAGE", ""))


def _preferred(accepted: str) -> str:
    """The best of `LANGUAGES` by an `Accept-Language` header (RFC 9110, section 12.5.4), the first where none is."""
    weighted = []
    for part in accepted.split(",")[:_MOST_LANGUAGES]:
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    tags = [tag for weight, tag in sorted(weighted, key=itemgetter(0), reverse=True) if weight > 0]
    return negotiate_locale(tags, LANGUAGES, sep="-") or LANGUAGES[0]
