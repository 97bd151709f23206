"""Print this project's speed as ratios to the least work that gives the same result, measured in one run.

    python benchmarks/run.py [FOLDER OF ISPDB FILES]

Each figure is the median of several rounds in which the two sides take turns, so that a machine that changes its pace
changes both. Lower is better; the goal stands beside each.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml
from lxml import etree

from autoconfig import definitions, site
from autoconfig.catalog import bundled, load
from autoconfig.formats import mozilla, outlook
from autoconfig.model import Provider

ROUNDS = 15


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], least: Callable[[], object], rounds: int = ROUNDS) -> float:
    ours(), least()
    return statistics.median(seconds(ours) / seconds(least) for _ in range(rounds))


def report(what: str, value: float, goal: float) -> None:
    print(f"{what:<72} {value:6.2f}  (goal: at most {goal})", flush=True)


def bare_copy(document: bytes) -> Callable[[], bytes]:
    """The fewest lxml calls that make a document again: one SubElement and one text for each element."""
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    steps: list[tuple[int, str, dict[str, str], dict[str | None, str], str | None]] = []
    numbers: dict[etree._Element, int] = {}
    for number, element in enumerate(root.iter()):
        numbers[element] = number
        parent = element.getparent()
        own = {} if parent is not None and parent.nsmap == element.nsmap else element.nsmap
        steps.append(
            (numbers[parent] if parent is not None else -1, element.tag, dict(element.attrib), own, element.text)
        )
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'

    def make() -> bytes:
        elements: list[etree._Element] = []
        for parent, tag, attributes, nsmap, text in steps:
            if parent < 0:
                element = etree.Element(tag, attributes, nsmap or None)  # type: ignore[arg-type]
            elif nsmap:
                element = etree.SubElement(elements[parent], tag, attributes, nsmap)  # type: ignore[arg-type]
            elif attributes:
                element = etree.SubElement(elements[parent], tag, attributes)
            else:
                element = etree.SubElement(elements[parent], tag)
            if text is not None:
                element.text = text
            elements.append(element)
        return declaration + etree.tostring(elements[0], encoding="UTF-8", pretty_print=True, xml_declaration=False)

    assert make() == document
    return make


def renders(kpn: Provider) -> None:
    for name, module in (("Mozilla autoconfig", mozilla), ("Outlook autodiscover", outlook)):
        render = partial(module.render, kpn)
        value = ratio(repeated(render), repeated(bare_copy(render())))
        report(f"{name} render of KPN / the same bytes by bare lxml calls", value, 1.5)


def repeated(function: Callable[[], object]) -> Callable[[], object]:
    return lambda: [function() for _ in range(200)]


def parses(documents: list[bytes]) -> None:
    value = ratio(
        lambda: [mozilla.parse(document) for document in documents],
        lambda: [etree.fromstring(document) for document in documents],
    )
    report(f"parse of {len(documents)} ISPDB files / lxml.etree.fromstring of them", value, 8)


def loads(documents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        providers = [mozilla.parse(document) for document in documents]
        number = 0
        while number < 163:
            provider = providers[number % len(providers)]
            lap = number // len(providers)
            text = definitions.write(provider).decode()
            if lap:
                for domain in sorted({*provider.domains, *provider.mx_domains}, key=len, reverse=True):
                    text = text.replace(domain, f"lap{lap}.{domain}")
            Path(folder, f"{number}.yaml").write_text(text, encoding="utf-8")
            number += 1
        files = sorted(Path(folder).iterdir())

        def bare() -> None:
            for file in files:
                yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)

        report("load of a 163-provider catalog / yaml.CSafeLoader on its files", ratio(lambda: load(folder), bare), 2)


def builds() -> None:
    catalog = bundled()
    plan = site.plan(catalog)
    with tempfile.TemporaryDirectory() as folder:
        counter = iter(range(10**6))

        def ours() -> None:
            site.build(site.plan(catalog), Path(folder, f"ours{next(counter)}"))

        def bare() -> None:
            root = f"{folder}/bare{next(counter)}"
            made: set[str] = set()
            for document in plan.documents:
                source = None
                for path in document.paths:
                    target = f"{root}/{path}"
                    parent = target.rpartition("/")[0]
                    if parent not in made:
                        os.makedirs(parent, exist_ok=True)
                        made.add(parent)
                    if source is None:
                        source = target
                        with open(target, "wb") as file:
                            file.write(document.data)
                    else:
                        os.link(source, target)

        files = sum(len(document.paths) for document in plan.documents)
        report(f"build of the bundled catalog ({files} files) / writing and hard-linking them", ratio(ours, bare, 5), 2)


def start_ups() -> None:
    command = str(Path(sysconfig.get_path("scripts"), "autoconfig"))
    for arguments, goal in ((["--version"], 3), (["show", "jan@xs4all.nl"], 8)):

        def ours(arguments: list[str] = arguments) -> None:
            subprocess.run([command, *arguments], check=True, capture_output=True)

        def bare() -> None:
            subprocess.run([sys.executable, "-c", "pass"], check=True)

        report(f"autoconfig {' '.join(arguments)} / python -c pass", ratio(ours, bare), goal)


def main() -> None:
    beside = Path(__file__).parents[2] / "shared" / "ispdb"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    documents = [file.read_bytes() for file in sorted(folder.glob("*.xml"))]
    kpn = bundled().find("kpnmail.nl")
    assert kpn is not None
    renders(kpn)
    if documents:
        parses(documents)
        loads(documents)
    builds()
    start_ups()


if __name__ == "__main__":
    main()
