"""Many providers, looked up by mail domain or by MX host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from autoconfig.address import display_domain, normalize_domain
from autoconfig.definitions import locate, read
from autoconfig.errors import AddressError, DefinitionError, Problem
from autoconfig.model import Provider

_SUFFIXES = frozenset({".yaml", ".yml"})


class Catalog:
    """Providers by domain. Immutable; safe to share between threads.

    Args:
        providers: in any order; two of them may share an id, as real ones do, but no domain and no MX domain.
        paths: the definition file of each provider, for error messages; left out for providers made in memory.

    Raises:
        DefinitionError: two providers claim one domain or one MX domain; names both places of every such claim.
    """

    def __init__(self, providers: Iterable[Provider], paths: Iterable[Path] | None = None) -> None:
        self.providers: tuple[Provider, ...] = tuple(providers)
        self._paths = tuple(paths) if paths is not None else ()
        self._by_domain: dict[str, Provider] = {}
        self._by_mx_domain: dict[str, Provider] = {}
        problems = [*self._claim("domains", self._by_domain), *self._claim("mx_domains", self._by_mx_domain)]
        if problems:
            raise DefinitionError(problems)

    def _claim(self, field: str, owners: dict[str, Provider]) -> Iterator[Problem]:
        for number, provider in enumerate(self.providers):
            for index, domain in enumerate(getattr(provider, field)):
                owner = owners.setdefault(domain, provider)
                if owner is not provider:
                    yield self._conflict(domain, field, owner, number, index)

    def _conflict(self, domain: str, field: str, owner: Provider, number: int, index: int) -> Problem:
        first = next(position for position, provider in enumerate(self.providers) if provider is owner)
        path, line, column = self._place(number, f"{field}[{index}]")
        return Problem(
            path=path,
            line=line,
            column=column,
            field=f"{field}[{index}]",
            found=f"{domain}, which {self._described(first, f'{field}[{getattr(owner, field).index(domain)}]')} claims",
            allowed="a domain of one provider only",
            remedy="remove it from one of the two",
        )

    def _described(self, number: int, field: str) -> str:
        path, line, column = self._place(number, field)
        return f"{path}:{line}:{column}" if line else path

    def _place(self, number: int, field: str) -> tuple[str, int, int]:
        if not self._paths:
            return f"provider {self.providers[number].id}", 0, 0
        path = self._paths[number]
        return str(path), *locate(path, field)

    def find(self, address_or_domain: str) -> Provider | None:
        """The provider of an e-mail address or a domain, or None; what is neither has no provider.

        Letter case, a trailing dot and the spelling of an internationalized domain do not matter. A provider that
        lists the domain itself comes before one that lists a wildcard above it.
        """
        domain = address_or_domain.rpartition("@")[2]
        provider = self._by_domain.get(domain)
        if provider is not None:
            return provider
        try:
            domain = normalize_domain(domain)
        except AddressError:
            return None
        candidates = (domain, *(f"*.{parent}" for parent in _parents(domain)))
        return next((self._by_domain[name] for name in candidates if name in self._by_domain), None)

    def find_by_mx(self, host: str) -> Provider | None:
        """The provider whose `mx_domains` hold an MX host or a domain above it, the nearest first, or None."""
        try:
            domain = normalize_domain(host)
        except AddressError:
            return None
        candidates = (domain, *_parents(domain))
        return next((self._by_mx_domain[name] for name in candidates if name in self._by_mx_domain), None)

    def with_id(self, id: str) -> tuple[Provider, ...]:
        """The providers of an id: mostly one or none."""
        return tuple(provider for provider in self.providers if provider.id == id)


def _parents(domain: str) -> Iterator[str]:
    parent = domain.partition(".")[2]
    while parent:
        yield parent
        parent = parent.partition(".")[2]


def load(path: Path | str) -> Catalog:
    """Read a definition, or every `*.yaml` and `*.yml` in a folder, in the order of their names.

    Raises:
        DefinitionError: every mistake of every file, and every domain that two of them claim; also a path that does
            not exist or a folder that holds no definition.
    """
    path = Path(path)
    problems: list[Problem] = []
    providers: list[Provider] = []
    files_read: list[Path] = []
    for file in definition_files(path):
        try:
            providers.append(read(file))
            files_read.append(file)
        except DefinitionError as error:
            problems += error.problems
    try:
        catalog = Catalog(providers, files_read)
    except DefinitionError as error:
        problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return catalog


def definition_files(path: Path) -> tuple[Path, ...]:
    """A definition itself, or every definition in a folder, in the order of their names.

    Raises:
        DefinitionError: the folder holds none.
    """
    if not path.is_dir():
        return (path,)
    files = tuple(sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES))
    if not files:
        raise DefinitionError(
            [
                Problem(
                    path=str(path),
                    line=0,
                    column=0,
                    field="",
                    found="a folder without definitions",
                    allowed="files named *.yaml",
                    remedy="name the folder that holds them, or write one: see `autoconfig schema`",
                )
            ]
        )
    return files


@cache
def bundled() -> Catalog:
    """The providers that ship with the package."""
    return load(bundled_path())


def bundled_mentioning(address_or_domain: str) -> Catalog:
    """The bundled providers whose definitions mention a domain or one above it: `find` gives the same as in all.

    To look through the files for a word takes a tenth of the time of reading what they say.
    """
    domain = address_or_domain.rpartition("@")[2].lower()
    with suppress(AddressError):
        domain = normalize_domain(domain)
    words = [name.encode() for name in (domain, display_domain(domain), *_parents(domain)) if "." in name]
    paths = [path for path in definition_files(bundled_path()) if _mentions(path, words)]
    return Catalog(map(read, paths), paths)


def _mentions(path: Path, words: Iterable[bytes]) -> bool:
    content = path.read_bytes().lower()
    return any(word in content for word in words)


def bundled_path() -> Path:
    """The folder of the bundled definitions: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "isp_data"
    return installed if installed.is_dir() else package.parent / "isp_data"
