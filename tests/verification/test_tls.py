"""What is told of certificates and TLS versions."""

from __future__ import annotations

import ssl
from functools import partial
from pathlib import Path

import pytest
import trustme

from autoconfig.model import Authentication, ServerType, SocketType
from autoconfig.verification import ServerReport
from tests.support import mail_talks
from tests.support.certificates import Certificates
from tests.support.mail_talks import Manner
from tests.support.mail_wire import serving
from tests.support.verified import faults, verified

OFFER = ("LOGINDISABLED", "AUTH=PLAIN")


def behind(context: ssl.SSLContext, certificates: Certificates) -> ServerReport:
    with serving(partial(mail_talks.imap, manner=Manner(secured=OFFER), secured=True), tls=context) as served:
        return verified(ServerType.IMAP, served.port, certificates)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("expired", "certificate-expired"),
        ("other_host", "certificate-of-other-host"),
        ("stranger", "certificate-untrusted"),
        ("self_signed", "certificate-self-signed"),
        ("weak", "certificate-weak"),
    ],
)
def test_a_refused_certificate_is_one_error_and_the_rest_is_still_examined(
    kind: str, fault: str, certificates: Certificates
) -> None:
    report = behind(getattr(certificates, kind), certificates)
    assert faults(report) == [fault]
    assert report.tls is not None
    assert not report.tls.trusted
    assert report.tls.issuer is None
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)


def test_a_refused_certificate_after_starttls_is_told_too(certificates: Certificates) -> None:
    manner = Manner(clear=("LOGINDISABLED",), secured=("LOGINDISABLED",), tls=certificates.expired)
    with serving(partial(mail_talks.imap, manner=manner)) as served:
        report = verified(ServerType.IMAP, served.port, certificates, socket_type=SocketType.STARTTLS)
    assert faults(report) == ["certificate-expired", "authentication-missing"]


def test_a_certificate_that_is_not_valid_yet(certificates: Certificates) -> None:
    assert faults(behind(certificates.lasting(days=30, since=-1), certificates)) == ["certificate-not-yet-valid"]


@pytest.mark.parametrize(
    ("days", "since", "is_soon"),
    [(13, 77, True), (15, 75, False), (5, 1, False), (0, 6, True)],
    ids=["renewal overdue", "in time", "a certificate of six days, new", "one of six days, old"],
)
def test_a_certificate_that_expires_soon(days: int, since: int, is_soon: bool, certificates: Certificates) -> None:
    report = behind(certificates.lasting(days=days, since=since), certificates)
    assert faults(report) == (["certificate-expires-soon"] if is_soon else [])
    assert report.tls is not None
    assert report.tls.days_left == days


def test_tls_that_is_too_old(certificates: Certificates) -> None:
    context = certificates.lasting(days=90)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert faults(behind(context, certificates)) == ["tls-too-old"]


def test_ciphers_without_forward_secrecy_are_too_weak_for_us(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.authority.issue_cert("mail.example.com", key_type=trustme.KeyType.RSA).configure_cert(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-GCM-SHA384")
    assert faults(behind(context, certificates)) == ["tls-too-old"]
