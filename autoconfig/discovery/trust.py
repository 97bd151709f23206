"""How far an answer can be trusted, and why: worked out from the way it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec

from autoconfig.address import is_ip_address, normalize_domain
from autoconfig.discovery.results import Trust
from autoconfig.domains import are_related


class Verdict(msgspec.Struct, frozen=True):
    """A trust and its reasons, one sentence each."""

    trust: Trust
    reasons: tuple[str, ...]


def of_urls(urls: Sequence[str], mail_domain: str) -> Verdict:
    """The trust of a document by the URLs that led to it: the first asked, each redirect, the last that answered.

    One http among them is enough for an attacker. One host off the mail domain makes it a third party's word.
    """
    plain = [url for url in urls if not url.startswith("https://")]
    if plain:
        return Verdict(Trust.INSECURE, tuple(f"{url} can be changed on its way" for url in plain))
    foreign = dict.fromkeys(host for host in map(host_of, urls) if not are_related(host, mail_domain))
    if foreign:
        return Verdict(Trust.THIRD_PARTY, tuple(f"{host} is not of {mail_domain}" for host in foreign))
    return Verdict(Trust.SECURE, (f"https on {host_of(urls[-1])}, which is of {mail_domain}",))


def of_records(query: str, *, secure: bool) -> Verdict:
    """The trust of DNS records: whether DNSSEC validated them."""
    if secure:
        return Verdict(Trust.SECURE, (f"{query} is validated by DNSSEC",))
    return Verdict(Trust.INSECURE, (f"{query} is not signed, so anybody between may have written it",))


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The trust of a chain is that of its weakest link; the reasons are those of every link that weak."""
    links = tuple(verdicts)
    trust = max((link.trust for link in links), key=lambda trust: trust.grade)
    return Verdict(trust, tuple(reason for link in links if link.trust is trust for reason in link.reasons))


def host_of(url: str) -> str:
    """The host name (as A-labels) or IP address of a URL; empty where it has none."""
    try:
        host = urlsplit(url).hostname or ""
        return host if is_ip_address(host) else normalize_domain(host)
    except ValueError:
        return ""
