"""Print what verifying and linting cost as ratios, measured in one run.

    python benchmarks/checks.py

A process of its own plays 100 IMAP servers that answer the TLS handshake and each line 50 ms late, and the resolver is
as late. Verifying all of them is compared with verifying the slowest one alone, and the lint rules on the bundled
definitions with loading these.
"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

import trustme

from autoconfig.catalog import bundled_path, load
from autoconfig.checks import lint
from autoconfig.dns import Absence, Answer, Failure
from autoconfig.model import DEFAULT_AUTHENTICATION, Provider, Server, ServerType, SocketType
from autoconfig.verification import Report, verify, verify_many

LATENCY = 0.05
SERVERS = 100
ROUNDS = 5
HOST = "mail{}.example.com"


class LateNames:
    """A resolver whose answers come late; all hosts are on loopback."""

    def begin_addresses(
        self, name: str, deadline: float | None = None
    ) -> Callable[[], Answer[str] | Absence | Failure]:
        sleep(LATENCY)
        return lambda: Answer(name=name, records=("127.0.0.1",), ttl=60)


async def serve(certificate: str) -> None:
    """Play all servers on two ports, without TLS and with it, and print these."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    servers = [
        await asyncio.start_server(partial(talk, tls), "127.0.0.1", 0, backlog=SERVERS * 2) for tls in (None, context)
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def talk(context: ssl.SSLContext | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if context is not None:
            assert isinstance(writer.transport, asyncio.Transport)
            writer.transport.pause_reading()  # what comes now is for TLS
            await asyncio.sleep(LATENCY)
            await writer.start_tls(context)
        await asyncio.sleep(LATENCY)
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            await asyncio.sleep(LATENCY)
            tag = line.split()[0]
            writer.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%s OK done\r\n" % tag)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@contextmanager
def servers(folder: Path) -> Iterator[tuple[dict[SocketType, int], str]]:
    """The ports of the servers, and the authority of their certificates."""
    authority = trustme.CA()
    leaf = authority.issue_cert("*.example.com")
    certificate, ca_file = folder / "servers.pem", folder / "ca.pem"
    certificate.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    authority.cert_pem.write_to_path(str(ca_file))
    command = [sys.executable, "-P", __file__, str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            ports = map(int, process.stdout.readline().split())
            yield dict(zip((SocketType.PLAIN, SocketType.SSL), ports, strict=True)), str(ca_file)
        finally:
            process.terminate()


def provider(number: int, port: int, socket_type: SocketType) -> Provider:
    host = HOST.format(number)
    server = Server(
        type=ServerType.IMAP,
        hostname=host,
        port=port,
        socket_type=socket_type,
        authentication=DEFAULT_AUTHENTICATION,
    )
    return Provider(id=host, name=host, servers=(server,))


def timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_verification(port: int, socket_type: SocketType, ca_file: str) -> None:
    providers = [provider(number, port, socket_type) for number in range(SERVERS)]

    def one(number: int) -> Report:
        return verify(providers[number], resolver=LateNames(), ca_file=ca_file)

    def all_of_them() -> tuple[Report, ...]:
        return verify_many(providers, resolver=LateNames(), ca_file=ca_file, timeout=30)

    assert all(report.is_sound for report in all_of_them())
    times = [(timed(all_of_them), max(timed(partial(one, number)) for number in range(10))) for _ in range(ROUNDS)]
    whole = statistics.median(whole for whole, _ in times)
    ratio = statistics.median(whole / slowest for whole, slowest in times)
    print(
        f"verify: {SERVERS} servers of {LATENCY * 1000:.0f} ms latency, {socket_type}: "
        f"{whole * 1000:.0f} ms, {ratio:.2f} times the slowest one alone"
    )


def measure_lint() -> None:
    folder = bundled_path()
    ratios = []
    for _ in range(ROUNDS):
        loading = timed(lambda: load(folder))
        ratios.append((timed(lambda: lint([folder])) - loading) / loading)
    print(f"lint:   the rules take {statistics.median(ratios):.2f} times the loading of the definitions")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        try:
            asyncio.run(serve(sys.argv[1]))
        except KeyboardInterrupt:
            sys.exit(0)
    else:
        with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as (ports, ca_file):
            for socket_type, port in ports.items():
                measure_verification(port, socket_type, ca_file)
        measure_lint()
