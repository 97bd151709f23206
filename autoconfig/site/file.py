"""A file of the site that is no provider's document in a format: a page for people, a web server's configuration."""

from __future__ import annotations

import msgspec


class File(msgspec.Struct, frozen=True):
    """`path` is relative to the site's folder and separated by `/`; its first part tells what it is for."""

    path: str
    data: bytes
