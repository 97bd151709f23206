"""Many providers, looked up by mail domain or by MX host."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import groupby, islice, pairwise, repeat
from operator import itemgetter
from pathlib import Path

from autoconfig.address import display_domain, normalize_domain
from autoconfig.definitions import locate, read
from autoconfig.definitions.domains_file import DomainsFile, lines_of, read_domains
from autoconfig.errors import AddressError, DefinitionError, Problem
from autoconfig.model import Provider

_SUFFIXES = frozenset({".yaml", ".yml"})
_MOST_PROBLEMS = 1000


class Catalog:
    """Providers by domain. Immutable; safe to share between threads.

    Args:
        providers: in any order; two of them may share an id, as real ones do, but no domain and no MX domain.
        paths: the definition file of each provider, for error messages and for the place of `domains_file`; left out
            for providers made in memory, whose files are looked for in the working directory.

    Raises:
        DefinitionError: two providers claim one domain or one MX domain; names both places of every such claim.
            Also every mistake of a file of domains.
    """

    def __init__(self, providers: Iterable[Provider], paths: Iterable[Path] | None = None) -> None:
        self.providers: tuple[Provider, ...] = tuple(providers)
        self.paths: tuple[Path, ...] = tuple(paths) if paths is not None else ()
        self._by_domain: dict[str, Provider] = {}
        self._by_mx_domain: dict[str, Provider] = {}
        self._files: dict[int, DomainsFile] = {}
        problems = [
            *self._claim("domains", self._by_domain),
            *self._claim("mx_domains", self._by_mx_domain),
            *self._read_files(),
            *self._claims_in_files(),
        ]
        if problems:
            raise DefinitionError(problems)

    def domains_files(self) -> Iterator[tuple[Provider, DomainsFile | None]]:
        """Each provider, with the domains of its `domains_file` if it has one."""
        return ((provider, self._files.get(number)) for number, provider in enumerate(self.providers))

    def _claim(self, field: str, owners: dict[str, Provider]) -> Iterator[Problem]:
        for number, provider in enumerate(self.providers):
            for index, domain in enumerate(getattr(provider, field)):
                owner = owners.setdefault(domain, provider)
                if owner is not provider:
                    yield self._conflict(domain, field, owner, number, index)

    def _read_files(self) -> Iterator[Problem]:
        for number, provider in enumerate(self.providers):
            if provider.domains_file is not None:
                folder = self.paths[number].parent if self.paths else Path()
                try:
                    self._files[number] = read_domains(folder / provider.domains_file)
                except DefinitionError as error:
                    yield from error.problems

    def _claims_in_files(self) -> Iterator[Problem]:
        claims = sorted(islice(self._claimed_twice(), _MOST_PROBLEMS))
        for number, group in groupby(claims, key=itemgetter(0)):
            path = self._files[number].path
            domains = {domain: claimant for _, domain, claimant in group}
            for domain, line in lines_of(path, domains).items():
                yield Problem(
                    path=str(path),
                    line=line,
                    column=1,
                    field="",
                    found=f"{domain}, which {domains[domain]} claims",
                    allowed="each domain once, and of one provider only",
                    remedy="remove it from one of the two",
                )

    def _claimed_twice(self) -> Iterator[tuple[int, str, str]]:
        """The number of the provider in whose file a domain is that is claimed elsewhere, the domain, and by whom."""
        for domain, owner in self._by_domain.items():
            for number, file in self._files.items():
                if domain in file:
                    field = f"domains[{owner.domains.index(domain)}]"
                    yield number, domain, self._described(self._number_of(owner), field)
        in_order = heapq.merge(*(zip(file, repeat(number)) for number, file in self._files.items()))
        for (domain, first), (again, second) in pairwise(in_order):
            if domain == again:
                yield second, domain, str(self._files[first].path)

    def _conflict(self, domain: str, field: str, owner: Provider, number: int, index: int) -> Problem:
        first = self._number_of(owner)
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

    def _number_of(self, provider: Provider) -> int:
        return next(number for number, candidate in enumerate(self.providers) if candidate is provider)

    def _described(self, number: int, field: str) -> str:
        path, line, column = self._place(number, field)
        return f"{path}:{line}:{column}" if line else path

    def _place(self, number: int, field: str) -> tuple[str, int, int]:
        if not self.paths:
            return f"provider {self.providers[number].id}", 0, 0
        path = self.paths[number]
        return str(path), *locate(path, field)

    def find(self, address_or_domain: str) -> Provider | None:
        """The provider of an e-mail address or a domain, or None; what is neither has no provider.

        Letter case, a trailing dot and the spelling of an internationalized domain do not matter. A provider that
        lists the domain itself, or has it in its `domains_file`, comes before one that lists a wildcard above it.
        """
        domain = address_or_domain.rpartition("@")[2]
        provider = self._by_domain.get(domain)
        if provider is not None:
            return provider
        try:
            domain = normalize_domain(domain)
        except AddressError:
            return None
        if domain not in self._by_domain and self._files:
            provider = self._in_files(domain)
            if provider is not None:
                return provider
        candidates = (domain, *(f"*.{parent}" for parent in _parents(domain)))
        return next((self._by_domain[name] for name in candidates if name in self._by_domain), None)

    def _in_files(self, domain: str) -> Provider | None:
        return next((self.providers[number] for number, file in self._files.items() if domain in file), None)

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
