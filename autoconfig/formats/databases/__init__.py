"""The provider databases of other clients and servers, as one table, so that their keepers can move here.

A new database is one module with `read` and `recognises`, and one row here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

import msgspec

from autoconfig.formats.databases.collector import DatabaseReading

__all__ = ["DATABASES", "Database", "DatabaseReading", "recognise"]


class DatabaseModule(Protocol):
    """What each module of this folder offers."""

    def read(self, data: bytes) -> DatabaseReading: ...
    def recognises(self, data: bytes) -> bool: ...


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """One database; `name` is also the name of its module, `file` what its keepers call the file that is read."""

    name: str
    title: str
    file: str

    @property
    def module(self) -> DatabaseModule:
        """The database's functions; importing them is left until they are called for."""
        return cast(DatabaseModule, import_module(f"autoconfig.formats.databases.{self.name}"))


DATABASES: dict[str, Database] = {
    database.name: database
    for database in (
        Database(name="fairemail", title="FairEmail", file="providers.xml"),
        Database(name="mailcore2", title="MailCore 2", file="providers.json"),
        Database(name="deltachat", title="Delta Chat provider-db", file="_providers/*.md"),
        Database(name="automx2", title="automx2", file="JSON for /initdb/"),
    )
}


def recognise(data: bytes) -> Database | None:
    """Tell by content which database a file is of, or None."""
    return next((database for database in DATABASES.values() if database.module.recognises(data)), None)
