"""Builds in a tiny file system of its own, in a process that alone sees it: `unshare --mount --map-root-user` and this.

    python -m tests.support.full_disk FOLDER MOUNT_OPTIONS

Builds a site, lets the file system be as MOUNT_OPTIONS say, and builds a larger one. Prints the error, and exits with 1
if the old site is not as it was, or if anything was left beside it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.errors import SiteError
from tests.support.killed_builds import tree_of
from tests.support.samples import BARE


def main() -> None:
    folder, options = Path(sys.argv[1]), sys.argv[2]
    first = [] if options == "ro" else ["-o", options]
    subprocess.run(["mount", "-t", "tmpfs", *first, "tmpfs", folder], check=True)
    site.build(site.plan(Catalog([BARE])), folder / "site")
    (folder / "site/robots.txt").write_text("mine")
    if options == "ro":
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    before = tree_of(folder)
    many = [replace(BARE, id=f"p{number}", domains=(f"p{number}.example",)) for number in range(40)]
    try:
        site.build(site.plan(Catalog(many)), folder / "site")
    except SiteError as error:
        sys.stdout.write(str(error))
    if tree_of(folder) != before:
        sys.exit("the old site is not as it was")


if __name__ == "__main__":
    main()
