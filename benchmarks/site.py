"""Print how long a site of very many domains takes to build, against a bare loop that makes the same folders and links.

    python benchmarks/site.py [--folder FOLDER] [--million]

Builds are the command in a process of its own, from start to end, and so is their memory. Nothing is removed before the
end, since ext4 makes folders ten times slower for half a minute after many were removed. `--million` needs 16 million
inodes and 60 GB on ext4, and may take an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from autoconfig import site
from autoconfig.catalog import load
from autoconfig.site.compare import LINKS
from autoconfig.site.listing import DOMAIN, folders_of

DEFINITION = """\
id: isp.example
name: ISP
domains: [isp.example]
domains_file: customers.txt
servers:
  - {type: imap, hostname: imap.isp.example}
  - {type: pop3, hostname: pop.isp.example}
  - {type: smtp, hostname: smtp.isp.example}
"""
COMMAND = str(Path(sysconfig.get_path("scripts"), "autoconfig"))
MILLION = 1_000_000
PRIME = 7919
MEGABYTE = 1024  # ru_maxrss counts in kilobytes on Linux


def report(what: str, value: float, goal: float, unit: str = "") -> None:
    print(f"{what:<84} {value:7.2f}{unit}  (goal: at most {goal:g}{unit})", flush=True)


def definition_of(folder: Path, number: int) -> Path:
    """A definition with a file of domains in no order. It is streamed: a child's peak counts from its parent's."""
    folder.mkdir()
    with (folder / "customers.txt").open("w") as file:
        file.writelines(f"customer{index * PRIME % number:07d}.example\n" for index in range(number))
    (folder / "isp.example.yaml").write_text(DEFINITION)
    return folder / "isp.example.yaml"


def build(definition: Path, output: Path, *options: str) -> tuple[float, float]:
    """Seconds and, at the peak, megabytes."""
    start = time.perf_counter()
    arguments = [COMMAND, "build", str(definition), "--output", str(output), *options]
    null = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(COMMAND, arguments, os.environ, file_actions=null)
    _, status, usage = os.wait4(process, 0)
    if status:
        sys.exit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / MEGABYTE


def bare_loop(definition: Path, output: Path) -> float:
    """Make the folders and files of each domain one after the other, with nothing checked or remembered."""
    documents = [document for document in site.plan(load(definition)).documents if document.paths.templates]
    domains = list(documents[0].paths.domains)
    templates = [(document.data, template) for document in documents for template in document.paths.templates]
    start = time.perf_counter()
    output.mkdir()
    folders = []
    for folder in folders_of(template for _, template in templates):
        if DOMAIN in folder:
            folders.append(f"{output}/{folder}")
        else:
            os.mkdir(f"{output}/{folder}")
    targets = [(data, f"{output}/{template}") for data, template in templates]
    for number, domain in enumerate(domains):
        if not number % (LINKS // 3):  # Mozilla's document stands at three paths
            sources = {data: "" for data, _ in targets}
        for folder in folders:
            os.mkdir(folder.replace(DOMAIN, domain))
        for data, template in targets:
            target = template.replace(DOMAIN, domain)
            if sources[data]:
                os.link(sources[data], target)
            else:
                with open(target, "wb") as content:
                    content.write(data)
                sources[data] = target
    return time.perf_counter() - start


def measure(folder: Path, number: int) -> float:
    """Compare one size; gives the ratio of a full build to the bare loop."""
    definition = definition_of(folder, number)
    first, megabytes = build(definition, folder / "site")
    again, _ = build(definition, folder / "site")
    shared, _ = build(definition, folder / "shared", "--layout", "shared")
    bare = bare_loop(definition, folder / "bare")
    if number < MILLION:  # the fuller the file system, the slower it is: take turns the other way round
        bare += bare_loop(definition, folder / "bare again")
        second, _ = build(definition, folder / "again")
        full, bare = (first + second) / 2, bare / 2
    else:
        full = first
    size = f"{number:,} domains"
    print(f"{size}: {full:.1f} s, bare loop {bare:.1f} s, nothing changed {again:.2f} s, shared {shared:.2f} s")
    report(f"build of {size} / making the same folders and links", full / bare, 1.5)
    report(f"build of {size} with nothing changed / the full one", again / first, 0.1)
    report(f"memory at the peak of a build of {size}", megabytes, 400, " MB")
    return full / bare


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, help="where to build; removed at the end")
    parser.add_argument("--million", action="store_true", help="also build 1,000,000 domains")
    options = parser.parse_args()
    sizes = [10_000, 100_000, *([MILLION] if options.million else [])]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        ratios = [measure(Path(folder, str(size)), size) for size in sizes]
        for size, ratio in zip(sizes[1:], ratios[1:], strict=True):
            report(f"growth from {sizes[0]:,} to {size:,} domains / that of the bare loop", ratio / ratios[0], 1.2)


if __name__ == "__main__":
    main()
