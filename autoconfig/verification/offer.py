"""What a server that speaks in lines says it can do."""

from __future__ import annotations

import msgspec

from autoconfig.model import Authentication
from autoconfig.verification import sasl


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`mechanisms` are SASL's names, `native` the ways to log in by the protocol's own commands.

    `is_known` is False where a server does not tell what it can do.
    """

    capabilities: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    native: tuple[Authentication, ...] = ()
    starttls: bool = False
    is_known: bool = True

    @property
    def authentication(self) -> tuple[Authentication, ...]:
        """The ways to log in, in Mozilla's words."""
        return tuple(dict.fromkeys((*sasl.words(self.mechanisms), *self.native)))

    @property
    def takes_passwords(self) -> bool:
        """True where a client may send its password as it is."""
        return Authentication.PASSWORD_CLEARTEXT in self.authentication
