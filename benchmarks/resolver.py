"""Print the speed of filling gaps from DNS as ratios, against a server in this process that answers after a known time.

    python -m benchmarks.resolver [--domains 1000] [--sample 25]

One provider: the time of `fill` with all services, divided by two round trips. Many: the time that a loop over
dnspython's plain resolver takes for the same questions, divided by that of `fill_all`. The loop is measured on a sample
of the domains and multiplied up, as it would take minutes. Nothing is cached on either side.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import dns.resolver
from dns.rdatatype import RdataType

from autoconfig.dns import Resolver, fill, fill_all
from autoconfig.dns.srv import AUTODISCOVER, SERVICES
from autoconfig.model import Provider
from tests.support.dns_server import DnsServer

ROUNDS = 15
HOSTS = ("imap", "pop", "smtp", "jmap", "sieve", "dav", "www")
RECORDS = "\n".join(
    [f"{service.label}._tcp SRV {number} 1 443 {HOSTS[number % len(HOSTS)]}" for number, service in enumerate(SERVICES)]
    + [f"{AUTODISCOVER.label}._tcp SRV 0 1 443 www", '_caldavs._tcp TXT "path=/dav"', '_carddavs._tcp TXT "path=/dav"']
    + [f"{host} A 192.0.2.1\n{host} AAAA 2001:db8::1" for host in HOSTS]
)


def one_line(domain: str) -> Provider:
    return Provider(id=domain, name=domain, domains=(domain,))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fill_one(server: DnsServer) -> None:
    with Resolver([server.address]) as resolver:
        filled = fill(one_line("example.test"), resolver)
    assert len(filled.provider.servers) == len(SERVICES)


def fill_many(server: DnsServer, domains: list[str]) -> None:
    with Resolver([server.address]) as resolver:
        for filled in fill_all(map(one_line, domains), resolver):
            assert len(filled.provider.servers) == len(SERVICES)


def loop(server: DnsServer, domains: list[str]) -> None:
    """What somebody writes who has dnspython and ten minutes."""
    plain = dns.resolver.Resolver(configure=False)
    plain.nameservers = ["127.0.0.1"]
    plain.port = server.port
    for domain in domains:
        targets = set()
        for service in (*SERVICES, AUTODISCOVER):
            name = service.name(domain)
            targets |= {record.target for record in plain.resolve(name, RdataType.SRV)}
            if service.path_in_txt:
                plain.resolve(name, RdataType.TXT)
        for target in targets:
            plain.resolve(target, RdataType.A)
            plain.resolve(target, RdataType.AAAA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=25)
    options = parser.parse_args()
    domains = [f"d{number}.test" for number in range(options.domains)]
    sample = domains[: options.sample]
    with DnsServer() as server:
        for domain in ("example.test", *domains):
            server.add(domain, RECORDS)
        fill_one(server)
        fill_many(server, domains)  # the server answers faster what it has answered before
        server.latency = 0.05
        trips = statistics.median(seconds(lambda: fill_one(server)) for _ in range(ROUNDS)) / (2 * server.latency)
        print(f"one provider, 50 ms: time / two round trips {trips:33.2f}  (goal: at most 1.3)", flush=True)
        for latency, goal in ((0.02, "goal: at least 10"), (0.005, "no goal"), (0.0, "no goal: processor time alone")):
            server.latency = latency
            concurrent = seconds(lambda: fill_many(server, domains))
            plain = seconds(lambda: loop(server, sample)) * len(domains) / len(sample)
            what = f"{len(domains)} domains, {latency * 1000:.0f} ms: plain loop / fill_all"
            print(f"{what:<53} {plain / concurrent:22.1f}  ({goal})  [{plain:.1f} s / {concurrent:.1f} s]", flush=True)


if __name__ == "__main__":
    main()
