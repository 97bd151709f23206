"""The page where people get an Apple profile of their own, and the name that goes into it."""

from __future__ import annotations

import base64
import hashlib
import plistlib
from functools import cache
from urllib.parse import quote, urlencode

import falcon
import jinja2
import msgspec
from markupsafe import Markup

from autoconfig.address import Address
from autoconfig.model import Provider

_STYLE = """
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff }
label { display: block; margin-top: 1rem; font-weight: 600 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #666;
  border-radius: .3rem; color: inherit; background: inherit }
button, .button { font: inherit; display: inline-block; margin-top: 1.5rem; padding: .6rem 1.2rem; border: 0;
  border-radius: .3rem; background: #0b57d0; color: #fff; text-decoration: none; cursor: pointer }
[role=alert] { border-left: .3rem solid #b3261e; padding-left: .8rem }
svg { width: 14rem; height: 14rem; background: #fff; display: block }
code { overflow-wrap: anywhere }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #161616 }
  .button, button { background: #a8c7fa; color: #062e6f }
  :focus-visible { outline-color: #a8c7fa }
}
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{% block content %}{% endblock %}
</main>
</body>
</html>
"""
_FORM = """{% extends "page" %}
{% block content %}
<p>Sets up Mail on an iPhone, an iPad or a Mac. Your password is not asked for here; the device asks for it.</p>
{% if mistake %}<p role="alert" id="mistake">{{ mistake }}</p>{% endif %}
<form method="post">
<label for="emailaddress">Your e-mail address</label>
<input id="emailaddress" name="emailaddress" type="email" autocomplete="email" maxlength="320" required
  value="{{ address }}"{% if mistake %} aria-invalid="true" aria-describedby="mistake"{% endif %}>
<label for="name">Your name, as those you write to shall see it</label>
<input id="name" name="name" autocomplete="name" maxlength="100" value="{{ name }}">
<button>Get the profile</button>
</form>
{% endblock %}
"""
_OFFER = """{% extends "page" %}
{% block content %}
<p>For {{ address }} at {{ provider }}.</p>
<p><a class="button" href="{{ path }}">Download the profile</a></p>
<p>Then open Settings, and choose “Profile Downloaded”; on a Mac, System Settings, “Device Management”.</p>
{% if qr %}
<h2>On another device</h2>
<p>Scan this with its camera:</p>
{{ qr }}
<p><code>{{ url }}</code></p>
{% endif %}
{% endblock %}
"""
_MAIL_PAYLOAD = "com.apple.mail.managed"
_LONGEST_NAME = 100


class Page(msgspec.Struct, frozen=True):
    """A page of HTML."""

    data: bytes

    def send(self, resp: falcon.Response) -> None:
        """Send it to the one who asked, and to nobody else."""
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Cache-Control", "private, no-store")
        resp.set_header("Content-Security-Policy", _policy())
        resp.set_header("Referrer-Policy", "no-referrer")
        resp.data = self.data


@cache
def _policy() -> str:
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _templates() -> jinja2.Environment:
    sources = {"page": _PAGE, "form": _FORM, "offer": _OFFER}
    return jinja2.Environment(
        loader=jinja2.DictLoader(sources), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )


def _page(template: str, title: str, **values: object) -> Page:
    style = Markup(_STYLE)  # noqa: S704
    return Page(_templates().get_template(template).render(title=title, style=style, **values).encode())


def form(address: str = "", name: str = "", mistake: str = "") -> Page:
    """The page that asks for an address and a name, with what was wrong with them."""
    return _page("form", "Your mail profile", address=address, name=name, mistake=mistake)


def offer(provider: Provider, address: Address, name: str, *, base_url: str | None = None, root: str = "") -> Page:
    """The page that leads to the profile of an address: by a link, and by a QR code for another device.

    Args:
        provider: whose servers the profile sets up.
        address: the user's.
        name: the user's, or nothing.
        base_url: where other devices reach this server; below the address's domain if left out.
        root: where the application is mounted.
    """
    query = urlencode({"emailaddress": str(address)} | ({"name": name} if name else {}), quote_via=quote)
    path = f"/{address.domain}.mobileconfig?{query}"
    url = f"{base_url or f'https://autoconfig.{address.domain}'}{path}"
    return _page(
        "offer",
        "Your mail profile",
        address=str(address),
        provider=provider.name,
        path=root + path,
        url=url,
        qr=_qr(url),
    )


def _qr(url: str) -> object:
    """The URL as a drawing, or nothing if it is too long for one."""
    import segno

    try:
        code = segno.make_qr(url)
    except segno.DataOverflowError:
        return ""
    return Markup(code.svg_inline(scale=4, title="QR code", omitsize=True))  # noqa: S704


def named(profile: bytes, name: str) -> bytes:
    """A profile with the name that mails are sent under; characters that a property list cannot hold are left out."""
    fitting = "".join(filter(str.isprintable, name))[:_LONGEST_NAME].strip()
    if not fitting:
        return profile
    document = plistlib.loads(profile)
    for payload in document["PayloadContent"]:
        if payload["PayloadType"] == _MAIL_PAYLOAD:
            payload["EmailAccountName"] = fitting
    return plistlib.dumps(document)
