"""The templates, and how they quote what is put into them."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from autoconfig.site.servers.quoting import quoted, quoted_for_caddy, unexpanded


def environment(server: str) -> Environment:
    """What the templates of a web server are read with; `quoted` is its own kind of string."""
    made = Environment(
        loader=PackageLoader("autoconfig.site.servers"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "quoted": quoted_for_caddy if server == "caddy" else quoted,
        "unexpanded": unexpanded,
    }
    return made
