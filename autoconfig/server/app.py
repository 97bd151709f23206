"""The WSGI application: paths to resources, and what every answer has in common."""

from __future__ import annotations

import logging
from collections.abc import Callable
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import falcon
from falcon.routing import CompiledRouter

from autoconfig.catalog import Catalog
from autoconfig.server import resources
from autoconfig.server.customers import MxHosts
from autoconfig.server.limits import RateLimit
from autoconfig.server.live import Live
from autoconfig.server.metrics import Metrics
from autoconfig.server.profile_page import ProfilePage
from autoconfig.server.usernames import Lookup, Usernames

if TYPE_CHECKING:
    from autoconfig.dns import Resolver

LOGGER = logging.getLogger("autoconfig.server")

_NOTHING_INSIDE = "default-src 'none'; frame-ancestors 'none'"


class Application(falcon.App[falcon.Request, falcon.Response]):
    """A WSGI application whose catalog can be switched while it answers: see `live`."""

    live: Live


def create_app(
    catalog: Catalog,
    *,
    base_url: str | None = None,
    resolver: Resolver | None = None,
    usernames: Lookup | None = None,
    pages: bool = False,
    rate_limit: int | None = None,
    proxies: int = 0,
    sign: Callable[[bytes], bytes] | None = None,
) -> Application:
    """Make the WSGI application that answers mail clients out of a catalog.

    Args:
        catalog: whose domains are answered for.
        base_url: where clients reach this server, such as `https://autoconfig.example.com`; by default they are told
            `https://autodiscover.DOMAIN` and `https://autoconfig.DOMAIN`.
        resolver: finds the customers of providers with `mx_domains` by their MX hosts. Its `lifetime` should be short.
            Without it only domains that the catalog names are answered for.
        usernames: gives the login name of an address, or None. It is called on threads of its own, for at most two
            seconds, and what it said is remembered for a minute.
        pages: serve the setup pages for people too.
        rate_limit: requests that one client may make in a minute; each process counts for itself.
        proxies: how many trusted proxies in front of the server append to `X-Forwarded-For`, for `rate_limit`.
        sign: signs Apple profiles, such as a `functools.partial` of `autoconfig.formats.apple.sign`.
    """
    metrics = Metrics()
    live = Live(catalog, MxHosts(resolver) if resolver is not None else None, metrics, pages=pages)
    logins = Usernames(usernames) if usernames is not None else None
    limits = [RateLimit(rate_limit, proxies)] if rate_limit is not None else []
    app = Application(middleware=[metrics, *limits, _Headers()], router=_CaseFreeRouter())
    app.live = live
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(Exception, _unexpected)

    base_url = base_url.rstrip("/") if base_url is not None else None
    autoconfig = resources.Autoconfig(live, logins)
    json = resources.AutodiscoverJson(live, logins, base_url)
    profiles = resources.MobileConfig(live, logins, sign)
    profile_page = ProfilePage(live, base_url)
    routes = {
        "/mail/config-v1.1.xml": autoconfig,
        "/.well-known/autoconfig/mail/config-v1.1.xml": autoconfig,
        "/autodiscover/autodiscover.xml": resources.Autodiscover(live, logins),
        "/autodiscover/autodiscover.json": json,
        "/autodiscover/autodiscover.json/v1.0/{email:path}": json,
        "/.well-known/user-agent-configuration.json": resources.Pacc(live, logins),
        "/{domain}.mobileconfig": profiles,
        "/mobileconfig": profiles,
        "/profile": profile_page,
        "/profile/{language}": profile_page,
        "/healthz": resources.Healthz(live),
        "/metrics": resources.MetricsPage(metrics),
    }
    for path, resource in routes.items():
        app.add_route(path, resource)
    if pages:
        app.add_route("/pages", resources.Pages(live))
        app.add_route("/pages/{path:path}", resources.Pages(live))
    return app


class _CaseFreeRouter(CompiledRouter):
    """Finds a path in any letter case: Outlook alone writes it in three."""

    def find(self, uri: str, req: falcon.Request | None = None) -> Any:
        return super().find(uri.lower(), req)


class _Headers:
    """The headers that keep browsers from making anything else of an answer."""

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool) -> None:
        resp.set_header("X-Content-Type-Options", "nosniff")
        if resp.get_header("Content-Security-Policy") is None:
            resp.set_header("Content-Security-Policy", _NOTHING_INSIDE)


def _unexpected(_: falcon.Request, __: falcon.Response, error: Exception, ___: dict[str, Any]) -> None:
    """Log where an error came from, but not what it says: that may hold an address."""
    LOGGER.error("%s at %s", type(error).__name__, place_of(error))
    raise falcon.HTTPInternalServerError()


def place_of(error: Exception) -> str:
    """Where an error came from, the innermost line first."""
    frames = extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-5:]))
