"""Print how fast the dynamic server is, as ratios to automx2 and to a falcon application that answers constant bytes.

    python benchmarks/server.py [--automx2 VENV] [--seconds N] [--soak REQUESTS]

All run under gunicorn with one gthread worker of one thread, on the same data; this server also as `autoconfig serve`
runs it, with its own worker. wrk (Debian's) asks over 64 connections that stay open. They take turns, so that a machine
that changes its pace changes all. `--automx2` names an
environment with automx2 and gunicorn installed (`pip install automx2 gunicorn`); without it, that part is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from timeit import timeit
from typing import NamedTuple

from autoconfig.address import Address, parse_address
from autoconfig.catalog import bundled
from autoconfig.formats import mozilla, outlook
from autoconfig.server.documents import Documents

ADDRESS = "jan@example.com"
CONNECTIONS = 64
ROUNDS = 3
OPEN_CONNECTIONS = 10_000
SPLICES = 50_000
QUERY = f"/mail/config-v1.1.xml?emailaddress={ADDRESS}"
POST = "/autodiscover/autodiscover.xml"
GOALS = {"automx2": 15.0, "constant": 0.7}

DEFINITION = """\
id: example.com
name: Big Corporation, Inc.
short_name: BigCorp
domains: [example.com]
servers:
  - {type: imap, hostname: imap1.example.com, socket_type: STARTTLS}
  - {type: smtp, hostname: primary-smtp.example.com, socket_type: STARTTLS}
  - {type: caldav, url: https://caldav.example.com}
  - {type: carddav, url: http://carddav.example.com}
"""
"""What automx2's own sample data say of example.com."""

OURS = """\
import sys
from pathlib import Path
from autoconfig.catalog import load
from autoconfig.server import create_app
from autoconfig.server.run import serve
path = Path(sys.argv[1])
serve(lambda: create_app(load(path)), path, bind=sys.argv[2], workers=1, threads=1)
"""
OURS_GTHREAD = """\
from pathlib import Path
from autoconfig.catalog import load
from autoconfig.server import create_app
app = create_app(load(Path("example.com.yaml")))
"""
CONSTANT = """\
from pathlib import Path
import falcon


class Constant:
    def __init__(self, name):
        self.data = Path(__file__).with_name(name).read_bytes()

    def on_get(self, req, resp):
        resp.content_type = "text/xml; charset=utf-8"
        resp.data = self.data

    def on_post(self, req, resp):
        req.bounded_stream.read()
        self.on_get(req, resp)


app = falcon.App()
app.add_route("/mail/config-v1.1.xml", Constant("mozilla"))
app.add_route("/autodiscover/autodiscover.xml", Constant("outlook"))
"""
WRK = """\
wrk.method = "{method}"
wrk.body = {body}
wrk.headers["Content-Type"] = "text/xml"
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('\\n{{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "errors": %d}}\\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class Load(NamedTuple):
    """What wrk saw."""

    rate: float
    p50: float
    p99: float


class Server(NamedTuple):
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], port: int, folder: Path, **environment: str) -> Iterator[Server]:
    with (folder / f"log-{port}").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


def gunicorn(program: str, app: str, port: int) -> list[str]:
    threads = ["--worker-class", "gthread", "--workers", "1", "--threads", "1", "--keep-alive", "5"]
    return [program, *threads, "--log-level", "error", "--bind", f"127.0.0.1:{port}", app]


@contextmanager
def servers(folder: Path, automx2: Path | None) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        found: dict[str, Server] = {}
        (folder / "example.com.yaml").write_text(DEFINITION)
        (folder / "ours.py").write_text(OURS)
        port = free_port()
        command = [sys.executable, "ours.py", str(folder / "example.com.yaml"), f"127.0.0.1:{port}"]
        found["serve"] = stack.enter_context(running(command, port, folder))
        for name, request in (("mozilla", get(port)), ("outlook", post(port))):
            (folder / name).write_bytes(request)
        program = str(Path(sys.executable).with_name("gunicorn"))
        for name, source in (("ours", OURS_GTHREAD), ("constant", CONSTANT)):
            (folder / f"{name}_app.py").write_text(source)
            port = free_port()
            found[name] = stack.enter_context(running(gunicorn(program, f"{name}_app:app", port), port, folder))
        if automx2 is not None:
            (folder / "automx2.conf").write_text(f"[automx2]\ndb_uri = sqlite:///{folder}/automx2.sqlite\n")
            port = free_port()
            command = gunicorn(str(automx2 / "bin" / "gunicorn"), "automx2.server:app", port)
            environment = {"AUTOMX2_CONF": str(folder / "automx2.conf")}
            found["automx2"] = stack.enter_context(running(command, port, folder, **environment))
            urllib.request.urlopen(f"http://127.0.0.1:{port}/initdb/").close()
        yield found


def get(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{QUERY}") as answer:
        return answer.read()  # type: ignore[no-any-return]


def outlook_request() -> bytes:
    return outlook.render_request(parse_address(ADDRESS))


def post(port: int) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{POST}", data=outlook_request())
    request.add_header("Content-Type", "text/xml")
    with urllib.request.urlopen(request) as answer:
        return answer.read()  # type: ignore[no-any-return]


def wrk(server: Server, path: str, script: Path, seconds: float) -> Load:
    url = f"http://127.0.0.1:{server.port}{path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    said = json.loads(output.rstrip().rpartition("\n")[2])
    assert said["errors"] == 0, said
    return Load(said["requests"] / said["microseconds"] * 1e6, said["p50"] / 1000, said["p99"] / 1000)


def report(what: str, value: float, goal: str) -> None:
    print(f"{what:<72} {value:7.2f}  (goal: {goal})", flush=True)


def measure_speed(found: dict[str, Server], folder: Path, seconds: float) -> None:
    body = json.dumps(outlook_request().decode())
    for what, method, path, lua in (("autoconfig", "GET", QUERY, "nil"), ("autodiscover", "POST", POST, body)):
        script = folder / f"{method}.lua"
        script.write_text(WRK.format(method=method, body=lua))
        loads: dict[str, list[Load]] = {name: [] for name in found}
        for server in found.values():
            wrk(server, path, script, 1)
        for _ in range(ROUNDS):
            for name, server in found.items():
                loads[name].append(wrk(server, path, script, seconds))
        for name, measured in loads.items():
            rate, p50, p99 = (statistics.median(values) for values in zip(*measured, strict=True))
            print(f"    {what}, {name}: {rate:.0f} requests/s, median {p50:.1f} ms, p99 {p99:.1f} ms")
        for ours in ("ours", "serve"):
            for name, goal in GOALS.items():
                if name in loads:
                    ratio = statistics.median(a.rate / b.rate for a, b in zip(loads[ours], loads[name], strict=True))
                    report(f"{what}: requests/s, {ours} / {name}", ratio, f"at least {goal:g}")
            tail = statistics.median(load.p99 / load.p50 for load in loads[ours])
            report(f"{what}: p99 / median of {ours} at {CONNECTIONS} connections", tail, "under 5")


def worker_of(server: Server) -> int:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0])


def resident(pid: int) -> float:
    """Megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_memory(server: Server, folder: Path, requests: int) -> None:
    """Each request is for an address of its own; a tenth of them warm up first."""
    script = folder / "soak.lua"
    script.write_text(
        WRK.format(method="GET", body="nil")
        + 'local n = 0\nfunction request() n = n + 1 return wrk.format(nil, "/mail/config-v1.1.xml?emailaddress=u" '
        '.. n .. "@example.com") end\n'
    )
    pid, done, warm = worker_of(server), 0.0, 0.0
    while done < requests:
        load = wrk(server, "/", script, 10)
        done += load.rate * 10
        if not warm and done >= requests / 10:
            warm = resident(pid)
    report(f"memory after {done:.0f} requests / after a tenth of them ({warm:.1f} MB)", resident(pid) / warm, "1.0")


def measure_connections(server: Server) -> None:
    """Connections that say nothing, beside a client that asks."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    alone = statistics.median(timeit(lambda: get(server.port), number=1) for _ in range(50))
    number = min(OPEN_CONNECTIONS, most - 100)
    opened = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(number)]
    beside = statistics.median(timeit(lambda: get(server.port), number=1) for _ in range(50))
    for connection in opened:
        connection.close()
    report(f"one request beside {len(opened)} silent connections / alone", beside / alone, "for comparison")


def measure_splice() -> None:
    provider = bundled().find("kpnmail.nl")
    assert provider is not None
    address, documents = Address("jan", "kpnmail.nl"), Documents()
    for name, module in (("mozilla", mozilla), ("outlook", outlook)):
        whole = documents.personal(provider, name, address)
        assert whole == module.render(provider, address=address)
        value = str(address).encode()
        pieces = [part for constant in whole.split(value) for part in (constant, value)][:-1]
        assert b"".join(pieces) == whole
        template = documents._templates[id(provider), name, False]
        ratio = statistics.median(
            timeit(partial(template.fill, address), number=SPLICES) / timeit(partial(b"".join, pieces), number=SPLICES)
            for _ in range(7)
        )
        report(f"{name}: one splice / bytes.join of the same {len(pieces)} pieces", ratio, "at most 3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--automx2", type=Path, metavar="VENV", help="an environment with automx2 and gunicorn")
    parser.add_argument("--seconds", type=float, default=5, help="of each run of wrk")
    parser.add_argument("--soak", type=int, default=1_000_000, help="requests for the memory figure; 0 leaves it out")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    if options.automx2 is None:
        print("without --automx2 VENV there is no comparison with automx2", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name, servers(Path(name), options.automx2) as found:
        measure_splice()
        measure_speed(found, Path(name), options.seconds)
        measure_connections(found["serve"])
        if options.soak:
            measure_memory(found["serve"], Path(name), options.soak)


if __name__ == "__main__":
    main()
