"""Which files a site holds, by path: those listed one by one, and those that a template gives for each of many domains.

A plan and the manifest of a built site are compared as two of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import chain

import msgspec

DOMAIN = "{domain}"
"""Stands for a domain in a template."""

_Patterns = dict[re.Pattern[str], list[tuple[str, Collection[str]]]]
"""The templates as patterns, each with what the files hold and the domains for which they are there."""


class Paths(msgspec.Struct, frozen=True):
    """Paths relative to the site's folder and separated by `/`: `listed`, then `templates` for each of `domains`."""

    listed: tuple[str, ...]
    templates: tuple[str, ...] = ()
    domains: Collection[str] = ()

    def __iter__(self) -> Iterator[str]:
        yield from self.listed
        if self.templates:
            for domain in self.domains:
                for template in self.templates:
                    yield template.replace(DOMAIN, domain)

    def __len__(self) -> int:
        return len(self.listed) + len(self.templates) * len(self.domains)


class Listing:
    """The SHA-256 of every file of a site, and the folders that they stand in, without a list of all paths."""

    def __init__(self, contents: Iterable[tuple[str, Paths]]) -> None:
        self._contents = tuple(contents)
        self._listed: dict[str, str] = {}
        self._patterns: _Patterns = {}
        self._question = (0, "")
        self._answer = False
        for sha256, paths in self._contents:
            self._listed.update(dict.fromkeys(paths.listed, sha256))
            for template in paths.templates:
                self._patterns.setdefault(_pattern(template), []).append((sha256, paths.domains))

    def __iter__(self) -> Iterator[str]:
        for _, paths in self._contents:
            yield from paths

    def __len__(self) -> int:
        return sum(len(paths) for _, paths in self._contents)

    def sha256(self, path: str) -> str | None:
        """What a file shall hold, or None if there shall be none."""
        return self._listed.get(path) or self._find(self._patterns, path)

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is needed for a file below it."""
        folders, patterns = self._folders
        return path in folders or self._find(patterns, path) is not None

    def _find(self, patterns: _Patterns, path: str) -> str | None:
        for pattern, candidates in patterns.items():
            match = pattern.fullmatch(path)
            if match is not None:
                for sha256, domains in candidates:
                    if self._is_among(domains, match[1]):
                        return sha256
        return None

    def _is_among(self, domains: Collection[str], domain: str) -> bool:
        """Look a domain up, which takes a while, only once for the paths that follow each other below its folder."""
        question = (id(domains), domain)
        if question != self._question:
            self._question, self._answer = question, domain in domains
        return self._answer

    def paths(self, sha256: str) -> Iterator[str]:
        """The files that hold the same bytes."""
        return chain.from_iterable(self._by_sha256.get(sha256, ()))

    @cached_property
    def _by_sha256(self) -> dict[str, list[Paths]]:
        by_sha256: dict[str, list[Paths]] = {}
        for sha256, paths in self._contents:
            by_sha256.setdefault(sha256, []).append(paths)
        return by_sha256

    @cached_property
    def _folders(self) -> tuple[set[str], _Patterns]:
        folders = {parent for path in self._listed for parent in parents(path)}
        patterns: _Patterns = {}
        for sha256, paths in self._contents:
            for parent in folders_of(paths.templates):
                if DOMAIN in parent:
                    patterns.setdefault(_pattern(parent), []).append((sha256, paths.domains))
                else:
                    folders.add(parent)
        return folders, patterns


def folders_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders above paths or templates, each once and the higher before the lower."""
    return tuple(dict.fromkeys(parent for path in paths for parent in parents(path)))


def parents(path: str) -> Iterator[str]:
    """The folders above a path, the highest first."""
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _pattern(template: str) -> re.Pattern[str]:
    first, second, *rest = map(re.escape, template.split(DOMAIN))
    return re.compile(f"{first}([^/]+){second}" + "".join(rf"\1{text}" for text in rest))
