"""Print how long discovery takes as ratios to the least that its round trips allow, measured in one run.

    python benchmarks/discovery.py

A process of its own plays DNS, web servers and the ISPDB on loopback, and makes every DNS answer and every HTTP answer
50 ms late. Half of the figures are ratios to the critical path of a route (the round trips that cannot be had at the
same time); the others compare with taking the same steps one after another.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import trustme

from autoconfig.catalog import Catalog
from autoconfig.discovery import ALL, Options, discover, discover_many
from autoconfig.dns.records import Resolver

LATENCY = 0.05
ROUNDS = 9
DOMAINS = 1000
CONCURRENCY = 64
ISPDB = "https://ispdb.test/v1.1/"
ROUTES = {"first": 2, "ispdb": 2, "mx": 3, "srv": 2}
"""The routes by name, with the round trips of their critical path: for example MX, address, document."""

CONFIGURATION = """<clientConfig version="1.1"><emailProvider id="%s"><domain>%s</domain>
<displayName>Bench</displayName>
<incomingServer type="imap"><hostname>imap.%s</hostname><port>993</port><socketType>SSL</socketType>
<username>%%EMAILADDRESS%%</username><authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.%s</hostname><port>465</port><socketType>SSL</socketType>
<username>%%EMAILADDRESS%%</username><authentication>password-cleartext</authentication></outgoingServer>
</emailProvider></clientConfig>"""


def domain_of(route: str, number: int) -> str:
    return f"{route}{number}.test"


# The server process


def zone() -> dict[tuple[str, int], bytes]:
    """The answer section for each name and type, its owner a pointer to the question."""
    records = [("ispdb.test", "A", "127.0.0.1"), ("autoconfig.hoster.test", "A", "127.0.0.1")]
    for number in range(DOMAINS):
        records.append((f"autoconfig.{domain_of('first', number)}", "A", "127.0.0.1"))
        records.append((domain_of("mx", number), "MX", "10 mx.hoster.test."))
        domain = domain_of("srv", number)
        for service, port in (("imaps", 993), ("submissions", 465)):
            records.append((f"_{service}._tcp.{domain}", "SRV", f"0 1 {port} mail.{domain}."))
        records.append((f"mail.{domain}", "A", "127.0.0.1"))
    answers = {}
    for name, type, text in records:
        number = dns.rdatatype.from_text(type)
        data = dns.rdata.from_text(dns.rdataclass.IN, number, text).to_wire()
        assert data is not None
        head = b"\xc0\x0c" + number.to_bytes(2, "big") + b"\x00\x01" + (60).to_bytes(4, "big")
        answers[name, int(number)] = head + len(data).to_bytes(2, "big") + data
    return answers


class Names(asyncio.DatagramProtocol):
    """A DNS server that answers from ready-made bytes, late."""

    def __init__(self) -> None:
        self.answers = zone()
        self.names = {name for name, _ in self.answers}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        labels, place = [], 12
        while length := data[place]:
            labels.append(data[place + 1 : place + 1 + length])
            place += 1 + length
        name = b".".join(labels).decode().lower()
        answer = self.answers.get((name, int.from_bytes(data[place + 1 : place + 3], "big")), b"")
        flags = b"\x85\x80" if name in self.names else b"\x85\x83"
        counts = b"\x00\x01" + (b"\x00\x01" if answer else b"\x00\x00") + b"\x00\x00\x00\x00"
        reply = data[:2] + flags + counts + data[12 : place + 5] + answer
        asyncio.get_running_loop().call_later(LATENCY, self.transport.sendto, reply, addr)  # type: ignore[attr-defined]


def document(host: str, path: str) -> bytes | None:
    domain = path.rpartition("/")[2] if host == "ispdb.test" else host.removeprefix("autoconfig.")
    if host == "ispdb.test" and not domain.startswith("ispdb"):
        return None
    return (CONFIGURATION % ((domain,) * 4)).encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host = next(line[6:] for line in head.splitlines() if line.lower().startswith("host: "))
        body = document(host, head.split()[1])
        await asyncio.sleep(LATENCY)
        status = "200 OK" if body else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + (body or b""))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def tls(authority: trustme.CA) -> ssl.SSLContext:
    names = ["ispdb.test", "autoconfig.hoster.test"]
    names += [f"autoconfig.{domain_of('first', number)}" for number in range(DOMAINS)]
    contexts: dict[str, ssl.SSLContext] = {}
    for start in range(0, len(names), 50):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names[start : start + 50]).configure_cert(context)
        contexts |= dict.fromkeys(names[start : start + 50], context)
    outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts[name or names[0]]

    outer.sni_callback = choose
    return outer


async def serve(ca_file: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Names, ("127.0.0.1", 0))
    secure = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls(authority), backlog=1024)
    plain = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    ports = [
        transport.get_extra_info("sockname")[1],
        *(server.sockets[0].getsockname()[1] for server in (secure, plain)),
    ]
    print(json.dumps(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# The client process


@contextmanager
def internet() -> Iterator[tuple[Options, str]]:
    with tempfile.TemporaryDirectory() as folder:
        ca_file = str(Path(folder, "ca.pem"))
        command = [sys.executable, __file__, "--serve", ca_file]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            dns_port, tls_port, plain_port = json.loads(server.stdout.readline())
            try:
                nameserver = f"127.0.0.1:{dns_port}"
                options = Options(
                    resolver=Resolver([nameserver], workers=256),
                    catalog=Catalog(()),
                    ispdb=ISPDB,
                    ca_file=ca_file,
                    ports={443: tls_port, 80: plain_port},
                )
                yield options, nameserver
            finally:
                server.kill()


def addresses(route: str) -> Iterator[str]:
    """Addresses whose settings only one route knows; each is new, so that no cache knows it."""
    return (f"jan@{domain_of(route, number)}" for number in range(DOMAINS))


def seconds_to_best(address: str, options: Options) -> float:
    start = perf_counter()
    assert discover(address, **options).best is not None, address
    return perf_counter() - start


def seconds_one_by_one(address: str, options: Options, nameserver: str) -> float:
    """What the same steps take when each waits for the one before: one source at a time, one look-up at a time."""
    elapsed = 0.0
    with Resolver([nameserver], lifetime=30, workers=1) as resolver:
        for source in ALL:
            alone = options.copy()
            alone["resolver"], alone["sources"], alone["deadline"] = resolver, [source], 30.0
            elapsed += discover(address, **alone).elapsed
    return elapsed


def report(what: str, value: float, goal: str) -> None:
    print(f"{what:<72} {value:7.2f}  (goal: {goal})", flush=True)


def main() -> None:
    with internet() as (options, nameserver):
        pools = {route: addresses(route) for route in ROUTES}
        for pool in pools.values():
            seconds_to_best(next(pool), options)
        one_by_one = []
        for route, round_trips in ROUTES.items():
            times = [seconds_to_best(next(pools[route]), options) for _ in range(ROUNDS)]
            ratio = statistics.median(times) / (round_trips * LATENCY)
            report(f"time to best, only {route} answers / its {round_trips} round trips", ratio, "at most 1.3")
            sequential = [seconds_one_by_one(next(pools[route]), options, nameserver) for _ in range(5)]
            one_by_one += sequential
            slower = statistics.median(sequential) / statistics.median(times)
            report("    the same steps one after another / time to best", slower, "for comparison")
        many = [next(pools[route]) for _ in range(DOMAINS // len(ROUTES)) for route in ROUTES]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = perf_counter()
        found = sum(discovery.best is not None for discovery in discover_many(many, concurrency=CONCURRENCY, **options))
        rate = len(many) / (perf_counter() - start)
        assert found == len(many), f"{found} of {len(many)}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"discover_many: {rate:.1f} addresses/s, {len(many)} addresses, {CONCURRENCY} at a time")
        report("discover_many / one address and one step at a time", rate * statistics.mean(one_by_one), "at least 40")
        report("peak memory, MB", peak / 1024, "under 200")
        print(f"    of which before the batch {before / 1024:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(sys.argv[2]))
    else:
        main()
