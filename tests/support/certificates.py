"""Certificates for servers on loopback, sound ones and each kind of unsound one."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HOST = "mail.example.com"


class Certificates:
    """An authority and what it issues; `ca_file` is what a client trusts. The files live in `folder`."""

    def __init__(self, folder: Path, host: str = HOST) -> None:
        self.folder = folder
        self.host = host
        self.authority = trustme.CA(organization_name="Loopback Trust")
        self.ca_file = str(folder / "ca.pem")
        self.authority.cert_pem.write_to_path(self.ca_file)

    @cached_property
    def sound(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert(self.host))

    @cached_property
    def expired(self) -> ssl.SSLContext:
        return self.lasting(days=-1)

    @cached_property
    def other_host(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("other.example.net"))

    @cached_property
    def stranger(self) -> ssl.SSLContext:
        return self._context(trustme.CA().issue_cert(self.host))

    @cached_property
    def self_signed(self) -> ssl.SSLContext:
        return self._load(self_signed(ec.generate_private_key(ec.SECP256R1())))

    @cached_property
    def weak(self) -> ssl.SSLContext:
        """An RSA key of 1024 bits, issued by the authority."""
        return self._load(self.issue(rsa.generate_private_key(65537, 1024)))

    def lasting(self, *, days: int, since: int = 365) -> ssl.SSLContext:
        """A certificate issued `since` days ago that expires in `days` and an hour."""
        return self._context(self._issue(days, since))

    def pem(self, *, days: int = 90, host: str | None = None) -> bytes:
        """A certificate and its key, for a server that is a program of its own."""
        leaf = self._issue(days, 365, host)
        return leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes()

    def _issue(self, days: int, since: int, host: str | None = None) -> trustme.LeafCert:
        now = datetime.now(UTC)
        issued, expires = now - timedelta(days=since), now + timedelta(days=days, hours=1)
        return self.authority.issue_cert(host or self.host, not_before=issued, not_after=expires)

    def issue(self, key: rsa.RSAPrivateKey) -> bytes:
        """A certificate of the authority for a key of one's own, and the key, as PEM."""
        ca_certificate = x509.load_pem_x509_certificate(self.authority.cert_pem.bytes())
        ca_key = serialization.load_pem_private_key(self.authority.private_key_pem.bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        return _signed(key, ca_certificate.subject, ca_key)

    def _context(self, certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def _load(self, pem: bytes) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".pem") as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(file.name)
        return context


def self_signed(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate signed by its own key, and the key, as PEM."""
    return _signed(key, _name(HOST), key)


def _signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(HOST))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + private


def _name(host: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
