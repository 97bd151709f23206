"""Kills builds of a site at many moments, in a process of its own, and holds each to what must be true after.

    python -m tests.support.killed_builds FOLDER MOMENTS [--without-exchange]

Half of the moments are system calls that Python announces (PEP 578), spread over the life of a build, the other half
are points of time. Prints how often the folder was the old site, the new one, missing or broken. Exits with 1 and says
why if the next build did not put everything right.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from tests.support.samples import BARE, RICH

_MODULES_OF_CALLS = ("ctypes.", "fcntl.", "open", "os.", "shutil.")
_TREE = dict[str, bytes | str]


def plans(folder: Path) -> tuple[site.Plan, site.Plan]:
    """Two sites with documents in common, changed, gone and new, and with files of domains."""
    (folder / "few.txt").write_text("a.example\nb.example\n")
    (folder / "more.txt").write_text("b.example\nc.example\nd.example\n")
    other = replace(BARE, id="other", domains=("other.example",))
    old = Catalog([RICH, replace(other, domains_file=str(folder / "few.txt"))])
    new = Catalog(
        [replace(RICH, name="New", domains=RICH.domains[:1]), replace(other, domains_file=f"{folder}/more.txt")]
    )
    return site.plan(old), site.plan(new)


def tree_of(folder: Path) -> _TREE:
    """What a folder holds: bytes of files, targets of links, and empty text for empty folders."""
    tree: _TREE = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            tree[name] = str(path.readlink())
        elif path.is_file():
            tree[name] = path.read_bytes()
        elif not any(path.iterdir()):
            tree[name] = ""
    return tree


def build_and_kill(plan: site.Plan, folder: Path, *, call: int | None = None, seconds: float | None = None) -> None:
    """Build in a child that is killed just before its call of some number, or after some time, if it still runs."""
    child = os.fork()
    if child == 0:
        if call is not None:
            _watch_calls(partial(_kill_at, call))
        site.build(plan, folder)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if status not in {0, signal.SIGKILL}:
        sys.exit(f"the build ended by itself with {status}")


def _kill_at(call: int, number: int) -> None:
    if number == call:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch_calls(tell: Callable[[int], object]) -> None:
    """Count the calls of this process that touch files, and tell each number, from 1, before the call."""
    numbers = count(1)

    def hear(event: str, _arguments: object) -> None:
        if event.startswith(_MODULES_OF_CALLS) and event != "os.kill":
            tell(next(numbers))

    sys.addaudithook(hear)


def calls_and_seconds(old: site.Plan, new: site.Plan, folder: Path) -> tuple[int, float]:
    """How many calls a build from one site to the other makes, and how long it takes."""
    site.build(old, folder / "timed")
    start = time.perf_counter()
    site.build(new, folder / "timed")
    seconds = time.perf_counter() - start
    site.build(old, folder / "timed")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _watch_calls(lambda number: os.write(write, b"."))
        site.build(new, folder / "timed")
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as calls:
        number = len(calls.read())
    os.waitpid(child, 0)
    return number, seconds


class _Site:
    """A served site behind a symbolic link, with a file that no build wrote, and what it may be."""

    def __init__(self, folder: Path) -> None:
        self.plans = plans(folder)
        self.calls, self.seconds = calls_and_seconds(*self.plans, folder)
        self.trees = []
        for number, plan in enumerate(self.plans):
            expected = folder / f"expected{number}"
            site.build(plan, expected)
            (expected / "robots.txt").write_text("mine")
            self.trees.append(tree_of(expected))
        self.served = folder / "served"
        self.served.symlink_to("real")
        site.build(self.plans[0], self.served)
        (self.served / "robots.txt").write_text("mine")
        self.now = 0
        self.beside = set(folder.iterdir())

    def state(self) -> str:
        if not self.served.exists():
            return "missing"
        tree = tree_of(self.served)
        states = {"old": self.trees[self.now], "new": self.trees[1 - self.now]}
        return next((name for name, expected in states.items() if tree == expected), "broken")

    def mend(self, number: int) -> None:
        site.build(self.plans[number], self.served)
        self.now = number
        if self.state() != "old":
            sys.exit("the next build did not mend the site")
        if left := set(self.served.parent.iterdir()) - self.beside:
            sys.exit(f"the next build left {left}")


def main() -> None:
    folder, moments = Path(sys.argv[1]), int(sys.argv[2])
    if "--without-exchange" in sys.argv:
        vars(import_module("autoconfig.site.build"))["_exchange"] = lambda one, other: False
    served = _Site(folder)
    chance = random.Random(7)
    seen: Counter[str] = Counter()
    for moment in range(moments):
        plan = served.plans[1 - served.now]
        if moment % 2:
            build_and_kill(plan, served.served, seconds=chance.random() * served.seconds)
        else:
            build_and_kill(plan, served.served, call=1 + moment * served.calls // moments)
        seen[served.state()] += 1
        served.mend(chance.randrange(2))
    sys.stdout.write(" ".join(f"{state}={seen[state]}" for state in ("old", "new", "missing", "broken")))


if __name__ == "__main__":
    main()
