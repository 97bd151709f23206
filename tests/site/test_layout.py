"""The shared layout: a folder for each provider, and a map that tells which domain is at home where."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.errors import SiteError
from autoconfig.site import Layout
from tests.support.killed_builds import tree_of
from tests.support.samples import BARE, RICH


def _tree(tmp_path: Path, catalog: Catalog, layout: Layout) -> dict[str, bytes | str]:
    site.build(site.plan(catalog, layout=layout), tmp_path / layout)
    return tree_of(tmp_path / layout)


def test_every_document_of_a_domain_is_in_its_home(tmp_path: Path) -> None:
    other = replace(BARE, id="other", domains=("other.example",))
    catalog = Catalog([RICH, other])
    shared, apart = (_tree(tmp_path, catalog, layout) for layout in (Layout.SHARED, Layout.DOMAINS))
    lines = (tmp_path / "shared/homes.txt").read_text().splitlines()
    homes = dict(line.split(" ") for line in lines)
    assert list(homes) == ["example.com", "example.net", "mx.example.com", "other.example"]
    for domain, key in homes.items():
        own = {path.removeprefix(f"domains/{domain}/"): data for path, data in apart.items() if f"s/{domain}/" in path}
        at_home = {
            path.removeprefix(f"providers/{key}/").replace(f"{key}.mobile", f"{domain}.mobile"): data
            for path, data in shared.items()
            if path.startswith(f"providers/{key}/")
        }
        assert own == at_home
    assert {path.split("/")[0] for path in shared} == {"providers", "dns", "homes.txt", "manifest.json"}
    assert {path for path in shared if path.startswith("dns/")} == {"dns/example.com.zone", "dns/other.zone"}


def test_a_file_of_domains_adds_to_the_map_alone(tmp_path: Path) -> None:
    path = tmp_path / "customers.txt"
    path.write_text("shop.test\n")
    one, other = (
        _tree(tmp_path / str(number), Catalog([replace(BARE, domains_file=file)]), Layout.SHARED)
        for number, file in enumerate((None, str(path)))
    )
    assert {name for name in one if one[name] != other[name]} == {"homes.txt", "manifest.json"}
    assert one.keys() == other.keys()
    assert other["homes.txt"] == b"example.com example.com\nshop.test example.com\n"


def test_keys_are_folder_names_unlike_all_others() -> None:
    ids = ["same", "Same", "same", "../a b", "", "same-mx"]
    catalog = Catalog(
        [replace(BARE, id=id, domains=(f"d{number}.test",)) for number, id in enumerate(ids)]
        + [replace(BARE, id="same", domains=("e.test",), mx_domains=("mx.e.test",))]
    )
    plan = site.plan(catalog, layout=Layout.SHARED)
    keys = [home.key for home in plan.homes]
    assert keys == ["same", "Same-2", "same-3", "a-b", "provider", "same-mx", "same-4", "same-mx-2"]


def test_a_key_does_not_depend_on_what_is_chosen() -> None:
    catalog = Catalog([replace(BARE, id=id, domains=(domain,)) for id, domain in (("a", "a.test"), ("A", "b.test"))])
    assert [home.key for home in site.plan(catalog, providers=["A"], layout=Layout.SHARED).homes] == ["A-2"]


@pytest.mark.parametrize("domain", ["../../etc", "a/b", "A.example", "a..b", ""])
def test_a_domain_that_could_lead_out_of_the_site_is_refused(domain: str) -> None:
    with pytest.raises(SiteError, match="allowed: a domain as A-labels"):
        site.plan(Catalog([replace(BARE, domains=(domain,))]))
