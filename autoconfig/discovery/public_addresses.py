"""Which IP addresses are of the public internet: for a server that must not be made to ask its own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890), among them Oracle's metadata service
    IPv4Network("168.63.129.16/32"),  # Azure's metadata service
)


def is_public(text: str) -> bool:
    """Tell whether an address is public: not loopback, private, link-local, CGNAT, multicast or a metadata service.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4, Teredo) is judged by what it carries.
    """
    address = ip_address(text.partition("%")[0])
    address = _carried(address) or address
    return address.is_global and not address.is_multicast and not any(address in network for network in _SPECIAL)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
