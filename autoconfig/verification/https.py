"""Services behind a URL: JMAP, Exchange, CalDAV, CardDAV, WebDAV: the right challenge, over https all the way."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from urllib.parse import urljoin

import msgspec

from autoconfig.model import Authentication, ServerType
from autoconfig.verification import http
from autoconfig.verification.authentication import note_difference
from autoconfig.verification.credentials import Credentials
from autoconfig.verification.dialogue import open_stream, secure
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.notes import Means, Notes

_METHODS = {
    ServerType.CALDAV: "PROPFIND",
    ServerType.CARDDAV: "PROPFIND",
    ServerType.WEBDAV: "PROPFIND",
    ServerType.ACTIVESYNC: "OPTIONS",
}
"""What is asked, if not GET: PROPFIND is what a DAV client begins with (RFC 6764, section 6)."""

_OPEN_TYPES = frozenset({ServerType.MATRIX, ServerType.OPENTALK})
_SCHEMES = {
    "basic": Authentication.HTTP_BASIC,
    "digest": Authentication.HTTP_DIGEST,
    "bearer": Authentication.OAUTH2,
    "negotiate": Authentication.GSSAPI,
    "ntlm": Authentication.NTLM,
}
_SAME = {
    Authentication.PASSWORD_CLEARTEXT: Authentication.HTTP_BASIC,
    Authentication.PASSWORD_ENCRYPTED: Authentication.HTTP_DIGEST,
}
_MAIL_TYPES = frozenset({ServerType.JMAP, ServerType.EWS, ServerType.ACTIVESYNC, ServerType.GRAPH, ServerType.EXCHANGE})


def examine(notes: Notes, means: Means) -> None:
    """Ask a service's URLs as its definition names them, and note what comes of it.

    Raises:
        Stop: there was no answer.
    """
    notes.mail_stays = True if notes.server.type in _MAIL_TYPES else None
    for url in urls_of(notes):
        _examine_url(url, notes, means)


def urls_of(notes: Notes) -> tuple[str, ...]:
    """The URLs of a server; an Exchange server may have several, or a host name alone."""
    server = notes.server
    urls = [url for url in (server.url, server.ews_url, server.eas_url, server.owa_url) if url]
    return tuple(dict.fromkeys(urls)) or (f"https://{server.hostname}:{server.port}/ews/exchange.asmx",)


def _examine_url(url: str, notes: Notes, means: Means) -> None:
    url, answer = _follow(url, notes, means)
    if answer.status != HTTPStatus.UNAUTHORIZED:
        _note_without_challenge(url, answer, notes)
        return
    offered = tuple(dict.fromkeys(_SCHEMES[name] for name in answer.challenges if name in _SCHEMES))
    declared = tuple(dict.fromkeys(_SAME.get(method, method) for method in notes.server.authentication))
    missing = [method for method in declared if method not in offered and method in _SCHEMES.values()]
    notes.offered = offered
    notes.capabilities = answer.challenges
    note_difference(declared, missing, offered, notes)
    if means.credentials is not None:
        _log_in(url, means.credentials, offered, notes, means)


def _follow(url: str, notes: Notes, means: Means) -> tuple[str, http.Answer]:
    """The answer at the end of the redirects, none of which may leave https."""
    for _ in range(http.MAX_REDIRECTS + 1):
        if not url.lower().startswith("https://"):
            raise Stop(Fault.HTTP_UNENCRYPTED, f"{url} is no https URL")
        answer = _ask(url, notes, means)
        if answer.status not in http.REDIRECTS:
            return url, answer
        target = urljoin(url, answer.location)
        if not target.lower().startswith("https://"):
            raise Stop(Fault.HTTP_DOWNGRADE, f"{url} redirects to {target[:200]!r}")
        url = target
    raise Stop(Fault.HTTP_REDIRECTS, f"more than {http.MAX_REDIRECTS} redirects, the last one to {url[:200]!r}")


def _note_without_challenge(url: str, answer: http.Answer, notes: Notes) -> None:
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        notes.add(Fault.HTTP_STATUS, f"{url} answers with status {answer.status}, expected 401 and a challenge")
    elif notes.server.type not in _OPEN_TYPES and Authentication.NONE not in notes.server.authentication:
        notes.add(Fault.HTTP_OPEN, f"{url} answers with status {answer.status} without asking for a login")


def _log_in(
    url: str, credentials: Credentials, offered: tuple[Authentication, ...], notes: Notes, means: Means
) -> None:
    """Try Basic at the URL that asked for it, if that has the host and the port that the definition names."""
    if notes.tls is None or not notes.tls.trusted:
        notes.add(Fault.LOGIN_NOT_TRIED, "the login was not tried, as the connection is not protected by verified TLS")
    elif Authentication.HTTP_BASIC not in offered:
        notes.add(Fault.LOGIN_NOT_TRIED, "the login was not tried, as the service takes no plain password")
    elif _origin(url) not in map(_origin, urls_of(notes)):
        notes.add(Fault.LOGIN_NOT_TRIED, "the login was not tried, as the service has moved to another host or port")
    else:
        answer = _ask(url, notes, means, credentials)
        notes.logged_in = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        if not notes.logged_in:
            notes.add(Fault.LOGIN_REFUSED, f"the service refuses the login with status {answer.status}")
        elif notes.server.type is ServerType.JMAP and not _is_session(answer.body):
            notes.add(Fault.HTTP_WRONG_CONTENT, f"{url} does not answer with a JMAP session (RFC 8620, section 2)")


def _origin(url: str) -> tuple[str, int]:
    _, host, port = http.place_of(url)
    return host, port


def _ask(url: str, notes: Notes, means: Means, credentials: Credentials | None = None) -> http.Answer:
    """One request on a connection of its own; credentials only over TLS that was verified on that very connection."""
    parts, host, port = http.place_of(url)
    stream = open_stream(notes, means, host, port)
    with closing(stream):
        secure(stream, notes, means, host)
        if credentials is not None and not (notes.tls and notes.tls.trusted):
            raise Stop(Fault.LOGIN_NOT_TRIED, "the second connection is not protected by verified TLS")
        return http.ask(stream, _METHODS.get(notes.server.type, "GET"), parts, credentials)


def _is_session(body: bytes) -> bool:
    try:
        session = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(session, dict) and "apiUrl" in session and "capabilities" in session
