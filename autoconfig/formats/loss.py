"""What is lost between a provider and a document: in writing it field by field, in reading it element by element."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from autoconfig.model import Provider, Status


class Loss(msgspec.Struct, frozen=True):
    """One thing of a provider that a rendered document does not hold, or that a known client will not take from it.

    `field` is a path into the `Provider`, such as `servers[2].authentication`. `client` is None where the document
    itself lacks the field, so that reading it back gives a provider without it; otherwise the document holds the
    field and the named client misreads or refuses it.
    """

    field: str
    reason: str
    client: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.client} {self.reason}" if self.client else f"{self.field}: {self.reason}"


def definition_losses(provider: Provider) -> list[Loss]:
    """The losses of every published format: what only a definition says."""
    losses = []
    if provider.username is not None:
        losses.append(Loss("username", "a default for servers that DNS finds stays in the definition"))
    if provider.authentication:
        losses.append(Loss("authentication", "a default for servers that DNS finds stays in the definition"))
    if provider.sources:
        losses.append(Loss("sources", "where the facts came from stays in the definition"))
    if provider.status is not Status.CONFIRMED:
        losses.append(Loss("status", f"that the facts are {provider.status} stays in the definition"))
    return losses


def gap_losses(provider: Provider) -> list[Loss]:
    """The servers that are left out of every published format, because nothing says how they are reached."""
    return [
        Loss(f"servers[{index}]", f"the {server.type} server has no host name: fill the gap first")
        for index, server in enumerate(provider.servers)
        if server.is_gap
    ]


def loses_every_server(provider: Provider, losses: Iterable[Loss]) -> bool:
    """Whether a document with these losses names no server of the provider, so that it is of no use."""
    lost = {loss.field for loss in losses if loss.client is None}
    return all(f"servers[{index}]" in lost for index in range(len(provider.servers)))


class Reading(msgspec.Struct, frozen=True):
    """A provider as read from a document, and what of it was left behind: one sentence each."""

    provider: Provider
    ignored: tuple[str, ...]
