"""Where a provider serves Exchange's protocols: on a server of its own, or on one of type `exchange`."""

from __future__ import annotations

from autoconfig.model import Provider, Server, ServerType

_FIELDS = {ServerType.ACTIVESYNC: "eas_url", ServerType.EWS: "ews_url"}


def exchange_url(provider: Provider, type: ServerType) -> str | None:
    """The URL of the first server that speaks ActiveSync or EWS, or None."""
    return next((url for server in provider.incoming if (url := _url(server, type))), None)


def _url(server: Server, type: ServerType) -> str | None:
    if server.type is type:
        return server.url
    url: str | None = getattr(server, _FIELDS[type])
    return url
