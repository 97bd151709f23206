"""Looking providers up, and loading them from folders."""

from __future__ import annotations

from pathlib import Path

import pytest

import autoconfig
from autoconfig.catalog import Catalog, bundled, bundled_mentioning, load
from autoconfig.errors import DefinitionError
from autoconfig.model import Provider

ONE = Provider(id="one", name="One", domains=("example.com", "xn--bcher-kva.example"), mx_domains=("mx.example.com",))
WILD = Provider(id="wild", name="Wild", domains=("*.example.com",), mx_domains=("example.com",))
CATALOG = Catalog([ONE, WILD])


@pytest.mark.parametrize(
    "spelling",
    [
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "jan@Example.COM",
        "bücher.example",
        "Bücher.Example.",
        "xn--bcher-kva.example",
    ],
)
def test_every_spelling_of_a_domain_finds_its_provider(spelling: str) -> None:
    assert CATALOG.find(spelling) is ONE


@pytest.mark.parametrize("domain", ["a.example.com", "jan@a.b.example.com"])
def test_a_wildcard_matches_subdomains(domain: str) -> None:
    assert CATALOG.find(domain) is WILD


@pytest.mark.parametrize("text", ["example.net", "com", "", "@", "not a domain", "jan@"])
def test_what_nobody_claims_is_not_found(text: str) -> None:
    assert CATALOG.find(text) is None


def test_the_nearest_mx_domain_wins() -> None:
    assert CATALOG.find_by_mx("in1.mx.example.com.") is ONE
    assert CATALOG.find_by_mx("in1.example.com") is WILD
    assert CATALOG.find_by_mx("badexample.com") is None


def test_two_claims_of_a_domain_are_an_error_that_names_both() -> None:
    with pytest.raises(DefinitionError, match=r"provider two.*example\.com.*provider one"):
        Catalog([ONE, Provider(id="two", name="Two", domains=("example.com",))])


def test_two_claims_in_files_are_named_by_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: a\nname: A\ndomains: [a.example, shared.example]\n")
    (tmp_path / "b.yaml").write_text("id: b\nname: B\ndomains:\n  - b.example\n  - shared.example\n")
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line, problem.column) == (str(tmp_path / "b.yaml"), 5, 5)
    assert f"{tmp_path / 'a.yaml'}:3:22" in problem.found


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: a\nname: A\ndomain: [a.example]\n")
    (tmp_path / "b.yaml").write_text("id: b\nname: B\nservers: [{type: imap, hostname: b.example, port: 0}]\n")
    (tmp_path / "c.yml").write_text("id: c\nname: C\ndomains: [same.example]\n")
    (tmp_path / "d.yaml").write_text("id: d\nname: D\ndomains: [same.example]\n")
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    places = [(Path(problem.path).name, problem.line) for problem in caught.value.problems]
    assert places == [("a.yaml", 3), ("b.yaml", 3), ("d.yaml", 3)]


def test_a_folder_without_definitions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="without definitions"):
        load(tmp_path)


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="nowhere"):
        load(tmp_path / "nowhere")


def test_the_bundled_catalog_holds_the_dutch_providers_of_imap_and_pop3() -> None:
    for domain in ("xs4all.nl", "kpnmail.nl", "telfort.nl", "online.nl"):
        provider = bundled().find(domain)
        assert provider is not None
        assert {"imap", "pop3", "smtp"} <= {server.type.value for server in provider.servers}


def test_the_bundled_catalog_is_large_and_has_sources() -> None:
    assert len(bundled().providers) >= 64
    for provider in bundled().providers:
        assert provider.sources, provider.id
        assert provider.incoming, provider.id
        assert provider.outgoing, provider.id


def test_the_public_names_are_all_there() -> None:
    for name in autoconfig.__all__:
        assert getattr(autoconfig, name) is not None
    with pytest.raises(AttributeError):
        autoconfig.nothing  # noqa: B018


def test_the_definitions_that_mention_a_domain_are_enough_to_find_its_provider() -> None:
    domains = [domain.replace("*", "below") for provider in bundled().providers for domain in provider.domains]
    for domain in domains[::7]:
        assert bundled_mentioning(f"jan@{domain.upper()}.").find(domain) == bundled().find(domain)
    assert bundled_mentioning("nobody.example").find("nobody.example") is None


def _definition(folder: Path, id: str, customers: str, *, more: str = "") -> None:
    (folder / f"{id}.yaml").write_text(f"id: {id}\nname: A\ndomains: [{id}{more}]\ndomains_file: {id}.txt\n")
    (folder / f"{id}.txt").write_text(customers)


def test_a_domain_in_a_file_of_domains_finds_its_provider(tmp_path: Path) -> None:
    _definition(tmp_path, "a.example", "# ours\nshop.example\nBücher.example\n")
    _definition(tmp_path, "b.example", "other.example\nx.wild.example\n")
    (tmp_path / "c.yaml").write_text("id: c\nname: C\ndomains: ['*.wild.example']\n")
    catalog = load(tmp_path)
    for spelling, id in (
        ("jan@SHOP.example.", "a.example"),
        ("bücher.example", "a.example"),
        ("other.example", "b.example"),
        ("a.example", "a.example"),
        ("x.wild.example", "b.example"),
        ("y.wild.example", "c"),
    ):
        found = catalog.find(spelling)
        assert found is not None
        assert found.id == id
    assert catalog.find("nobody.example") is None


def test_a_domain_in_a_file_that_somebody_else_claims_is_an_error_at_its_line(tmp_path: Path) -> None:
    _definition(tmp_path, "a.example", "one.example\ntwo.example\n")
    _definition(tmp_path, "b.example", "three.example\ntwo.example\none.example\na.example\nb.example\n")
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    told = {(problem.line, problem.found) for problem in caught.value.problems}
    assert {problem.path for problem in caught.value.problems} == {f"{tmp_path}/b.example.txt"}
    assert told == {
        (2, f"two.example, which {tmp_path}/a.example.txt claims"),
        (3, f"one.example, which {tmp_path}/a.example.txt claims"),
        (4, f"a.example, which {tmp_path}/a.example.yaml:3:11 claims"),
        (5, f"b.example, which {tmp_path}/b.example.yaml:3:11 claims"),
    }


def test_mistakes_in_files_of_domains_are_told_with_all_others(tmp_path: Path) -> None:
    _definition(tmp_path, "a.example", "no domain\n")
    _definition(tmp_path, "b.example", "one.example\n", more=", 'no domain'")
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    assert [Path(problem.path).name for problem in caught.value.problems] == ["b.example.yaml", "a.example.txt"]


def test_a_file_of_domains_of_a_provider_in_memory_is_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "customers.txt").write_text("shop.example\n")
    monkeypatch.chdir(tmp_path)
    provider = Provider(id="a", name="A", domains=("a.example",), domains_file="customers.txt")
    assert Catalog([provider]).find("shop.example") is provider
