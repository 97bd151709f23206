"""A user name and a secret, which are sent over verified TLS only and shown nowhere."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """What to log in with. Its repr, and so every traceback and log, keeps both to itself."""

    user: str = field(repr=False)
    secret: str = field(repr=False)


def plain(credentials: Credentials) -> bytes:
    """The message of SASL PLAIN (RFC 4616, section 2) in base64."""
    return b64encode(f"\0{credentials.user}\0{credentials.secret}".encode())


def basic(credentials: Credentials) -> str:
    """The value of HTTP's Authorization header for Basic (RFC 7617, section 2)."""
    return "Basic " + b64encode(f"{credentials.user}:{credentials.secret}".encode()).decode()


def quoted(text: str) -> bytes | None:
    """A quoted string of IMAP (RFC 9051, section 4.3), or None for text that does not fit into one."""
    if not text.isascii() or not text.isprintable():
        return None
    return b'"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').encode()
