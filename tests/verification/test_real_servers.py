"""What Dovecot and Postfix offer, and each fault planted in their configuration, found by talking to them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from autoconfig.model import Authentication, Server, ServerType, SocketType
from autoconfig.verification import ServerReport
from tests.support import dovecot, postfix
from tests.support.certificates import HOST, Certificates, self_signed
from tests.support.dovecot import SECRET, USER, Dovecot
from tests.support.mail_wire import FixedNames
from tests.support.verified import faults, notes, verified_server

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed"),
    pytest.mark.xdist_group("real-mail-servers"),
]
needs_postfix = pytest.mark.skipif(
    os.getuid() != 0 or not Path(postfix.PROGRAM).exists(), reason="Postfix is not installed, or not started by root"
)
PROTOCOLS = ("imap", "pop3", "managesieve", "smtp")
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

EXPIRED, OTHER_HOST, STRANGER, SELF_SIGNED = (f"127.0.0.{number}" for number in range(2, 6))
SOUND = "127.0.0.6"  # not our own 127.0.0.1, from where Dovecot takes passwords without TLS too
PLAIN_TLS = {"smtpd_tls_wrappermode": "yes", "smtpd_tls_security_level": "encrypt"}
SERVICES = {
    "starttls": {},
    "tls": PLAIN_TLS,
    "no-tls": {"smtpd_tls_security_level": "none", "smtpd_tls_auth_only": "no"},
    "early-auth": {"smtpd_tls_auth_only": "no"},
    "no-auth": {**PLAIN_TLS, "smtpd_sasl_auth_enable": "no"},
    "old-tls": {**PLAIN_TLS, "smtpd_tls_mandatory_protocols": ">=TLSv1,<=TLSv1.1"},
    "turned-away": {**PLAIN_TLS, "smtpd_delay_reject": "no", "smtpd_client_restrictions": "reject"},
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the servers' own users may enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="autoconfig-mail-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def pems(folder: Path, certificates: Certificates) -> dict[str, Path]:
    """Certificate and key of each kind in a file."""
    others = {
        EXPIRED: certificates.pem(days=-1),
        OTHER_HOST: certificates.pem(host="other.example.net"),
        STRANGER: Certificates(folder).pem(),
        SELF_SIGNED: self_signed(ec.generate_private_key(ec.SECP256R1())),
        SOUND: certificates.pem(),
    }
    paths = {}
    for name, pem in others.items():
        paths[name] = folder / f"{name}.pem"
        paths[name].write_bytes(pem)
    return paths


def subfolder(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir(mode=0o755)
    return path


@pytest.fixture(scope="module")
def good(folder: Path, pems: dict[str, Path]) -> Iterator[Dovecot]:
    with dovecot.running(subfolder(folder, "good"), pems) as server:
        yield server


@pytest.fixture(scope="module")
def bad(folder: Path, pems: dict[str, Path]) -> Iterator[Dovecot]:
    """No TLS at all, passwords in clear text, and a mechanism that nobody declared."""
    path = subfolder(folder, "bad")
    with dovecot.running(path, {SOUND: pems[SOUND]}, ssl="no", needs_tls=False, mechanisms="plain cram-md5") as server:
        yield server


@pytest.fixture(scope="module")
def smtp(folder: Path, pems: dict[str, Path], good: Dovecot) -> Iterator[dict[str, int]]:
    with postfix.running(subfolder(folder, "postfix"), pems[SOUND], good.auth_socket, SERVICES) as ports:
        yield ports


def verified_at(
    port: int,
    certificates: Certificates,
    protocol: str = "smtp",
    *,
    socket_type: SocketType = SocketType.SSL,
    address: str = SOUND,
    authentication: tuple[Authentication, ...] = (Authentication.PASSWORD_CLEARTEXT,),
    login: tuple[str, str] | None = None,
) -> ServerReport:
    server = Server(
        type=ServerType(protocol), hostname=HOST, port=port, socket_type=socket_type, authentication=authentication
    )
    return verified_server(server, certificates, login=login, resolver=FixedNames({HOST: [address]}))


@every_protocol
def test_dovecot_with_tls_is_sound_and_takes_the_login(
    protocol: str, good: Dovecot, certificates: Certificates
) -> None:
    report = verified_at(good.tls[protocol], certificates, protocol, login=(USER, SECRET))
    assert faults(report) == []
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)
    assert report.logged_in is True
    assert report.tls is not None
    assert report.tls.version == "TLSv1.3"


@every_protocol
def test_dovecot_with_starttls_is_sound_and_refuses_a_wrong_password(
    protocol: str, good: Dovecot, certificates: Certificates
) -> None:
    report = verified_at(
        good.clear[protocol], certificates, protocol, socket_type=SocketType.STARTTLS, login=(USER, "wrong")
    )
    assert faults(report) == ["login-refused"]
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)


@every_protocol
@pytest.mark.parametrize(
    ("address", "fault"),
    [
        (EXPIRED, "certificate-expired"),
        (OTHER_HOST, "certificate-of-other-host"),
        (STRANGER, "certificate-untrusted"),
        (SELF_SIGNED, "certificate-self-signed"),
    ],
)
def test_dovecot_with_a_certificate_that_clients_refuse(
    protocol: str, address: str, fault: str, good: Dovecot, certificates: Certificates
) -> None:
    report = verified_at(good.tls[protocol], certificates, protocol, address=address, login=(USER, SECRET))
    assert faults(report) == [fault, "login-not-tried"]
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)


@every_protocol
def test_dovecot_without_starttls(protocol: str, bad: Dovecot, certificates: Certificates) -> None:
    report = verified_at(bad.clear[protocol], certificates, protocol, socket_type=SocketType.STARTTLS)
    assert faults(report) == ["cleartext-login", "starttls-missing"]


@every_protocol
def test_dovecot_in_clear_text_with_a_mechanism_that_is_not_declared(
    protocol: str, bad: Dovecot, certificates: Certificates
) -> None:
    report = verified_at(bad.clear[protocol], certificates, protocol, socket_type=SocketType.PLAIN)
    assert faults(report) == ["unencrypted"]
    assert "authentication-undeclared" in notes(report)
    assert set(report.offered) == {Authentication.PASSWORD_CLEARTEXT, Authentication.PASSWORD_ENCRYPTED}


@every_protocol
def test_dovecot_without_the_declared_mechanism(protocol: str, good: Dovecot, certificates: Certificates) -> None:
    report = verified_at(good.tls[protocol], certificates, protocol, authentication=(Authentication.OAUTH2,))
    assert faults(report) == ["authentication-missing"]


@every_protocol
def test_tls_on_dovecots_port_for_starttls(protocol: str, good: Dovecot, certificates: Certificates) -> None:
    assert faults(verified_at(good.clear[protocol], certificates, protocol)) == ["tls-absent"]


@needs_postfix
@pytest.mark.parametrize(("service", "socket_type"), [("tls", SocketType.SSL), ("starttls", SocketType.STARTTLS)])
def test_postfix_is_sound_and_takes_the_login_of_dovecot(
    service: str, socket_type: SocketType, smtp: dict[str, int], certificates: Certificates
) -> None:
    report = verified_at(
        smtp[service], certificates, address="127.0.0.1", socket_type=socket_type, login=(USER, SECRET)
    )
    assert faults(report) == []
    assert report.logged_in is True
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)
    assert any(word.startswith("SIZE ") for word in report.capabilities)


@needs_postfix
@pytest.mark.parametrize(
    ("service", "socket_type", "expected"),
    [
        ("no-tls", SocketType.STARTTLS, ["cleartext-login", "starttls-missing"]),
        ("early-auth", SocketType.STARTTLS, ["cleartext-login"]),
        ("no-auth", SocketType.SSL, ["submission-without-auth"]),
        ("old-tls", SocketType.SSL, ["tls-too-old"]),
        ("turned-away", SocketType.SSL, ["turned-away"]),
        ("starttls", SocketType.SSL, ["tls-absent"]),
    ],
)
def test_postfix_with_a_planted_fault(
    service: str, socket_type: SocketType, expected: list[str], smtp: dict[str, int], certificates: Certificates
) -> None:
    assert faults(verified_at(smtp[service], certificates, address="127.0.0.1", socket_type=socket_type)) == expected
