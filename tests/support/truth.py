"""Holds what a format says that it loses against what is lost when a document is read back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from autoconfig.formats import Loss
from autoconfig.model import Provider, Server


def assert_losses_are_the_truth(provider: Provider, again: Provider, losses: Iterable[Loss]) -> None:
    """Exactly the fields that read back otherwise are named by losses; a server that is missing, as a whole."""
    named = {loss.field for loss in losses if loss.client is None}
    dropped = {int(match[1]) for field in named if (match := re.fullmatch(r"servers\[(\d+)\]", field))}
    kept = [(index, server) for index, server in enumerate(provider.servers) if index not in dropped]
    assert len(kept) == len(again.servers)
    differing = {f"servers[{index}]" for index in dropped}
    for (index, server), other in zip(kept, again.servers, strict=True):
        differing |= {f"servers[{index}].{field}" for field in _differing(server, other)}
    differing |= _differing(provider, again) - {"servers"}
    assert differing == {re.sub(r"^domains\[\d+\]$", "domains", field) for field in named}


def _differing(one: Provider | Server, other: Provider | Server) -> set[str]:
    return {field for field in one.__struct_fields__ if getattr(one, field) != getattr(other, field)}
