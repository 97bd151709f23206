"""What is written for each web server, and what is refused."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from autoconfig.errors import SiteError
from autoconfig.formats import FORMATS
from autoconfig.site.servers import SERVERS, configuration

ROOT = "/srv/autoconfig"
every_snippet = pytest.mark.parametrize("server", ["nginx", "apache", "caddy"])


def written(server: str, **options: object) -> dict[str, str]:
    files = configuration(server, **{"root": ROOT, "pages": False} | options)  # type: ignore[arg-type]
    return {file.path: file.data.decode() for file in files}


@every_snippet
def test_every_file_stands_below_server(server: str) -> None:
    files = written(server, layout="shared", homes=[("example.com", "example")])
    assert files
    assert all(path.startswith("server/") for path in files)


@every_snippet
def test_the_same_input_gives_the_same_bytes(server: str) -> None:
    assert written(server, pages=True) == written(server, pages=True)


@every_snippet
def test_the_configuration_does_not_grow_with_the_domains(server: str) -> None:
    few, many = (
        written(server, layout="shared", homes=((f"{number}.example.com", "one") for number in range(count)))
        for count in (10, 99)
    )
    grown = [path for path in few if len(few[path]) < len(many[path])]
    assert [path for path in grown if "homes" in path] == grown


@every_snippet
def test_homes_are_read_one_after_the_other(server: str) -> None:
    """A million of them take little more than the file does: a pair of strings alone would be four times as large."""
    homes = ((f"{number}.example.com", f"{number}.example") for number in range(20_000))
    tracemalloc.start()
    try:
        files = list(configuration(server, root=ROOT, pages=False, layout="shared", homes=homes))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000 + 3 * max(len(file.data) for file in files)


@pytest.mark.parametrize("server", ["nginx", "apache", "caddy"])
@pytest.mark.parametrize(
    "root", ["srv", "", "./srv", "/a\nb", "/a\x00b", "/a*", "/a?b", "/a[b]", "/a{b}", "/a\\b", "/\udcff"]
)
def test_a_root_that_a_server_would_misread_is_refused(server: str, root: str) -> None:
    with pytest.raises(SiteError, match="root"):
        written(server, root=root)


@every_snippet
@pytest.mark.parametrize("domain", ["EXAMPLE.com", "bücher.example", "a b", "x;", "*.example.com", ""])
def test_a_domain_that_is_no_host_name_is_refused(server: str, domain: str) -> None:
    with pytest.raises(SiteError, match="A-labels"):
        written(server, layout="shared", homes=[(domain, "example")])


@every_snippet
@pytest.mark.parametrize("home", ["", "..", ".git", "a/b", "a b", 'a"', "a\n", "$a", "é"])
def test_a_home_that_is_no_folder_name_is_refused(server: str, home: str) -> None:
    with pytest.raises(SiteError, match="at home"):
        written(server, layout="shared", homes=[("example.com", home)])


def test_an_unknown_server_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(SiteError, match="allowed: nginx, apache, caddy, static"):
        written("iis")


def uploads(*paths: str) -> list[dict[str, object]]:
    (text,) = written("static", paths=paths).values()
    loaded: list[dict[str, object]] = json.loads(text)
    return loaded


def test_the_upload_list_has_every_document_with_its_headers_and_urls() -> None:
    paths = [path.format(domain="mail") for format in FORMATS.values() for path in format.paths]
    listed = {entry["path"]: entry for entry in uploads(*paths)}
    assert listed.keys() == set(paths)
    for format in FORMATS.values():
        for path in format.paths:
            entry = listed[path.format(domain="mail")]
            assert (entry["content_type"], entry["cache_control"]) == (format.media_type, "max-age=3600")
    assert listed["domains/mail/mail/config-v1.1.xml"]["urls"] == [
        "mail/mail/config-v1.1.xml",
        "autoconfig.mail/mail/config-v1.1.xml",
        "autodiscover.mail/mail/config-v1.1.xml",
        "ua-auto-config.mail/mail/config-v1.1.xml",
    ]
    assert listed["ispdb/mail"]["urls"] == ["/ispdb/mail"]


def test_the_upload_list_has_the_letter_cases_that_outlook_uses() -> None:
    (entry,) = uploads("domains/example.com/autodiscover/autodiscover.xml")
    urls = entry["urls"]
    assert isinstance(urls, list)
    assert [url for url in urls if url.startswith("autodiscover.example.com/")] == [
        "autodiscover.example.com/autodiscover/autodiscover.xml",
        "autodiscover.example.com/Autodiscover/Autodiscover.xml",
        "autodiscover.example.com/AutoDiscover/AutoDiscover.xml",
    ]


def test_the_upload_list_has_pages_of_any_host() -> None:
    index, page = uploads("pages/index.html", "pages/nl/example.com.html")
    assert index["urls"] == ["/pages/index.html", "/pages/"]
    assert page["urls"] == ["/pages/nl/example.com.html"]
    assert page["content_type"] == "text/html; charset=utf-8"


def test_the_upload_list_leaves_out_what_is_not_public() -> None:
    assert uploads("manifest.json", "dns/example.com.zone", "server/upload.json", "domains/example.com/other") == []


def test_an_object_store_cannot_share_a_folder() -> None:
    with pytest.raises(SiteError, match="--layout domains"):
        written("static", layout="shared")


def test_every_server_that_is_named_can_be_written() -> None:
    assert all(written(server) for server in SERVERS)
