"""DNSSEC validation (RFC 4035, RFC 5155) on dnspython's signatures: from a trust anchor down to the answer.

Every answer is secure, insecure (there is a proof that its zone is not signed, or no anchor above it) or bogus.

Limits. Keys and delegations are fetched from the same name servers, which must hand on signatures; no other server is
tried when an answer is bogus. Anchors are not renewed (RFC 5011): the root's are built in. Zones signed by RSA with
SHA-1 only (RFC 9905), by DSA or GOST count as unsigned, as do those with more than 100 NSEC3 iterations (RFC 9276).
What lies in an opt-out span is insecure. Signatures over a DNAME vouch for the CNAMEs that follow from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec

import msgspec
from dns.dnssec import make_ds, validate_rrsig
from dns.dnssectypes import Algorithm, DSDigest
from dns.exception import DeniedByPolicy, DNSException, UnsupportedAlgorithm, ValidationFailure
from dns.message import ChainingResult, Message
from dns.name import Name
from dns.rcode import Rcode
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rrset import RRset, from_rdata_list
from dns.zonefile import read_rrsets

from autoconfig.dns.answers import NoAnswerError, Trouble, Verdict
from autoconfig.dns.denial import Denial, Nsec3Denial, NsecDenial, Proof

ROOT_ANCHORS = """
. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
"""
"""The root's key-signing keys of 2017 and 2024 (data.iana.org/root-anchors)."""

_DIGESTS = frozenset({DSDigest.SHA256, DSDigest.SHA384})
_ALGORITHMS = frozenset(
    {
        Algorithm.RSASHA256,
        Algorithm.RSASHA512,
        Algorithm.ECDSAP256SHA256,
        Algorithm.ECDSAP384SHA384,
        Algorithm.ED25519,
        Algorithm.ED448,
    }
)
_MOST_SIGNATURES = 8  # of one set of records that are tried, and _MOST_KEYS of one zone: CVE-2023-50387
_MOST_KEYS = 32
_LONGEST_MEMORY = 3600  # seconds for which the keys of a zone are kept
_MOST_ZONES = 10_000

Query = Callable[[Name, RdataType, float], Message]


class _Zone(msgspec.Struct, frozen=True):
    """A zone with its validated keys; without keys it is proven to be unsigned. `expiry` is a monotonic time."""

    name: Name
    keys: RRset | None
    expiry: float


class Validator:
    """Judges answers. Safe for threads.

    Args:
        query: how keys and delegations are asked for, with signatures.
        anchors: DS and DNSKEY records of one or more zones, as in a zone file; by default the root's.

    Raises:
        ModuleNotFoundError: the extra `dnssec` is not installed.
        ValueError: the anchors are something else.
    """

    def __init__(self, query: Query, anchors: str | None = None) -> None:
        if find_spec("cryptography") is None:
            raise ModuleNotFoundError("DNSSEC validation needs cryptography: pip install 'mail-autoconfig[dnssec]'")
        self._query = query
        self._anchors = _read_anchors(ROOT_ANCHORS if anchors is None else anchors)
        self._zones: dict[Name, _Zone] = {}

    def judge(self, response: Message, chain: ChainingResult, deadline: float) -> Verdict:
        """Tell what is proven of an answer and of the CNAMEs that lead to it.

        Raises:
            NoAnswerError: it is bogus, or the keys cannot be had.
        """
        verdict = Verdict(secure=True)
        links = [*chain.cnames, chain.answer] if chain.answer is not None else chain.cnames
        for link in links:
            verdict &= self._judge_records(response, link, deadline)
        missing = response.rcode() == Rcode.NXDOMAIN
        if missing or not links:
            rdtype = response.question[0].rdtype
            verdict &= self._judge_absence(response, chain.canonical_name, rdtype, missing, deadline)
        return verdict

    def _judge_records(self, response: Message, records: RRset, deadline: float) -> Verdict:
        signatures = _signatures(response.answer, records)
        if not signatures:
            dname = _dname_behind(response, records)
            if dname is not None:
                return self._judge_records(response, dname, deadline)
        zone = self._signing_zone(records.name, signatures, deadline)
        if zone.keys is None:
            return Verdict(secure=False)
        signature = _verify(records, signatures, zone)
        verdict = Verdict(secure=True, ttl=_seconds_left(signature))
        encloser = _wildcard_parent(records.name, signature)
        if encloser is None:
            return verdict
        denial = _denial(response, zone)
        if denial is None or not denial.allows_wildcard(records.name, encloser):
            raise _bogus(f"nothing proves that {records.name} may come from a wildcard")
        return verdict & Verdict(secure=True, wildcard=True)

    def _judge_absence(
        self, response: Message, name: Name, rdtype: RdataType, missing: bool, deadline: float
    ) -> Verdict:
        signatures = [
            signature
            for rrset in response.authority
            if rrset.rdtype == RdataType.RRSIG and rrset.covers in (RdataType.NSEC, RdataType.NSEC3)
            for signature in _as_signatures(rrset)
        ]
        zone = self._signing_zone(name, signatures, deadline)
        if zone.keys is None:
            return Verdict(secure=False)
        denial = _denial(response, zone)
        proof = denial.proof(name, rdtype) if denial is not None else Proof.NOTHING
        if proof is Proof.UNSIGNED:
            return Verdict(secure=False)
        if proof is not (Proof.NO_NAME if missing else Proof.NO_RECORDS):
            raise _bogus(f"nothing proves that {name} has no {RdataType.to_text(rdtype)} record")
        return Verdict(secure=True, ttl=min(map(_seconds_left, signatures)))

    def _signing_zone(self, name: Name, signatures: Sequence[RRSIG], deadline: float) -> _Zone:
        """The zone that should have signed records of a name, by its own word where that can be believed."""
        anchor = self._anchor_above(name)
        if anchor is None:
            return _Zone(name, None, 0.0)
        signers = {signature.signer for signature in signatures}
        within = [signer for signer in signers if name.is_subdomain(signer) and signer.is_subdomain(anchor)]
        for signer in within[:2]:
            zone = self._zone_of(signer, anchor, deadline)
            if zone.keys is None or zone.name == signer:
                return zone
        zone = self._zone_of(name, anchor, deadline)
        if zone.keys is not None:
            raise _bogus(f"{name} has no signature of {zone.name}, which is a signed zone")
        return zone

    def _anchor_above(self, name: Name) -> Name | None:
        return max((anchor for anchor in self._anchors if name.is_subdomain(anchor)), key=len, default=None)

    def _zone_of(self, name: Name, anchor: Name, deadline: float) -> _Zone:
        """The zone that a name is in, or the first unsigned one on the way down to it."""
        zone = self._remembered(anchor) or self._remember(
            anchor, self._with_keys(anchor, self._anchors[anchor], _LONGEST_MEMORY, deadline)
        )
        for depth in range(len(anchor) + 1, len(name) + 1):
            if zone.keys is None:
                break
            child = name.split(depth)[1]
            zone = self._remembered(child) or self._remember(child, self._descend(zone, child, deadline))
        return zone

    def _remembered(self, name: Name) -> _Zone | None:
        zone = self._zones.get(name)
        return zone if zone is not None and zone.expiry > time.monotonic() else None

    def _remember(self, name: Name, zone: _Zone) -> _Zone:
        if len(self._zones) >= _MOST_ZONES:
            self._zones.clear()
        self._zones[name] = zone
        return zone

    def _descend(self, zone: _Zone, child: Name, deadline: float) -> _Zone:
        """The zone of a name one label below the name of which `zone` is the zone."""
        response = self._query(child, RdataType.DS, deadline)
        delegation = response.get_rrset(response.answer, child, RdataClass.IN, RdataType.DS)
        if delegation is not None:
            signature = _verify(delegation, _signatures(response.answer, delegation), zone)
            seconds = min(delegation.ttl, _seconds_left(signature))
            return self._with_keys(child, [rdata for rdata in delegation if isinstance(rdata, DS)], seconds, deadline)
        alias = response.get_rrset(response.answer, child, RdataClass.IN, RdataType.CNAME)
        if alias is not None and _verify(alias, _signatures(response.answer, alias), zone):
            return zone  # the start of a zone is no alias
        denial = _denial(response, zone)
        match denial.proof(child, RdataType.DS) if denial is not None else Proof.NOTHING:
            case Proof.UNSIGNED:
                return _Zone(child, None, min(zone.expiry, _expiry(_least_ttl(response.authority))))
            case Proof.NO_NAME | Proof.NO_RECORDS:
                return zone
        raise _bogus(f"nothing proves that {child} is not delegated securely")

    def _with_keys(self, name: Name, anchors: Sequence[DS], seconds: int, deadline: float) -> _Zone:
        """A zone with keys for which a DS record vouches."""
        usable = [ds for ds in anchors if ds.digest_type in _DIGESTS and ds.algorithm in _ALGORITHMS]
        if not usable:
            return _Zone(name, None, _expiry(seconds))
        response = self._query(name, RdataType.DNSKEY, deadline)
        keys = response.get_rrset(response.answer, name, RdataClass.IN, RdataType.DNSKEY)
        if keys is None or len(keys) > _MOST_KEYS:
            raise _bogus(f"{name} should be signed and has {'no' if keys is None else 'too many'} keys")
        entries = [key for key in keys if isinstance(key, DNSKEY) and any(_vouches(ds, name, key) for ds in usable)]
        if not entries:
            raise _bogus(f"{name} has no key of which its parent has the digest")
        entry = _Zone(name, from_rdata_list(name, keys.ttl, entries), 0.0)
        signature = _verify(keys, _signatures(response.answer, keys), entry)
        return _Zone(name, keys, _expiry(min(seconds, keys.ttl, _seconds_left(signature))))


def _read_anchors(text: str) -> dict[Name, list[DS]]:
    try:
        rrsets = read_rrsets(text, default_ttl=_LONGEST_MEMORY, rdclass=None)
        found = [(rrset.name, _as_ds(rrset.name, rdata)) for rrset in rrsets for rdata in rrset]
    except DNSException as error:
        raise ValueError(f"no trust anchors: {error}") from error
    if not found:
        raise ValueError("no trust anchors: expected DS or DNSKEY records as in a zone file")
    anchors: dict[Name, list[DS]] = {}
    for name, ds in found:
        anchors.setdefault(name, []).append(ds)
    return anchors


def _as_ds(name: Name, rdata: object) -> DS:
    if isinstance(rdata, DS):
        return rdata
    if isinstance(rdata, DNSKEY):
        return make_ds(name, rdata, DSDigest.SHA256.name)
    raise ValueError(f"no trust anchor: expected a DS or DNSKEY record, found {rdata}")


def _vouches(ds: DS, name: Name, key: DNSKEY) -> bool:
    try:
        return bool(make_ds(name, key, DSDigest(ds.digest_type).name, validating=True) == ds)
    except (UnsupportedAlgorithm, DeniedByPolicy):
        return False


def _signatures(section: list[RRset], records: RRset) -> list[RRSIG]:
    found = [
        signature
        for rrset in section
        if rrset.rdtype == RdataType.RRSIG and rrset.covers == records.rdtype and rrset.name == records.name
        for signature in _as_signatures(rrset)
    ]
    return found[:_MOST_SIGNATURES]


def _as_signatures(rrset: RRset) -> Iterable[RRSIG]:
    return (rdata for rdata in rrset if isinstance(rdata, RRSIG))


def _verify(records: RRset, signatures: Iterable[RRSIG], zone: _Zone) -> RRSIG:
    """The first signature of the zone that holds; NoAnswerError if none does."""
    assert zone.keys is not None
    reason = "there is none"
    for signature in signatures:
        if signature.signer != zone.name or not records.name.is_subdomain(zone.name):
            reason = f"it is of {signature.signer}"
            continue
        try:
            validate_rrsig(records, signature, {zone.name: zone.keys})
        except (ValidationFailure, UnsupportedAlgorithm) as error:
            reason = str(error)
        else:
            return signature
    kind = RdataType.to_text(records.rdtype)
    raise _bogus(f"the {kind} records of {records.name} need a signature of {zone.name}: {reason}")


def _denial(response: Message, zone: _Zone) -> Denial | None:
    """The NSEC or NSEC3 records that the zone has signed; None if there are none."""
    nsec: dict[Name, NSEC] = {}
    nsec3: dict[str, NSEC3] = {}
    for rrset in response.authority:
        if rrset.rdtype not in (RdataType.NSEC, RdataType.NSEC3) or not rrset.name.is_subdomain(zone.name):
            continue
        _verify(rrset, _signatures(response.authority, rrset), zone)
        match rrset[0]:
            case NSEC() as record:
                nsec[rrset.name] = record
            case NSEC3() as record:
                nsec3[rrset.name.labels[0].decode("ascii", "replace").upper()] = record
    if nsec:
        return NsecDenial(zone.name, nsec)
    return Nsec3Denial(zone.name, nsec3) if nsec3 else None


def _dname_behind(response: Message, cname: RRset) -> RRset | None:
    """The DNAME from which an unsigned CNAME follows (RFC 6672, section 5.3.1)."""
    if cname.rdtype != RdataType.CNAME:
        return None
    for rrset in response.answer:
        if rrset.rdtype != RdataType.DNAME or not cname.name.is_subdomain(rrset.name) or cname.name == rrset.name:
            continue
        if cname.name.relativize(rrset.name).derelativize(rrset[0].target) == cname[0].target:
            return rrset
    return None


def _wildcard_parent(name: Name, signature: RRSIG) -> Name | None:
    """The name below which a wildcard gave the records, by the labels that were signed (RFC 4035, section 5.3.4)."""
    labels = len(name) - 1 - name.is_wild()
    return name.split(signature.labels + 1)[1] if signature.labels < labels else None


def _seconds_left(signature: RRSIG) -> int:
    return max(0, min(signature.original_ttl, int(signature.expiration - time.time())))


def _least_ttl(rrsets: Iterable[RRset]) -> int:
    return min((rrset.ttl for rrset in rrsets), default=0)


def _expiry(seconds: int) -> float:
    return time.monotonic() + min(seconds, _LONGEST_MEMORY)


def _bogus(detail: str) -> NoAnswerError:
    return NoAnswerError(Trouble.BOGUS, detail)
