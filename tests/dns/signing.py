"""Signed zones for the in-process DNS server, made with dnspython."""

from __future__ import annotations

import time

import dns.dnssec
import dns.name
import dns.rdataset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY

_APEX = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 300\n@ NS ns\n"
DAY = 86400


class SignedZone:
    """A zone signed by one key (ECDSA P-256) with NSEC records; `ds` is what its parent, or an anchor, says of it."""

    def __init__(self, origin: str, records: str, *, begins: float = -DAY, ends: float = DAY) -> None:
        self.name = dns.name.from_text(origin)
        self._secret = ec.generate_private_key(ec.SECP256R1())
        self.key: DNSKEY = dns.dnssec.make_dnskey(self._secret.public_key(), Algorithm.ECDSAP256SHA256, flags=257)
        self.zone = dns.zone.from_text(_APEX + records + "\n", self.name, relativize=False)
        now = time.time()
        dns.dnssec.sign_zone(
            self.zone,
            keys=[(self._secret, self.key)],
            inception=now + begins,
            expiration=now + ends,
            dnskey_ttl=300,
        )

    @property
    def ds(self) -> str:
        """The DS record, as in a zone file."""
        return f"{self.name} 300 IN DS {dns.dnssec.make_ds(self.name, self.key, 'SHA256')}"

    def without(self, name: str, rdtype: RdataType, covers: RdataType = RdataType.TYPE0) -> SignedZone:
        """Take a set of records out, as an attacker would."""
        self.zone.delete_rdataset(dns.name.from_text(name, self.name), rdtype, covers)
        return self

    def altered(self, name: str, old: str, new: str) -> SignedZone:
        """Change the SRV records at a name after they were signed."""
        owner = dns.name.from_text(name, self.name)
        changed = self.zone.find_rdataset(owner, RdataType.SRV).to_text(relativize=False).replace(old, new)
        lines = [line.split("SRV ", 1)[1] for line in changed.splitlines()]
        self.zone.replace_rdataset(owner, dns.rdataset.from_text("IN", "SRV", 300, *lines))
        return self
