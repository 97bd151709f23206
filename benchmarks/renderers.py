"""Print how many times faster each renderer is than automx2's generator for the same provider, measured in one run.

    python benchmarks/renderers.py [PROVIDER ID]

automx2 comes from PyPI into an environment of its own, which is made in a temporary folder. Its figure includes the
queries to its SQLite database, which is in memory: its generators cannot do without them. Each figure is the median of
several rounds in which the two sides take turns. Higher is better; the goal stands beside each.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from autoconfig.address import Address
from autoconfig.catalog import Catalog, bundled
from autoconfig.formats import FORMATS, apple, mozilla, outlook
from autoconfig.model import Provider, ServerType

ROUNDS = 15
OURS = 200
THEIRS = 20
GOAL = 40
LOOKUP_GOAL = 1.1
AUTOMX2 = "automx2==2026.2"

_TYPES = {ServerType.IMAP: "imap", ServerType.POP3: "pop", ServerType.SMTP: "smtp"}
_RENDERERS = {"mozilla": mozilla.render, "outlook": outlook.render, "apple": apple.render}

# Runs in automx2's environment. Reads a generator's name and a number of documents from each line, and answers with
# the seconds that it took. A new application context for each document is a new database session, as in its server.
WORKER = """
import json, sys, time
from automx2.database import populate_with_dict
from automx2.generators.apple import AppleGenerator
from automx2.generators.mozilla import MozillaGenerator
from automx2.generators.outlook import OutlookGenerator
from automx2.model import Base, db
from automx2.server import app

generators = {"mozilla": MozillaGenerator(), "outlook": OutlookGenerator(), "apple": AppleGenerator()}
setup = json.loads(sys.stdin.readline())
with app.app_context():
    Base.metadata.create_all(db.engine)
    populate_with_dict(setup["seed"])
print("ready", flush=True)
for line in sys.stdin:
    name, count = line.split()
    start = time.perf_counter()
    for _ in range(int(count)):
        with app.app_context():
            document = generators[name].client_config(setup["local"], setup["domain"], "", "")
    seconds = time.perf_counter() - start
    assert setup["host"].encode() in document
    print(seconds, flush=True)
"""


def seed(provider: Provider) -> dict[str, object]:
    """The provider as automx2 is fed; its port tells whether a server has TLS from the first byte."""
    return {
        "version": 2,
        "provider": provider.name,
        "domains": [{"name": domain} for domain in provider.domains],
        "servers": [
            {"type": _TYPES[server.type], "name": server.hostname, "port": server.port, "prio": priority}
            for priority, server in enumerate(provider.servers)
            if server.type in _TYPES
        ],
    }


@contextmanager
def automx2(provider: Provider, address: Address) -> Iterator[Callable[[str, int], float]]:
    """A function from a generator's name and a number of documents to seconds."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", AUTOMX2], check=True, stdout=sys.stderr)
        settings = Path(folder, "automx2.conf")
        settings.write_text("[automx2]\ndb_uri = sqlite:///:memory:\nloglevel = ERROR\n")
        with subprocess.Popen(
            [python, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"AUTOMX2_CONF": str(settings)},
        ) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            host = provider.incoming[0].hostname
            setup = {"seed": seed(provider), "local": address.local_part, "domain": address.domain, "host": host}
            ask = partial(print, file=worker.stdin, flush=True)
            ask(json.dumps(setup))
            assert worker.stdout.readline() == "ready\n"

            def measure(name: str, count: int) -> float:
                assert worker.stdout is not None
                ask(name, count)
                return float(worker.stdout.readline())

            yield measure
            worker.stdin.close()


def seconds(function: Callable[[], object], count: int = OURS) -> float:
    function()
    start = time.perf_counter()
    for _ in range(count):
        function()
    return (time.perf_counter() - start) / count


def report(what: str, value: float, goal: str) -> None:
    print(f"{what:<80} {value:6.2f}  (goal: {goal})", flush=True)


def against_automx2(provider: Provider, address: Address) -> None:
    with automx2(provider, address) as theirs:
        for name, render in _RENDERERS.items():
            theirs(name, THEIRS)
            for kind, options in (("for one address", {"address": address}), ("for all addresses", {})):
                ours = partial(render, provider, **options)
                value = statistics.median(theirs(name, THEIRS) / THEIRS / seconds(ours) for _ in range(ROUNDS))
                report(
                    f"automx2's {name} generator, queries included / {name} render {kind}", value, f"at least {GOAL}"
                )


def look_ups(catalog: Catalog, provider: Provider, address: Address) -> None:
    text = str(address)

    def found(render: Callable[..., bytes]) -> bytes:
        found = catalog.find(text)
        assert found is provider
        return render(found, address=address)

    for name, format in FORMATS.items():
        render = format.module.render
        both, alone = partial(found, render), partial(render, provider, address=address)
        value = statistics.median(seconds(both) / seconds(alone) for _ in range(ROUNDS))
        report(f"Catalog.find and {name} render for one address / the render alone", value, f"at most {LOOKUP_GOAL}")


def main() -> None:
    catalog = bundled()
    (provider,) = catalog.with_id(sys.argv[1] if len(sys.argv) > 1 else "kpnmail.nl")
    address = Address("jan", provider.domains[0])
    against_automx2(provider, address)
    look_ups(catalog, provider, address)


if __name__ == "__main__":
    main()
