"""The file names of pages are safe, and each provider has its own."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from autoconfig.site.pages.paths import file_name, file_names
from autoconfig.site.servers.routes import PAGE_PATTERN


def test_a_page_is_named_after_its_provider() -> None:
    assert file_names(["xs4all.nl", "gmail.com"]) == ["xs4all.nl.html", "gmail.com.html"]


def test_providers_that_share_an_id_have_pages_of_their_own() -> None:
    names = ["a.html", "a-2.html", "A-3.html", "a-2-2.html"]
    assert file_names(["a", "a", "A", "a-2"]) == names


def test_no_page_takes_the_place_of_the_list() -> None:
    assert file_names(["index", "INDEX"]) == ["index-2.html", "INDEX-3.html"]


@given(st.lists(st.one_of(st.text(max_size=20), st.from_regex(r"[a-cA-C./-]{1,4}"), st.text(min_size=250))))
def test_any_ids_give_names_that_web_servers_serve(ids: list[str]) -> None:
    names = file_names(ids)
    assert len({name.lower() for name in names}) == len(ids)
    for name in names:
        assert re.search(PAGE_PATTERN, f"/pages/en/{name}")
        assert len(name.encode()) <= 255


def test_an_id_without_a_usable_character_still_has_a_page() -> None:
    assert file_name("../…") == "provider.html"
