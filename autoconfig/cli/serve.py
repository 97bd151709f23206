"""`autoconfig serve`: the dynamic answer, under gunicorn."""

from __future__ import annotations

import logging
import os
import select
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoconfig.catalog import bundled_path, load
from autoconfig.cli.network import nameserver_option
from autoconfig.cli.output import note

if TYPE_CHECKING:
    from autoconfig.dns import Resolver
    from autoconfig.server.usernames import Lookup

_MOST_WORKERS = 4
_DNS_SECONDS = 2.0
_PORTS = range(1, 65536)


@click.command()
@click.argument("definitions", type=click.Path(path_type=Path), required=False)
@click.option("--bind", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT", help="Or unix:PATH.")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help=f"Processes; one for each CPU, at most {_MOST_WORKERS}."
)
@click.option("--base-url", metavar="URL", help="Where clients reach this server, if not below each domain.")
@click.option("--usernames", metavar="MODULE:FUNCTION", help="Look login names up with this function.")
@click.option("--usernames-command", metavar="'PROG {address}'", help="Look login names up with this program.")
@click.option("--watch", is_flag=True, help="Reload when definitions change on disk, not only on SIGHUP.")
@click.option("--pages", is_flag=True, help="Also serve /pages: setup pages for people.")
@click.option("--rate-limit", type=click.IntRange(1), metavar="N", help="Requests a minute for each client and worker.")
@click.option(
    "--proxies", type=click.IntRange(0), default=0, metavar="N", help="Trusted proxies that add to X-Forwarded-For."
)
@click.option("--certificate", type=click.Path(path_type=Path), metavar="PEM", help="Sign Apple profiles with this,")
@click.option("--key", type=click.Path(path_type=Path), metavar="PEM", help="and this key.")
@nameserver_option
def command(
    definitions: Path | None,
    bind: str,
    workers: int | None,
    base_url: str | None,
    usernames: str | None,
    usernames_command: str | None,
    watch: bool,
    pages: bool,
    rate_limit: int | None,
    proxies: int,
    certificate: Path | None,
    key: Path | None,
    nameservers: tuple[str, ...],
) -> None:
    """Answer mail clients out of DEFINITIONS (a file or a folder; the bundled providers if left out).

    Ends on SIGTERM after the answers that it owes, and reloads the definitions on SIGHUP. docs/server.md tells how to
    run it behind nginx and systemd, and how to look login names up.
    """
    if usernames is not None and usernames_command is not None:
        raise click.UsageError("--usernames and --usernames-command exclude each other")
    if base_url is not None:
        _check_base_url(base_url)
    _check_bind(bind)
    if not hasattr(select, "epoll"):
        raise click.UsageError("serve runs on Linux; elsewhere run autoconfig.server.create_app under a WSGI server")
    try:
        from autoconfig.server import create_app
        from autoconfig.server.run import serve
    except ModuleNotFoundError as error:
        raise click.UsageError(f"serve needs {error.name}: pip install 'mail-autoconfig[server]'") from error

    lookup = _lookup(usernames, usernames_command)
    sign = _sign(certificate, key)
    path = definitions or bundled_path()
    catalog = load(path)
    for provider in catalog.providers:
        if provider.gaps or not provider.servers:
            note(f"note: {provider.id} leaves servers open, which are not told: `autoconfig fill` looks them up")
    workers = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s [%(process)d] %(message)s")
    note(f"answering for {len(catalog.providers)} providers at {bind}, with {workers} workers")
    make_app = partial(
        create_app,
        catalog,
        base_url=base_url,
        resolver=_resolver(nameservers),
        usernames=lookup,
        pages=pages,
        rate_limit=rate_limit,
        proxies=proxies,
        sign=sign,
    )
    serve(make_app, path, bind=bind, workers=workers, watch=watch)


def _check_base_url(url: str) -> None:
    from autoconfig.formats.web import web_address

    if web_address(url) is None:
        raise click.BadParameter(f"{url!r} is no web address such as https://autoconfig.example.com", param_hint="URL")


def _check_bind(bind: str) -> None:
    """Tell at once what gunicorn would find out after five tries."""
    if bind.startswith("unix:"):
        return
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or int(port) not in _PORTS:
        raise click.BadParameter(f"{bind!r} is neither HOST:PORT nor unix:PATH", param_hint="--bind")
    host = host.strip("[]")
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise click.BadParameter(f"{bind}: {error.strerror}", param_hint="--bind") from error


def _lookup(function: str | None, command: str | None) -> Lookup | None:
    if function is None and command is None:
        return None
    from autoconfig.server import usernames

    return usernames.function(function) if function is not None else usernames.command(command or "")


def _resolver(nameservers: Sequence[str]) -> Resolver:
    from autoconfig.dns import Resolver

    return Resolver(nameservers or None, timeout=_DNS_SECONDS / 2, lifetime=_DNS_SECONDS)


def _sign(certificate: Path | None, key: Path | None) -> Callable[[bytes], bytes] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise click.UsageError("--certificate and --key go together")
    from autoconfig.formats import apple

    try:
        sign = partial(apple.sign, certificate=certificate.read_bytes(), key=key.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    sign(b"")
    return sign
