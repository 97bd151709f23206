"""Linting files: places, suppressions, broken definitions, dead pages, and the formats that findings are written in."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from autoconfig.catalog import bundled_path
from autoconfig.checks import BY_ID, LintFinding, lint, page, sarif
from autoconfig.checks.online import dead_pages
from autoconfig.errors import AutoconfigError
from autoconfig.verification import Severity
from tests.support.certificates import HOST, Certificates
from tests.support.mail_wire import FixedNames, Wire, serving

TODAY = date(2026, 6, 15)
DEFINITION = """\
id: example.com
name: Example
domains: [example.com]
servers:
  - {type: imap, hostname: imap.example.com}
  - {type: smtp, hostname: smtp.example.com, socket_type: STARTTLS}
  - {type: smtp, hostname: smtp.example.com, port: 25, socket_type: plain}
documentation:
  - {url: "http://mail.example.com/help"}
"""
PLACES = [
    ("starttls-only", 6, 59),
    ("relay-port", 7, 52),
    ("cleartext", 7, 69),
    ("http-page", 9, 11),
    ("no-sources", 1, 1),
]
DOCS = Path(__file__).parent.parent.parent / "docs"


def findings_of(folder: Path, text: str, name: str = "example.com.yaml") -> tuple[LintFinding, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    return lint([folder], today=TODAY)


def test_findings_point_at_line_and_column(tmp_path: Path) -> None:
    found = findings_of(tmp_path, DEFINITION)
    assert sorted((finding.rule, finding.line, finding.column) for finding in found) == sorted(PLACES)
    assert [finding.line for finding in found] == sorted(finding.line for finding in found)
    assert str(found[1]).startswith(f"{tmp_path}/example.com.yaml:6:59: note: smtp with STARTTLS only; ")


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_suppression_with_a_reason_leaves_the_rest_where_it_is(tmp_path: Path, place: str) -> None:
    key = "lint:\n  cleartext: an old machine, until 2027\n  relay-port: the same\n"
    head, servers, tail = DEFINITION.partition("documentation:")
    texts = {
        "first": "# first\n" + key + DEFINITION,
        "middle": head + key + servers + tail,
        "last": DEFINITION + key,
    }
    text = texts[place]
    found = findings_of(tmp_path, text)
    assert {finding.rule: finding.suppressed for finding in found} == {
        "starttls-only": None,
        "relay-port": "the same",
        "cleartext": "an old machine, until 2027",
        "http-page": None,
        "no-sources": None,
    }
    lines = text.splitlines()
    assert all("http:" in lines[finding.line - 1] for finding in found if finding.rule == "http-page")


def test_a_suppression_without_use_is_told_at_its_place(tmp_path: Path) -> None:
    found = findings_of(tmp_path, DEFINITION + "lint:\n  no-imap: not so\n  no-such-rule: typo\n")
    unused = [(finding.line, finding.column, finding.text) for finding in found if finding.rule == "unused-suppression"]
    assert unused == [(11, 3, "no-imap has nothing to say here"), (12, 3, "there is no rule 'no-such-rule'")]


def test_a_suppression_in_use_is_not_told_to_be_unused(tmp_path: Path) -> None:
    found = findings_of(tmp_path, DEFINITION + "lint: {cleartext: known}\n")
    assert "unused-suppression" not in {finding.rule for finding in found}


@pytest.mark.parametrize("key", ["lint: [cleartext]", "lint: {cleartext: }", "lint: {cleartext: {a: b}}"])
def test_a_suppression_without_a_reason_is_an_error(tmp_path: Path, key: str) -> None:
    (found,) = findings_of(tmp_path, f"{DEFINITION}{key}\n")
    assert found.rule == "invalid-definition"
    assert found.line == 10


def test_a_broken_definition_is_a_finding_for_each_mistake(tmp_path: Path) -> None:
    found = findings_of(tmp_path, DEFINITION.replace("port: 25", "port: 70000").replace("name:", "nam:"))
    assert {2, 7} <= {finding.line for finding in found}
    assert {finding.rule for finding in found} == {"invalid-definition"}


def test_sound_definitions_next_to_a_broken_one_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("id: [", encoding="utf-8")
    assert {finding.rule for finding in findings_of(tmp_path, DEFINITION)} > {"invalid-definition", "cleartext"}


def test_a_file_that_is_named_twice_is_checked_once(tmp_path: Path) -> None:
    once = findings_of(tmp_path, DEFINITION)
    assert lint([tmp_path, tmp_path / "example.com.yaml"], today=TODAY) == once


def test_the_bundled_definitions_hold_no_error() -> None:
    assert [str(finding) for finding in lint([bundled_path()]) if finding.severity is Severity.ERROR] == []


def answer(wire: Wire) -> None:
    """Pages by their path: /200 is there, and so on; /to/200 redirects there."""
    path = wire.hear().split()[1]
    if path.startswith("/to"):
        wire.say("HTTP/1.1 302 There", f"Location: {path.removeprefix('/to')}", "")
    else:
        wire.say(f"HTTP/1.1 {path[1:]} So", "Content-Length: 0", "")


def test_dead_pages_are_told_and_the_others_are_not(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    paths = ("/200", "/403", "/404", "/410", "/500", "/to/200", "/to/404", "/to/to/to/to/to/to/to/200")
    with serving(answer, tls=certificates.sound) as served:
        urls = [f"https://{HOST}:{served.port}{path}" for path in paths]
        dead = dead_pages([*urls, "https://nowhere.test/"], resolver=FixedNames(), ca_file=certificates.ca_file)
    reasons = {url.rpartition(f":{served.port}")[2]: reason for url, reason in dead.items()}
    assert list(reasons) == [
        "/404",
        "/410",
        "/500",
        "/to/404",
        "/to/to/to/to/to/to/to/200",
        "https://nowhere.test/",
    ]
    assert reasons["/404"] == reasons["/to/404"] == "status 404"


def test_a_dead_page_is_a_finding_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DEFINITION, encoding="utf-8")
    with serving(answer) as served:
        text = DEFINITION.replace("mail.example.com/help", f"mail.example.com:{served.port}/404")
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        found = lint([tmp_path], today=TODAY, dead_pages=lambda urls: dead_pages(urls, resolver=FixedNames()))
    assert [(finding.line, finding.column) for finding in found if finding.rule == "dead-page"] == [(9, 11)]


def test_a_living_page_is_no_finding(tmp_path: Path) -> None:
    with serving(answer) as served:
        text = DEFINITION.replace("mail.example.com/help", f"mail.example.com:{served.port}/200")
        (tmp_path / "a.yaml").write_text(text + "lint: {dead-page: flaky}\n", encoding="utf-8")
        found = lint([tmp_path], today=TODAY, dead_pages=lambda urls: dead_pages(urls, resolver=FixedNames()))
        offline = lint([tmp_path], today=TODAY)
    assert "dead-page" not in {finding.rule for finding in found}
    assert "unused-suppression" in {finding.rule for finding in found}
    assert "unused-suppression" not in {finding.rule for finding in offline}


def test_without_a_network_there_is_one_error() -> None:
    with pytest.raises(AutoconfigError, match="none of 9 pages"):
        dead_pages([f"https://{number}.test/" for number in range(9)], resolver=FixedNames({}))


def test_sarif_names_rules_and_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = findings_of(tmp_path, DEFINITION + "lint: {relay-port: known}\n", "with space.yaml")
    document = json.loads(sarif.render(found))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(BY_ID)
    for result, finding in zip(run["results"], found, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "with%20space.yaml"
        assert place["region"] == {"startLine": finding.line, "startColumn": finding.column}
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [result["ruleId"] for result in suppressed] == ["relay-port"]
    assert suppressed[0]["suppressions"] == [{"kind": "inSource", "justification": "known"}]


def test_the_page_in_docs_is_the_one_that_the_table_gives() -> None:
    assert (DOCS / "lint.md").read_bytes() == page.render()


def test_the_page_tells_of_every_rule() -> None:
    text = page.render().decode()
    assert all(f"\n### {id}\n" in text and rule.remedy in text for id, rule in BY_ID.items())
