"""The recipes of docs/server.md, run as they stand there: against SQLite, and against a real slapd."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from falcon.testing import TestClient
from sqlalchemy import create_engine, text

from autoconfig.formats import outlook
from autoconfig.server import create_app
from autoconfig.server.usernames import Lookup, function
from tests.support import slapd
from tests.support.serving import CATALOG, OUTLOOK_2016, serving

PAGE = Path(__file__).parents[2] / "docs" / "server.md"


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The modules of the page, in a folder where Python finds them."""
    for name, code in re.findall(r"```python\n# (\w+)\.py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("ldap_logins", "sql_logins", "site_wsgi"):
        sys.modules.pop(name, None)


def logins(lookup: Lookup, address: str) -> set[str | None]:
    client = TestClient(create_app(CATALOG, usernames=lookup))
    answer = client.simulate_post("/autodiscover/autodiscover.xml", body=OUTLOOK_2016.format(address=address))
    return {server.username for server in outlook.parse(answer.content).servers}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/users.sqlite"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (address TEXT PRIMARY KEY, login TEXT)"))
        connection.execute(
            text("INSERT INTO users VALUES ('jan@example.com', 'u4711'), ('x''--@example.com', 'u4712')")
        )
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def close(module: ModuleType) -> None:
    module.ENGINE.dispose()


def test_sql(recipes: Path, database: str) -> None:
    lookup = function("sql_logins:username")
    assert logins(lookup, "Jan@example.com") == {"u4711"}
    assert logins(lookup, "x'--@example.com") == {"u4712"}
    assert logins(lookup, "' OR ''='@example.com".replace(" ", "")) == {"'OR''='@example.com"}
    close(import_module("sql_logins"))


def test_sql_under_the_running_server(recipes: Path, database: str) -> None:
    environment = {"PYTHONPATH": str(recipes), "DATABASE_URL": database}
    with serving(recipes, "--workers", "2", "--usernames", "sql_logins:username", environment=environment) as server:
        for _ in range(5):
            _, body = server.get("/mail/config-v1.1.xml?emailaddress=jan@example.com")
            assert b"<username>u4711</username>" in body
        _, body = server.get("/mail/config-v1.1.xml?emailaddress=piet@example.com")
    assert b"<username>piet@example.com</username>" in body


@pytest.mark.real
@pytest.mark.skipif(not Path(slapd.PROGRAM).exists(), reason="slapd is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pyasn1", "ignore::DeprecationWarning:ldap3")
def test_ldap(recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with slapd.running(tmp_path) as url:
        monkeypatch.setenv("LDAP_URL", url)
        lookup = function("ldap_logins:username")
        assert logins(lookup, "jan@example.com") == {"u4711"}
        assert logins(lookup, "(*)@example.com") == {"u4712"}
        for stranger in ("piet@example.com", "*@example.com", "*)(uid=u4711@example.com"):
            assert logins(lookup, stranger) == {stranger}


def test_the_application_for_other_servers(recipes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = recipes / "site_wsgi.py"
    definitions = Path(__file__).parents[2] / "isp_data" / "xs4all.nl.yaml"
    source.write_text(source.read_text().replace("/etc/autoconfig", str(definitions)))
    application = import_module("site_wsgi").application
    answer = TestClient(application).simulate_get("/mail/config-v1.1.xml", headers={"Host": "autoconfig.xs4all.nl"})
    assert answer.status_code == 200
