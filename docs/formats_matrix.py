"""Prints docs/formats.md: which format can say what, found out by asking each format's `losses`.

python docs/formats_matrix.py > docs/formats.md
"""

from __future__ import annotations

import re
from typing import Any

from autoconfig.address import parse_address
from autoconfig.formats import FORMATS, Format
from autoconfig.model import Authentication, OAuth2, Provider, Server, ServerType, SocketType, Webmail

ADDRESS = parse_address("jan@example.com")
PASSWORD = (Authentication.PASSWORD_CLEARTEXT,)
_HTTP = (Authentication.HTTP_BASIC,)
YES, WITH_ADDRESS, NO = "yes", "with an address", ""


def _mail(*changes: dict[str, Any], **rest: Any) -> Provider:
    """A provider of IMAP and SMTP over TLS, with the first server changed, and further ones for further changes."""
    usual: dict[str, Any] = {"hostname": "mail.example.com", "username": "%EMAILADDRESS%", "authentication": PASSWORD}
    servers = [Server(**{"type": ServerType.IMAP, **usual, **change}) for change in changes or ({},)]
    smtp = Server(**{"type": ServerType.SMTP, **usual, "authentication": servers[0].authentication})
    return Provider(id="example.com", name="Example", domains=("example.com",), servers=(*servers, smtp), **rest)


def _service(type: ServerType) -> Provider:
    service = Server(type=type, url="https://example.com/", username="%EMAILADDRESS%", authentication=_HTTP)
    return Provider(id="example.com", name="Example", domains=("example.com",), servers=(*_mail().servers, service))


FACTS: tuple[tuple[str, str, Provider], ...] = (
    ("IMAP", "servers[0]", _mail()),
    ("POP3", "servers[0]", _mail({"type": ServerType.POP3})),
    ("both, in order of preference", "servers[1]", _mail({}, {"type": ServerType.POP3})),
    ("two servers of a type, in order", "servers[1]", _mail({}, {"hostname": "other.example.com"})),
    ("JMAP", "servers[1]", _service(ServerType.JMAP)),
    ("TLS from the first byte", "servers[0].socket_type", _mail()),
    ("STARTTLS", "servers[0].socket_type", _mail({"socket_type": SocketType.STARTTLS})),
    ("no encryption", "servers[0].socket_type", _mail({"socket_type": SocketType.PLAIN})),
    ("an unusual port", "servers[0].port", _mail({"port": 1993})),
    ("the address as user name", "servers[0].username", _mail()),
    ("the part before @ as user name", "servers[0].username", _mail({"username": "%EMAILLOCALPART%"})),
    ("another form of user name", "servers[0].username", _mail({"username": "%EMAILLOCALPART%.%EMAILDOMAIN%"})),
    ("a password, sent over TLS", "servers[0].authentication", _mail()),
    (
        "an encrypted password",
        "servers[0].authentication",
        _mail({"authentication": (Authentication.PASSWORD_ENCRYPTED,)}),
    ),
    (
        "OAuth2",
        "servers[0].authentication",
        _mail({"authentication": (Authentication.OAUTH2,)}, oauth2=OAuth2(issuer="https://login.example.com")),
    ),
    (
        "OAuth2 before a password",
        "servers[0].authentication",
        _mail(
            {"authentication": (Authentication.OAUTH2, *PASSWORD)}, oauth2=OAuth2(issuer="https://login.example.com")
        ),
    ),
    (
        "the OAuth2 server's endpoints",
        "oauth2",
        _mail(oauth2=OAuth2(auth_url="https://a.example/", token_url="https://t.example/")),
    ),
    ("a calendar", "servers[2]", _service(ServerType.CALDAV)),
    ("an address book", "servers[2]", _service(ServerType.CARDDAV)),
    ("webmail", "webmail", _mail(webmail=Webmail(login_page="https://mail.example.com/"))),
    ("the provider's domains", "domains", _mail()),
)


def _says(format: Format, field: str, provider: Provider) -> str:
    for address, answer in ((None, YES), (ADDRESS, WITH_ADDRESS)):
        lost = {loss.field for loss in format.module.losses(provider, address=address) if loss.client is None}
        whole = re.sub(r"\..*", "", field)
        if not lost & {field, whole}:
            return answer
    return NO


def page() -> str:
    titles = [format.title for format in FORMATS.values()]
    rows = [["", *titles], ["---"] * (len(titles) + 1)]
    rows += [
        [fact, *(_says(format, field, provider) for format in FORMATS.values())] for fact, field, provider in FACTS
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""# What each format can say

Found out by asking each format's `losses`, and tested to be so. "With an address" means: in an answer to one user, but
not in a static file for all. Autodiscover version 2 only tells where Outlook's answer is. What a provider's own
documents leave out, `autoconfig show ID --format NAME` tells.

{table}
"""


if __name__ == "__main__":
    print(page(), end="")
