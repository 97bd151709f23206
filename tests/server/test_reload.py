"""Definitions that change: switched to when valid, told in `/healthz` when not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from falcon.testing import TestClient

from autoconfig.catalog import load
from autoconfig.server import create_app
from autoconfig.server.reload import Reloader
from tests.support.serving import DEFINITION


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "First")
    return tmp_path


def write(folder: Path, name: str) -> None:
    (folder / "example.com.yaml").write_text(DEFINITION.format(name=name))


def started(path: Path) -> tuple[TestClient, Reloader]:
    app = create_app(load(path))
    return TestClient(app), Reloader(path, app.live)


def name(client: TestClient) -> str:
    text = client.simulate_get("/mail/config-v1.1.xml", headers={"Host": "example.com"}).text
    return text.partition("<displayName>")[2].partition("<")[0]


def test_a_valid_change_is_switched_to(folder: Path) -> None:
    client, reloader = started(folder)
    assert name(client) == "First"
    write(folder, "Second")
    reloader.reload()
    assert name(client) == "Second"
    assert client.simulate_get("/healthz").json["status"] == "ok"


@pytest.mark.parametrize("text", ["id: [", "", "id: example.com\nname: x\ndomains: [example.com]\nservers: 7\n"])
def test_an_invalid_change_is_told_and_the_old_goes_on(
    folder: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, reloader = started(folder)
    (folder / "example.com.yaml").write_text(text)
    with caplog.at_level(logging.ERROR):
        reloader.reload()
    assert name(client) == "First"
    health = client.simulate_get("/healthz").json
    assert health["status"] == "stale"
    assert "example.com.yaml" in health["error"]
    assert health["error"] in caplog.text
    assert "autoconfig_reload_failed 1.0" in client.simulate_get("/metrics").text
    write(folder, "Third")
    reloader.reload()
    assert name(client) == "Third"
    assert client.simulate_get("/healthz").json["error"] is None


def test_a_folder_that_goes_away_is_told(folder: Path) -> None:
    client, reloader = started(folder)
    (folder / "example.com.yaml").unlink()
    folder.rmdir()
    reloader.reload()
    assert name(client) == "First"
    assert client.simulate_get("/healthz").json["status"] == "stale"


@pytest.mark.parametrize("as_file", [True, False])
def test_a_change_counts_when_it_is_over(folder: Path, as_file: bool) -> None:
    _, reloader = started(folder / "example.com.yaml" if as_file else folder)
    assert not reloader.has_settled()
    write(folder, "Second one")
    assert [reloader.has_settled(), reloader.has_settled()] == [False, True]
    reloader.reload()
    assert not reloader.has_settled()


def test_a_new_file_counts_and_so_does_a_removed_one(folder: Path) -> None:
    _, reloader = started(folder)
    for change in ((folder / "new.yaml").touch, (folder / "new.yaml").unlink):
        change()
        assert [reloader.has_settled(), reloader.has_settled()] == [False, True]
        reloader.reload()


def test_what_changed_before_the_start_is_loaded_at_the_start(folder: Path) -> None:
    client, reloader = started(folder)
    write(folder, "While it started")
    reloader.start()
    while name(client) == "First":
        pass
    assert name(client) == "While it started"
