"""An audit of a domain whose servers are a real Dovecot and a real Postfix, sound ones and weak ones."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from autoconfig.model import SocketType
from tests.support import dovecot, postfix
from tests.support.audited import IMAP, PROVIDER, SMTP, Estate
from tests.support.certificates import Certificates
from tests.support.internet import DOMAIN

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed"),
    pytest.mark.skipif(
        os.getuid() != 0 or not Path(postfix.PROGRAM).exists(),
        reason="Postfix is not installed, or not started by root",
    ),
    pytest.mark.xdist_group("real-mail-servers"),
]
IMAP_ADDRESS = "127.0.0.6"  # not our own 127.0.0.1, from where Dovecot takes passwords without TLS too
PLAIN_TLS = {"smtpd_tls_wrappermode": "yes", "smtpd_tls_security_level": "encrypt"}
BOTH = replace(
    PROVIDER,
    servers=(
        IMAP,
        replace(IMAP, socket_type=SocketType.STARTTLS, port=143),
        SMTP,
        replace(SMTP, socket_type=SocketType.STARTTLS, port=587),
    ),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the servers' own users may enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="autoconfig-audit-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextmanager
def served(estate: Estate, folder: Path, *, needs_tls: bool, submission: Mapping[str, str]) -> Iterator[None]:
    """The domain with Dovecot and Postfix as its servers, each with TLS from the start and with STARTTLS."""
    estate.without(f"_imap._tcp.{DOMAIN}", f"_submission._tcp.{DOMAIN}")
    estate.publish(BOTH)
    estate.without(f"imap.{DOMAIN}")
    estate.record(f"imap.{DOMAIN}. A {IMAP_ADDRESS}")
    pems = {name: _pem(estate, folder, name) for name in ("imap", "smtp")}
    for name in ("dovecot", "postfix"):
        (folder / name).mkdir(mode=0o755)
    services = {"tls": PLAIN_TLS, "starttls": submission}
    with (
        dovecot.running(folder / "dovecot", {IMAP_ADDRESS: pems["imap"]}, needs_tls=needs_tls) as imap,
        postfix.running(folder / "postfix", pems["smtp"], imap.auth_socket, services) as smtp,
    ):
        estate.ports |= {143: imap.clear["imap"], 993: imap.tls["imap"], 587: smtp["starttls"], 465: smtp["tls"]}
        yield


def _pem(estate: Estate, folder: Path, name: str) -> Path:
    certificates = Certificates(folder)
    certificates.authority = estate.internet.web.authority
    path = folder / f"{name}.pem"
    path.write_bytes(certificates.pem(host=f"{name}.{DOMAIN}"))
    return path


def test_sound_servers_are_passed_over(estate: Estate, folder: Path) -> None:
    with served(estate, folder, needs_tls=True, submission={}):
        estate.define(BOTH)
        assert list(map(str, estate.audit().findings)) == []


def test_passwords_taken_before_tls_are_told_with_the_settings_that_refuse_them(estate: Estate, folder: Path) -> None:
    with served(estate, folder, needs_tls=False, submission={"smtpd_tls_auth_only": "no"}):
        findings = estate.audit().findings
    assert [finding.rule for finding in findings] == ["server-weak", "server-weak"]
    assert all("[cleartext-login]" in finding.text for finding in findings)
    assert "disable_plaintext_auth = yes" in findings[0].remedy
    assert "smtpd_tls_auth_only = yes" in findings[1].remedy
