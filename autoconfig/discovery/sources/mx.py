"""The provider behind a domain's MX host: steps 3.1 to 3.4 of draft-ietf-mailmaint-autoconfig."""

from __future__ import annotations

from functools import partial

from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Outcome, Trust
from autoconfig.discovery.sources.autoconfig import subdomain_url
from autoconfig.discovery.sources.ispdb import database_url
from autoconfig.discovery.trust import Verdict
from autoconfig.domains import registrable_domain


def ask(inquiry: Inquiry) -> Found:
    """Only the best MX host counts; if it is of the mail domain itself, steps 1 and 2 have asked already."""
    host = inquiry.mx().values[0]
    domains = mx_domains(host)
    if not domains or domains[-1] == inquiry.domain:
        raise MissedError(Outcome.NOTHING, f"{host} leads to no other domain")
    link = Verdict(Trust.THIRD_PARTY, (f"the provider of the MX host {host}, not the mail domain itself",))
    urls = [make(inquiry, domain) for make in (subdomain_url, database_url) for domain in domains]
    ways = [(partial(_read, url=url, link=link, domains=(*domains, host)), Trust.THIRD_PARTY) for url in urls]
    return inquiry.first_of(ways)


def _read(inquiry: Inquiry, *, url: str, link: Verdict, domains: tuple[str, ...]) -> Found:
    return inquiry.mozilla(url, link, asked_domains=(inquiry.domain, *domains))


def mx_domains(host: str) -> tuple[str, ...]:
    """The draft's MXFULLDOMAIN (the host less its first label, if longer than the base), and its MXBASEDOMAIN."""
    base = registrable_domain(host)
    if base is None:
        return ()
    full = host.partition(".")[2]
    return (full, base) if full.endswith(f".{base}") else (base,)
