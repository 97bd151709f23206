"""Regular expressions written out as domains, agreeing with what Python's own engine makes of them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.formats.databases.patterns import MOST_DOMAINS, PatternError, expand


@pytest.mark.parametrize(
    ("pattern", "domains"),
    [
        ("example.com", ["example.com"]),
        (r"example\.com", ["example.com"]),
        (r"^example\.com$", ["example.com"]),
        (r" Example\.COM ", ["example.com"]),
        (r"bücher\.example", ["xn--bcher-kva.example"]),
        (r"ex-ample\.co\.uk", ["ex-ample.co.uk"]),
        (r"example\.(com|net)", ["example.com", "example.net"]),
        (r"example\.(?:com|co\.(?:uk|jp))", ["example.com", "example.co.uk", "example.co.jp"]),
        (r"a\.com|b\.com", ["a.com", "b.com"]),
        (r"(mail\.)?example\.com", ["example.com", "mail.example.com"]),
        (r"examples?\.com", ["example.com", "examples.com"]),
        (r"mx[12a]\.example\.com", ["mx1.example.com", "mx2.example.com", "mxa.example.com"]),
        (r"mx[1-3]\.example\.com", ["mx1.example.com", "mx2.example.com", "mx3.example.com"]),
        (r"example[.]com", ["example.com"]),
        (r"mx\d\.example\.com", [f"mx{digit}.example.com" for digit in range(10)]),
        (r".*\.example\.com", ["*.example.com"]),
        (r".+\.example\.com", ["*.example.com"]),
        (r"(.*\.)?example\.com", ["example.com", "*.example.com"]),
        (r".*\.example\.(com|net)", ["*.example.com", "*.example.net"]),
    ],
)
def test_a_list_of_domains_is_written_out(pattern: str, domains: list[str]) -> None:
    expansion = expand(pattern)
    assert list(expansion.domains) == domains
    assert not expansion.narrowed


def test_anything_right_before_a_label_is_meant_as_the_domain_and_all_below() -> None:
    expansion = expand(r".*example\.com")
    assert expansion.domains == ("example.com", "*.example.com")
    assert expansion.narrowed


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"example\..*", "more domains than can be listed"),
        (r"example-.*\.com", "more domains than can be listed"),
        (r".*", "is not a domain"),
        (r".*\.com", "every domain in com"),
        (r"[a-z][a-z]\.example", "more than 100"),
        (r"\d\d\d\.example", "more than 100"),
        ("(" + "|".join(f"a{number}" for number in range(101)) + r")\.example", "more than 100"),
        (r"a+\.example", "repeats something"),
        (r"a*\.example", "repeats something"),
        (r"a{2}\.example", "repeats something"),
        (r"(a|b)*\.example", "repeats something"),
        (r"\w\.example", r"\\w"),
        (r"(?!a)b\.example", "looks ahead"),
        (r"[^a]\.example", r"'\^'"),
        (r"[b-a]\.example", "list nothing"),
        (r"[]\.example", "list nothing"),
        (r"(a\.example", "leaves a bracket open"),
        (r"a)\.example", "closes a bracket"),
        (r"[a", "ends too early"),
        ("a\\", "ends too early"),
        (r"a@b\.example", "'@'"),
        ("", "is not a domain"),
        (r"a\.example|", "is not a domain"),
        ("(" * 900 + "a" + ")" * 900, "nest too deeply"),
        ("a" * 3000, "longer than"),
        ("(a|b)" * 100, "more than 100"),
        ("(a?)" * 200, "more than 100"),
    ],
)
def test_what_is_no_such_list_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        expand(pattern)


def test_exactly_as_many_as_allowed_are_written_out() -> None:
    assert len(expand(r"\d\d\.example").domains) == MOST_DOMAINS


PIECES = st.recursive(
    st.sampled_from(["a", "b", "c1", "x-y", r"\.d", "[ab]", "[0-3]", r"\d"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
        | inner.map("(?:{})?".format)
    ),
    max_leaves=8,
)


@given(PIECES.map(lambda piece: rf"m{piece}z\.example"))
def test_each_domain_written_out_matches_the_pattern(pattern: str) -> None:
    with suppress(PatternError):
        domains = expand(pattern).domains
        assert domains
        assert all(re.fullmatch(pattern, domain) for domain in domains)


@given(st.text(alphabet=r"ab.*+?()[]{}|\^$d-1é ", max_size=60) | st.text())
def test_any_text_is_written_out_or_refused(pattern: str) -> None:
    with suppress(PatternError):
        assert 1 <= len(expand(pattern).domains) <= 2 * MOST_DOMAINS
