"""The setup pages of a catalog, byte for byte as the static site has them.

They are rendered before the catalog is served, which takes seconds for many providers: no request waits for it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence

from autoconfig.model import Provider
from autoconfig.server.documents import Public
from autoconfig.site.pages import render_pages


class SetupPages:
    """All pages, found by path."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._pages = {file.path: _page(file.path, file.data) for file in render_pages(providers)}

    def find(self, path: str) -> Public | None:
        """The page at a path such as `pages/index.html`, or that of the folder at it; None if there is none."""
        return self._pages.get(path) or self._pages.get(f"{path}/index.html")


def _page(path: str, data: bytes) -> Public:
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return Public(data, media_type)
