"""Knot, which signs and serves zones, and Unbound, which validates them, on loopback.

`test.` is signed and delegates to `secure.test` and `nsec3.test` (signed by Knot), `unsigned.test`, `bogus.test` (with
a record changed after signing) and `expired.test`. All have the same records but for their names.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from autoconfig.dns import Answer, Resolver
from tests.dns.signing import DAY, SignedZone
from tests.support.dns_server import free_sockets

PROGRAMS = ("knotd", "keymgr", "unbound")
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]
needs_programs = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

_APEX = "$TTL 300\n@ SOA ns.test. hostmaster.test. 1 7200 900 1209600 300\n@ NS ns.test.\n"
_SIGNED_BY_KNOT = {"test": "nsec", "secure.test": "nsec", "nsec3.test": "nsec3", "optout.test": "optout"}
_KNOT = """
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
log:
  - target: stderr
    any: error
database:
    storage: "{folder}"
policy:
  - id: nsec
    manual: on
    single-type-signing: on
    algorithm: ecdsap256sha256
  - id: nsec3
    manual: on
    single-type-signing: on
    algorithm: ed25519
    nsec3: on
    nsec3-iterations: 5
  - id: optout
    manual: on
    single-type-signing: on
    algorithm: rsasha256
    nsec3: on
    nsec3-opt-out: on
template:
  - id: default
    storage: "{folder}"
    file: "%s.zone"
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
{zones}
"""
_UNBOUND = """
server:
    interface: 127.0.0.1
    port: {port}
    chroot: ""
    username: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    do-not-query-localhost: no
    ede: yes
    local-zone: "test." nodefault
    trust-anchor: "{anchor}"
"""
_STUB = """
stub-zone:
    name: "{zone}."
    stub-addr: 127.0.0.1@{port}
"""


class RealServers(NamedTuple):
    """Where the servers are, and the anchor of `test.`."""

    knot: str
    unbound: str
    anchor: str


@contextmanager
def running(folder: Path, records: str) -> Iterator[RealServers]:
    """Set up and run both servers."""
    knot_port, unbound_port = _free_port(), _free_port()
    bogus = SignedZone("bogus.test", records).altered("_imaps._tcp", " 993 ", " 1993 ")
    expired = SignedZone("expired.test", records, begins=-2 * DAY, ends=-DAY)
    zones = [*_SIGNED_BY_KNOT, "bogus.test", "expired.test", "unsigned.test"]
    _write_knot(folder, knot_port, zones)
    digests = [_new_key(folder, zone) for zone in _SIGNED_BY_KNOT]
    for zone in ("secure.test", "nsec3.test", "unsigned.test"):
        _write_zone(folder, zone, records)
    _write_zone(folder, "optout.test", f"{records}\nbelow NS ns.test.")
    for signed in (bogus, expired):
        name = signed.name.to_text(omit_final_dot=True)
        (folder / f"{name}.zone").write_text(signed.zone.to_text(relativize=False))
    delegations = [f"{zone}. NS ns" for zone in zones if zone != "test"]
    _write_zone(folder, "test", "\n".join(["ns A 127.0.0.1", *delegations, *digests[1:], bogus.ds, expired.ds]))
    stubs = "".join(_STUB.format(zone=zone, port=knot_port) for zone in zones)
    settings = _UNBOUND.format(port=unbound_port, folder=folder, anchor=digests[0])
    (folder / "unbound.conf").write_text(settings + stubs)
    with (
        _process(["knotd", "-c", str(folder / "knot.conf")], knot_port, "_imaps._tcp.nsec3.test"),
        _process(["unbound", "-c", str(folder / "unbound.conf")], unbound_port, "_imaps._tcp.unsigned.test"),
    ):
        yield RealServers(f"127.0.0.1:{knot_port}", f"127.0.0.1:{unbound_port}", digests[0])


def _write_knot(folder: Path, port: int, zones: list[str]) -> None:
    lines = []
    for zone in zones:
        lines.append(f"  - domain: {zone}")
        if zone in _SIGNED_BY_KNOT:
            lines += ["    dnssec-signing: on", f"    dnssec-policy: {_SIGNED_BY_KNOT[zone]}"]
    (folder / "knot.conf").write_text(_KNOT.format(folder=folder, port=port, zones="\n".join(lines)))


def _write_zone(folder: Path, zone: str, records: str) -> None:
    (folder / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{_APEX}{records}\n")


def _new_key(folder: Path, zone: str) -> str:
    """Make a key that signs both keys and data, and give its DS record."""
    keymgr = ["keymgr", "-c", str(folder / "knot.conf"), f"{zone}."]
    subprocess.run([*keymgr, "generate", "ksk=yes", "zsk=yes"], check=True, capture_output=True)
    listed = subprocess.run([*keymgr, "ds"], check=True, capture_output=True, text=True).stdout
    digest = next(line for line in listed.splitlines() if line.split()[4] == "2")
    return digest.replace(" DS ", " IN DS ")


@contextmanager
def _process(command: list[str], port: int, name: str) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            if not _answers(port, name):
                process.terminate()
                raise RuntimeError(f"{command[0]} does not answer: {process.communicate()[1]}")
            yield
        finally:
            process.terminate()


def _answers(port: int, name: str) -> bool:
    for _ in range(100):
        with Resolver([f"127.0.0.1:{port}"], timeout=0.2, lifetime=0.4) as resolver:
            if isinstance(resolver.srv(name), Answer):
                return True
        time.sleep(0.1)
    return False


def _free_port() -> int:
    udp, tcp = free_sockets()
    with udp, tcp:
        port: int = udp.getsockname()[1]
    return port
