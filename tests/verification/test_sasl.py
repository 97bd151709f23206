"""SASL mechanisms in Mozilla's words."""

from __future__ import annotations

import pytest

from autoconfig.model import Authentication
from autoconfig.verification import sasl


@pytest.mark.parametrize(
    ("mechanism", "word"),
    [
        ("PLAIN", "password-cleartext"),
        ("login", "password-cleartext"),
        ("CRAM-MD5", "password-encrypted"),
        ("SCRAM-SHA-256-PLUS", "password-encrypted"),
        ("XOAUTH2", "OAuth2"),
        ("OAUTHBEARER", "OAuth2"),
        ("GSSAPI", "GSSAPI"),
        ("NTLM", "NTLM"),
        ("EXTERNAL", "TLS-client-cert"),
        ("X-OF-OUR-OWN", None),
    ],
)
def test_each_mechanism_has_a_word_or_none(mechanism: str, word: str | None) -> None:
    assert sasl.word(mechanism) == word


def test_words_come_once_in_the_order_of_the_server() -> None:
    assert sasl.words(["XOAUTH2", "PLAIN", "LOGIN", "OAUTHBEARER"]) == (
        Authentication.OAUTH2,
        Authentication.PASSWORD_CLEARTEXT,
    )


def test_a_declared_mechanism_needs_exactly_that_one() -> None:
    assert sasl.is_offered(Authentication.SASL_SCRAM_SHA_256, ["scram-sha-256"])
    assert not sasl.is_offered(Authentication.SASL_SCRAM_SHA_256, ["SCRAM-SHA-1"])


def test_every_declared_mechanism_of_the_vocabulary_has_a_word() -> None:
    declared = [method for method in Authentication if method.startswith("SASL ")]
    assert all(sasl.word(method.removeprefix("SASL ")) for method in declared)


def test_what_a_server_does_not_announce_is_not_missed() -> None:
    assert sasl.is_offered(Authentication.CLIENT_IP_ADDRESS, [])
    assert sasl.is_offered(Authentication.TLS_CLIENT_CERT, [])
    assert not sasl.is_offered(Authentication.GSSAPI, ["PLAIN"])
