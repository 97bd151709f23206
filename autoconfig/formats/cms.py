"""CMS SignedData (RFC 5652, section 5): signing a document, and taking it out of its signature again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoconfig.errors import AutoconfigError, ParseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

_SEQUENCE, _SET, _INTEGER, _OBJECT_IDENTIFIER, _EXPLICIT_0 = 0x30, 0x31, 0x02, 0x06, 0xA0
_OCTET_STRING, _CHUNKED_OCTET_STRING, _END_OF_CONTENTS = 0x04, 0x24, 0x00
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_INDEFINITE = 0x80
_LONGEST_LENGTH = 4  # octets


class SigningError(AutoconfigError, ValueError):
    """A certificate, key or chain that nothing can be signed with."""


def sign(document: bytes, certificate: bytes, key: bytes, chain: bytes = b"") -> bytes:
    """Sign a document; the result is DER and holds the document, with SHA-256 as digest.

    A signature holds the time of signing, so the same document signed twice gives different bytes.

    Args:
        document: what to sign, byte for byte.
        certificate: the signer's, in PEM; certificates after the first count as chain.
        key: the certificate's RSA or EC key, in PEM without a password.
        chain: the certificates between it and a root that devices trust, in PEM and any order.

    Raises:
        SigningError: what is given cannot be read or does not belong together, or the extra `apple` is missing.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
    except ImportError as error:
        raise SigningError("signing needs the extra `apple`: pip install 'mail-autoconfig[apple]'") from error

    signer, *intermediates = _certificates(certificate, "certificate")
    if chain.strip():
        intermediates += _certificates(chain, "chain")
    private_key = _private_key(key)
    try:
        if private_key.public_key() != signer.public_key():
            raise SigningError(f"the key is not that of the certificate of {signer.subject.rfc4514_string()}")
        builder = PKCS7SignatureBuilder().set_data(document)
        builder = builder.add_signer(signer, private_key, SHA256())  # type: ignore[arg-type]
        for intermediate in intermediates:
            builder = builder.add_certificate(intermediate)
        return builder.sign(Encoding.DER, [PKCS7Options.Binary])
    except SigningError:
        raise
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{error}: expected an RSA or EC key") from error


def _certificates(pem: bytes, what: str) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise SigningError(f"the {what} is not in PEM: {error}") from error


def _private_key(pem: bytes) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise SigningError("the key has a password: give one without") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"the key is not in PEM: {error}") from error


def looks_signed(data: bytes) -> bool:
    """Tell whether the data begins like CMS SignedData in DER or BER, which no text does."""
    return data[:1] == bytes([_SEQUENCE]) and _SIGNED_DATA in data[:32]


def content(data: bytes, format: str) -> bytes:
    """Take the document out of SignedData, in DER or in BER as streaming signers write it.

    The signature is not verified: whether its signer is trusted is for the device to tell, or for `openssl cms
    -verify` with the right roots.

    Raises:
        ParseError: the data is not SignedData, or its content is not attached.
    """
    try:
        return _Octets(data).signed_content()
    except _BrokenError as error:
        raise ParseError(format, f"no signed document: {error} in its CMS envelope") from None


class _BrokenError(Exception):
    """Octets that are not what they should be."""


class _Octets:
    """A walk along BER (X.690, section 8): into some elements, past others, and never back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def signed_content(self) -> bytes:
        self.enter(_SEQUENCE)
        if self.take(_OBJECT_IDENTIFIER) != _SIGNED_DATA:
            raise _BrokenError("another content type")
        self.enter(_EXPLICIT_0)
        self.enter(_SEQUENCE)
        self.take(_INTEGER)
        self.take(_SET)
        self.enter(_SEQUENCE)
        self.take(_OBJECT_IDENTIFIER)
        self.enter(_EXPLICIT_0)
        if self.peek() == _OCTET_STRING:
            return self.take(_OCTET_STRING)
        length = self.enter(_CHUNKED_OCTET_STRING)
        chunks = []
        if length is None:
            while self.peek() != _END_OF_CONTENTS:
                chunks.append(self.take(_OCTET_STRING))
        else:
            end = self.at + length
            while self.at < end:
                chunks.append(self.take(_OCTET_STRING))
        return b"".join(chunks)

    def take(self, tag: int) -> bytes:
        """The contents of the element here, which is passed."""
        length = self.enter(tag)
        if length is None:
            raise _BrokenError("an element without length")
        self.at += length
        return self.data[self.at - length : self.at]

    def enter(self, tag: int) -> int | None:
        """Step to the contents of the element here; their length, or None if their end is marked instead."""
        if self.octet() != tag:
            raise _BrokenError(f"the tag 0x{self.data[self.at - 1]:02x} instead of 0x{tag:02x}")
        length = self.octet()
        if length == _INDEFINITE:
            return None
        if length > _INDEFINITE:
            width = length - _INDEFINITE
            if width > _LONGEST_LENGTH:
                raise _BrokenError("an element of absurd length")
            length = int.from_bytes(bytes(self.octet() for _ in range(width)), "big")
        if self.at + length > len(self.data):
            raise _BrokenError("an element beyond the end")
        return length

    def octet(self) -> int:
        octet = self.peek()
        self.at += 1
        return octet

    def peek(self) -> int:
        if self.at >= len(self.data):
            raise _BrokenError("a premature end")
        return self.data[self.at]
