"""Signed profiles: `openssl` accepts what is signed here, and what others sign is read here."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.errors import ParseError
from autoconfig.formats import apple, cms
from tests.support.samples import BARE, RICH

real = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
DOCUMENT = apple.render(RICH)
PEM = serialization.Encoding.PEM

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Key = SigningKey | ed25519.Ed25519PrivateKey


class Signer(msgspec.Struct, frozen=True):
    """A certificate with its key and the chain above it, in PEM, and the root that ends the chain."""

    certificate: bytes
    key: bytes
    chain: bytes
    root: bytes


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: Key, password: bytes | None = None) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, protection)


def _signer(key: Key) -> Signer:
    root_key, intermediate_key = _ec(), _ec()
    root = _certificate("root", root_key, "root", root_key, is_authority=True)
    intermediate = _certificate("intermediate", intermediate_key, "root", root_key, is_authority=True)
    leaf = _certificate("example.com", key, "intermediate", intermediate_key, is_authority=False)
    return Signer(leaf, _key_pem(key), intermediate, root)


def _certificate(subject: str, key: Key, issuer: str, issuer_key: SigningKey, *, is_authority: bool) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module")
def signer() -> Signer:
    return _signer(_rsa())


def _sign(signer: Signer) -> bytes:
    return apple.sign(DOCUMENT, signer.certificate, signer.key, signer.chain)


def test_a_signed_profile_is_read_like_the_profile(signer: Signer) -> None:
    signed = _sign(signer)
    assert cms.content(signed, "apple") == DOCUMENT
    assert apple.read(signed) == apple.read(DOCUMENT)
    assert apple.recognises(signed)


def _verify(signed: bytes, root: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    root_file = folder / "root.pem"
    root_file.write_bytes(root)
    arguments = ["openssl", "cms", "-verify", "-inform", "DER", "-CAfile", str(root_file), "-purpose", "any"]
    return subprocess.run(arguments, input=signed, capture_output=True, check=False)


class TestRealOpenssl:
    pytestmark = real

    @pytest.mark.parametrize("make_key", [_rsa, _ec])
    def test_openssl_verifies_the_signature_and_finds_the_profile(
        self, make_key: Callable[[], Key], tmp_path: Path
    ) -> None:
        signer = _signer(make_key())
        verified = _verify(_sign(signer), signer.root, tmp_path)
        assert verified.returncode == 0, verified.stderr
        assert verified.stdout == DOCUMENT

    def test_the_digest_is_sha_256(self, signer: Signer) -> None:
        arguments = ["openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER"]
        shown = subprocess.run(arguments, input=_sign(signer), capture_output=True, check=True)
        assert "digestAlgorithms: algorithm: sha256 (" in " ".join(shown.stdout.decode().split())

    def test_openssl_refuses_a_profile_that_was_changed_after_signing(self, signer: Signer, tmp_path: Path) -> None:
        signed = _sign(signer)
        assert signed.count(b"imap.example.com") == 1
        assert _verify(signed.replace(b"imap.example.com", b"imap.example.org"), signer.root, tmp_path).returncode != 0

    def test_a_full_chain_may_come_with_the_certificate(self, signer: Signer, tmp_path: Path) -> None:
        signed = apple.sign(DOCUMENT, signer.certificate + signer.chain, signer.key)
        assert _verify(signed, signer.root, tmp_path).stdout == DOCUMENT

    def test_without_the_chain_the_signature_does_not_verify(self, signer: Signer, tmp_path: Path) -> None:
        signed = apple.sign(DOCUMENT, signer.certificate, signer.key)
        assert _verify(signed, signer.root, tmp_path).returncode != 0

    @pytest.mark.parametrize("options", [["-nodetach"], ["-nodetach", "-stream"]])
    def test_what_openssl_signed_is_read(self, options: list[str], signer: Signer, tmp_path: Path) -> None:
        signed = self._signed_by_openssl(options, signer, tmp_path)
        assert cms.content(signed, "apple") == DOCUMENT

    def test_a_detached_signature_has_no_profile_in_it(self, signer: Signer, tmp_path: Path) -> None:
        with pytest.raises(ParseError, match="no signed document"):
            apple.parse(self._signed_by_openssl([], signer, tmp_path))

    @staticmethod
    def _signed_by_openssl(options: list[str], signer: Signer, folder: Path) -> bytes:
        signer_file = folder / "signer.pem"
        signer_file.write_bytes(signer.certificate + signer.key)
        arguments = ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-signer", str(signer_file)]
        return subprocess.run([*arguments, *options], input=DOCUMENT, capture_output=True, check=True).stdout


def test_a_key_of_another_certificate_is_refused(signer: Signer) -> None:
    other = _key_pem(_ec())
    with pytest.raises(apple.SigningError, match="the key is not that of the certificate of CN=example"):
        apple.sign(DOCUMENT, signer.certificate, other, signer.chain)


def test_a_key_with_a_password_is_refused() -> None:
    key = _ec()
    with pytest.raises(apple.SigningError, match="the key has a password"):
        apple.sign(DOCUMENT, _signer(key).certificate, _key_pem(key, b"secret"))


def test_a_kind_of_key_that_cms_has_not_is_refused() -> None:
    signer = _signer(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(apple.SigningError, match="expected an RSA or EC key"):
        _sign(signer)


@pytest.mark.parametrize("part", ["certificate", "key", "chain"])
def test_what_is_not_pem_is_refused_by_name(part: str, signer: Signer) -> None:
    broken = msgspec.structs.replace(signer, **{part: b"-----BEGIN NOTHING-----"})
    with pytest.raises(apple.SigningError, match=f"the {part} is not in PEM"):
        _sign(broken)


def test_every_cut_of_a_signed_profile_is_refused(signer: Signer) -> None:
    signed = apple.sign(apple.render(BARE), signer.certificate, signer.key)
    end = signed.index(b"</plist>")
    for length in range(0, end, 7):
        with pytest.raises(ParseError):
            apple.parse(signed[:length])


HEAD = bytes.fromhex(
    "3080 0609 2a864886f70d010702 a080 3080 020101 3100 3080 0609 2a864886f70d010701 a080".replace(" ", "")
)


def test_content_in_chunks_is_joined() -> None:
    assert cms.content(HEAD + bytes.fromhex("2480 0402 6162 0401 63 0000"), "apple") == b"abc"
    assert cms.content(HEAD + bytes.fromhex("2407 0402 6162 0401 63"), "apple") == b"abc"


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "04",
        "0480",
        "04 85 0000000001",
        "04 84 ffffffff",
        "24 80 0401",
        "24 80 24800000",
        "24 02 0402 6162 00",
        "05 00",
    ],
)
def test_broken_content_is_refused(tail: str) -> None:
    with pytest.raises(ParseError):
        apple.parse(HEAD + bytes.fromhex(tail))


@given(st.data())
def test_a_damaged_envelope_gives_bytes_or_a_parse_error(data: st.DataObject) -> None:
    signed = bytearray(HEAD + bytes.fromhex("2480 0402 6162 0401 63 0000"))
    for _ in range(data.draw(st.integers(1, 4))):
        signed[data.draw(st.integers(0, len(signed) - 1))] = data.draw(st.integers(0, 255))
    try:
        content = cms.content(bytes(signed), "apple")
    except ParseError:
        return
    assert len(content) <= len(signed)
