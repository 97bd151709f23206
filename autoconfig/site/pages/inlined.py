"""What stands inside of every page, and the Content Security Policy (CSP Level 3) that allows it and nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import quote

import msgspec
from markupsafe import Markup


class Inlined(msgspec.Struct, frozen=True):
    """The style, the script and the icon of a page, and its policy."""

    style: Markup
    script: Markup
    icon: str
    policy: str


@cache
def inlined(*scripts: str, form_action: str = "'none'") -> Inlined:
    """The package's own style with some of its scripts, in order; `form_action` is where forms may be sent."""
    style = _asset("style.css")
    script = "".join(_asset(name) for name in scripts)
    policy = (
        f"default-src 'none'; style-src {_source([style])}; script-src {_source([script])}; img-src data:; "
        f"base-uri 'none'; form-action {form_action}"
    )
    return Inlined(
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        icon=f"data:image/svg+xml,{quote(_asset('icon.svg').strip())}",
        policy=policy,
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _source(texts: Iterable[str]) -> str:
    return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts)
