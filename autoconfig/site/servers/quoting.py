"""How text is written in each web server's configuration, so that it is read back as it was.

Sources: nginx's `ngx_conf_read_token`; Apache's `ap_getword_conf`, and mod_rewrite's `parseargline` and `do_expand`;
Caddy's Caddyfile lexer. What one of them cannot say, or reads as a pattern or a placeholder, no root may hold.
"""

from __future__ import annotations

import re

from autoconfig.errors import SiteError

_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff*?\[\]{}\\]")


def checked_root(root: str) -> str:
    """The root without a slash at its end.

    Raises:
        SiteError: it is no absolute path, or holds what a web server would take for something else.
    """
    found = _UNSAYABLE.search(root)
    if found:
        raise SiteError(
            f"the root {root!r} holds {found[0]!r}; allowed: anything but * ? [ ] {{ }} \\, control characters and "
            f"bytes that are not UTF-8; name another path with --root"
        )
    if not root.startswith("/"):
        raise SiteError(f"the root {root!r} is not absolute: write the path from / where the web server finds the site")
    return root.rstrip("/")


def quoted(text: str) -> str:
    """A string in double quotes, for nginx and Apache."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def quoted_for_caddy(text: str) -> str:
    """A string in double quotes, where a Caddyfile knows no escape but that of the quote."""
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def unexpanded(text: str) -> str:
    """A path for mod_rewrite, which knows no quotes within quotes, and expands what begins with $ or %."""
    return re.sub(r"([\\$%\s\"'])", r"\\\1", text)
