"""Setup pages for people: for each provider and language, what to choose in a mail program and what to type there.

Every page is one file with all it needs inside, asks nothing of any other place, and works from a disk. Needs the extra
`pages`.
"""

from importlib.util import find_spec

from autoconfig.errors import SiteError

for _package in ("babel", "segno"):
    if find_spec(_package) is None:
        raise SiteError(f"pages need {_package}: pip install 'mail-autoconfig[pages]'")

from autoconfig.site.pages.languages import LANGUAGES  # noqa: E402
from autoconfig.site.pages.render import render_page, render_pages  # noqa: E402

__all__ = ["LANGUAGES", "render_page", "render_pages"]
