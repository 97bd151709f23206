"""What each protocol's servers offer, with TLS from the start, after STARTTLS and without, soundly and not."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from autoconfig.model import Authentication, ServerType, SocketType
from autoconfig.verification import ServerReport
from tests.support import mail_talks
from tests.support.certificates import Certificates
from tests.support.mail_talks import Manner
from tests.support.mail_wire import Wire, serving
from tests.support.verified import faults, notes, verified

TALKS: dict[ServerType, Any] = {
    ServerType.IMAP: mail_talks.imap,
    ServerType.POP3: mail_talks.pop3,
    ServerType.SMTP: mail_talks.smtp,
    ServerType.MANAGESIEVE: mail_talks.managesieve,
}
OFFERS: dict[ServerType, Any] = {
    ServerType.IMAP: lambda *names: ("LOGINDISABLED", *(f"AUTH={name}" for name in names)),
    ServerType.POP3: lambda *names: ("UIDL", f"SASL {' '.join(names)}".rstrip()),
    ServerType.SMTP: lambda *names: (f"AUTH {' '.join(names)}",) if names else ("8BITMIME",),
    ServerType.MANAGESIEVE: lambda *names: (f'"SASL" "{" ".join(names)}"',),
}
"""How a protocol announces SASL mechanisms, and no other way to log in."""

every_protocol = pytest.mark.parametrize("type", list(TALKS))
LOGIN = (mail_talks.USER, mail_talks.SECRET)


def with_tls(type: ServerType, certificates: Certificates, *offered: str, **options: Any) -> ServerReport:
    talk = partial(TALKS[type], manner=Manner(secured=OFFERS[type](*offered)), secured=True)
    with serving(talk, tls=certificates.sound) as served:
        return verified(type, served.port, certificates, **options)


def with_starttls(type: ServerType, manner: Manner, certificates: Certificates, **options: Any) -> ServerReport:
    with serving(partial(TALKS[type], manner=manner)) as served:
        return verified(type, served.port, certificates, socket_type=SocketType.STARTTLS, **options)


@every_protocol
def test_a_sound_server_with_tls_has_no_fault(type: ServerType, certificates: Certificates) -> None:
    report = with_tls(type, certificates, "PLAIN")
    assert faults(report) == []
    assert report.is_sound
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)
    assert report.address == "127.0.0.1"
    assert report.tls is not None
    assert report.tls.version == "TLSv1.3"
    assert report.tls.trusted
    assert report.tls.issuer == "Loopback Trust"
    assert report.tls.days_left is not None
    assert report.tls.days_left > 100


@every_protocol
def test_a_sound_server_with_starttls_has_no_fault(type: ServerType, certificates: Certificates) -> None:
    manner = Manner(clear=OFFERS[type](), secured=OFFERS[type]("PLAIN", "SCRAM-SHA-256"), tls=certificates.sound)
    report = with_starttls(type, manner, certificates)
    assert faults(report) == []
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT, Authentication.PASSWORD_ENCRYPTED)
    assert notes(report).count("authentication-undeclared") == 1


@every_protocol
def test_missing_starttls_is_an_error_and_the_talk_ends_there(type: ServerType, certificates: Certificates) -> None:
    manner = Manner(clear=OFFERS[type]("CRAM-MD5"))
    report = with_starttls(type, manner, certificates, login=LOGIN)
    assert faults(report) == ["starttls-missing"]
    assert report.logged_in is None


@every_protocol
def test_starttls_that_is_offered_and_refused_is_an_error(type: ServerType, certificates: Certificates) -> None:
    manner = Manner(clear=OFFERS[type](), tls=certificates.sound, starttls_works=False)
    assert faults(with_starttls(type, manner, certificates)) == ["starttls-refused"]


@every_protocol
def test_a_response_injected_before_tls_is_an_error(type: ServerType, certificates: Certificates) -> None:
    manner = Manner(clear=OFFERS[type](), tls=certificates.sound, injection=b"* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n")
    report = with_starttls(type, manner, certificates)
    assert faults(report) == ["starttls-injection"]
    assert report.offered == ()


@every_protocol
def test_cleartext_login_before_starttls_is_a_warning(type: ServerType, certificates: Certificates) -> None:
    plain = OFFERS[type]("PLAIN")
    report = with_starttls(type, Manner(clear=plain, secured=plain, tls=certificates.sound), certificates)
    assert faults(report) == ["cleartext-login"]
    assert report.is_sound


@every_protocol
def test_a_plain_server_is_told_to_be_unencrypted(type: ServerType, certificates: Certificates) -> None:
    with serving(partial(TALKS[type], manner=Manner(clear=OFFERS[type]("PLAIN")))) as served:
        report = verified(type, served.port, certificates, socket_type=SocketType.PLAIN, login=LOGIN)
        assert mail_talks.SECRET not in " ".join(served.heard)
        assert not any("AUTH " in line or line.startswith(("AUTHENTICATE", "USER")) for line in served.heard)
    assert faults(report) == ["unencrypted", "login-not-tried"]


@every_protocol
def test_a_plain_server_that_offers_starttls_is_worth_a_hint(type: ServerType, certificates: Certificates) -> None:
    manner = Manner(clear=OFFERS[type]("PLAIN"), tls=certificates.sound)
    with serving(partial(TALKS[type], manner=manner)) as served:
        report = verified(type, served.port, certificates, socket_type=SocketType.PLAIN)
    assert faults(report) == ["unencrypted", "starttls-unused"]


@every_protocol
def test_declared_authentication_that_is_not_offered_is_an_error(type: ServerType, certificates: Certificates) -> None:
    report = with_tls(type, certificates, "SCRAM-SHA-1", authentication=(Authentication.OAUTH2,))
    assert faults(report) == ["authentication-missing"]
    assert "offers password-encrypted" in report.findings[0].text


@every_protocol
def test_one_of_two_declared_ways_missing_is_a_warning(type: ServerType, certificates: Certificates) -> None:
    both = (Authentication.OAUTH2, Authentication.PASSWORD_CLEARTEXT)
    report = with_tls(type, certificates, "PLAIN", authentication=both)
    assert faults(report) == ["authentication-partly-missing"]


@every_protocol
@pytest.mark.parametrize(("user", "is_right"), [(mail_talks.USER, True), ("piet@example.com", False)])
def test_a_login_is_tried_over_verified_tls(
    type: ServerType, user: str, is_right: bool, certificates: Certificates
) -> None:
    report = with_tls(type, certificates, "PLAIN", login=(user, mail_talks.SECRET))
    assert report.logged_in is is_right
    assert faults(report) == ([] if is_right else ["login-refused"])


@every_protocol
def test_no_login_goes_to_a_server_whose_certificate_is_refused(type: ServerType, certificates: Certificates) -> None:
    talk = partial(TALKS[type], manner=Manner(secured=OFFERS[type]("PLAIN")), secured=True)
    with serving(talk, tls=certificates.other_host) as served:
        report = verified(type, served.port, certificates, login=LOGIN)
        assert not any("AUTH" in line for line in served.heard)
    assert faults(report) == ["certificate-of-other-host", "login-not-tried"]
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)
    assert report.logged_in is None


@pytest.mark.parametrize(
    ("type", "offer"), [(ServerType.IMAP, ("IDLE",)), (ServerType.POP3, ("USER",))], ids=["imap", "pop3"]
)
def test_a_login_by_the_commands_of_the_protocol_itself(
    type: ServerType, offer: tuple[str, ...], certificates: Certificates
) -> None:
    with serving(partial(TALKS[type], manner=Manner(secured=offer), secured=True), tls=certificates.sound) as served:
        report = verified(type, served.port, certificates, login=LOGIN)
    assert report.logged_in is True
    assert report.offered == (Authentication.PASSWORD_CLEARTEXT,)


def test_an_smtp_server_without_auth_is_no_submission_server(certificates: Certificates) -> None:
    assert faults(with_tls(ServerType.SMTP, certificates)) == ["submission-without-auth"]


def test_an_smtp_server_without_auth_is_sound_where_the_address_decides(certificates: Certificates) -> None:
    report = with_tls(ServerType.SMTP, certificates, authentication=(Authentication.CLIENT_IP_ADDRESS,))
    assert faults(report) == []


def test_no_mail_is_ever_begun(certificates: Certificates) -> None:
    manner = Manner(clear=("8BITMIME",), secured=("AUTH PLAIN",), tls=certificates.sound)
    with serving(partial(mail_talks.smtp, manner=manner)) as served:
        verified(ServerType.SMTP, served.port, certificates, socket_type=SocketType.STARTTLS)
        commands = [line.partition(" ")[0] for line in served.heard]
    assert commands in (["EHLO", "STARTTLS", "EHLO", "QUIT"], ["EHLO", "STARTTLS", "EHLO"])


def test_imap_keeps_mail_on_the_server_and_pop3_does_not(certificates: Certificates) -> None:
    assert with_tls(ServerType.IMAP, certificates, "PLAIN").mail_stays is True
    report = with_tls(ServerType.POP3, certificates, "PLAIN")
    assert report.mail_stays is False
    assert notes(report) == ["mail-removed"]


def test_a_pop3_server_without_capa_cannot_be_compared(certificates: Certificates) -> None:
    with serving(partial(mail_talks.pop3, manner=Manner()), tls=certificates.sound) as served:
        report = verified(ServerType.POP3, served.port, certificates)
    assert faults(report) == []
    assert "authentication-unknown" in notes(report)


def test_apop_is_an_encrypted_password(certificates: Certificates) -> None:
    talk = partial(mail_talks.pop3, manner=Manner(secured=("UIDL",)), secured=True, stamp="<1.2@example.com>")
    with serving(talk, tls=certificates.sound) as served:
        report = verified(
            ServerType.POP3, served.port, certificates, authentication=(Authentication.PASSWORD_ENCRYPTED,)
        )
    assert faults(report) == []


def test_preauth_before_tls_is_an_error(certificates: Certificates) -> None:
    with serving(lambda wire: wire.say("* PREAUTH welcome")) as served:
        report = verified(ServerType.IMAP, served.port, certificates, socket_type=SocketType.STARTTLS)
    assert faults(report) == ["preauthenticated"]


@pytest.mark.parametrize(
    ("type", "greeting"),
    [
        (ServerType.IMAP, "* BYE go away"),
        (ServerType.POP3, "-ERR go away"),
        (ServerType.SMTP, "554 go away"),
        (ServerType.MANAGESIEVE, 'BYE "go away"'),
    ],
)
def test_a_server_that_turns_clients_away(type: ServerType, greeting: str, certificates: Certificates) -> None:
    with serving(lambda wire: wire.say(greeting), tls=certificates.sound) as served:
        report = verified(type, served.port, certificates)
    assert faults(report) == ["turned-away"]
    assert "go away" in report.findings[0].text


@pytest.mark.parametrize("type", list(TALKS))
@pytest.mark.parametrize("speaks", list(TALKS))
def test_another_protocol_on_the_port_is_told(type: ServerType, speaks: ServerType, certificates: Certificates) -> None:
    def talk(wire: Wire) -> None:
        TALKS[speaks](wire, Manner(secured=OFFERS[speaks]("PLAIN")), secured=True)

    with serving(talk, tls=certificates.sound) as served:
        report = verified(type, served.port, certificates)
    assert faults(report) == ([] if type is speaks else ["wrong-protocol"])
