"""E-mail addresses, domains and the placeholders that stand for their parts in a configuration.

Domains are kept as A-labels (RFC 5890, section 2.3.2.1) in lower case without a trailing dot, so that equal domains
are equal strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from autoconfig.errors import AddressError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_NUMERIC_END = re.compile(r"(?:\A|\.)[0-9]+\Z")
_PLACEHOLDER = re.compile(r"%EMAIL(?:ADDRESS|LOCALPART|DOMAIN)%")
_BROKEN_PLACEHOLDER = re.compile(r"%?EMAIL(?:ADDRESS|LOCALPART|DOMAIN)%?|%[A-Za-z]+%")
_LONGEST_LOCAL_PART = 64  # octets: RFC 5321, section 4.5.3.1.1
_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


class Address(msgspec.Struct, frozen=True):
    """An e-mail address: the part before the last `@` as written, and the domain as A-labels in lower case."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"


def parse_address(text: str) -> Address:
    """Split an e-mail address into its parts (RFC 5321, section 4.1.2; RFC 6531 for letters beyond ASCII).

    Raises:
        AddressError: there is no `@`, a part is empty or too long, or the domain is not one.
    """
    local_part, at, domain = text.strip().rpartition("@")
    if not at or not local_part:
        raise AddressError(f"{text!r} is not an e-mail address: expected something like jan@example.com")
    if len(local_part.encode("utf-8", "surrogatepass")) > _LONGEST_LOCAL_PART or _CONTROL_OR_SPACE.search(local_part):
        raise AddressError(f"{text!r} is not an e-mail address: the part before @ is too long or holds a space")
    return Address(local_part, normalize_domain(domain))


def normalize_domain(text: str) -> str:
    """Give a domain as A-labels in lower case without a trailing dot (IDNA 2008, with the UTS 46 mapping).

    Raises:
        AddressError: the text is not a domain name.
    """
    domain = text.strip().removesuffix(".").lower()
    if not domain.isascii():
        domain = _encode_idna(domain, text)
    if not is_hostname(domain):
        raise AddressError(f"{text!r} is not a domain name: expected something like example.com")
    return domain


def _encode_idna(domain: str, text: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError as error:
        raise AddressError(f"{text!r} is not a domain name: {error}") from error


def display_domain(domain: str) -> str:
    """Give a domain as people write it: U-labels where the A-labels decode, the domain itself otherwise."""
    if "xn--" not in domain:
        return domain
    import idna

    try:
        return idna.decode(domain)
    except UnicodeError:
        return domain


def is_hostname(text: str) -> bool:
    """Tell whether text is a host name in lower-case ASCII (RFC 1123, section 2.1), which no IPv4 address is."""
    return _HOSTNAME.match(text) is not None and _NUMERIC_END.search(text) is None


def is_ip_address(text: str) -> bool:
    """Tell whether text is an IPv4 or IPv6 address without brackets."""
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Tell whether text names a server: a host name, an IP address, or a host name with placeholders in it."""
    if "%" in text:
        filled = expand(text, Address("x", "example.com"))
        return "@" not in filled and is_hostname(filled.lower())
    return is_hostname(text.lower()) or is_ip_address(text)


def broken_placeholders(text: str) -> tuple[str, ...]:
    """Find what looks like a placeholder but is none, such as `%EMAILADDRESS` without its closing `%`."""
    if "%" not in text and "EMAIL" not in text:
        return ()
    return tuple(_BROKEN_PLACEHOLDER.findall(_PLACEHOLDER.sub(" ", text)))


def expand(text: str, address: Address) -> str:
    """Put the parts of an address in the place of `%EMAILADDRESS%`, `%EMAILLOCALPART%` and `%EMAILDOMAIN%`."""
    return _substitute(text, address, str)


def expand_url(url: str, address: Address) -> str:
    """As `expand`, with the parts percent-encoded (RFC 3986, section 2.1), so that each stays where it is put."""
    from urllib.parse import quote

    return _substitute(url, address, lambda part: quote(part, safe=""))


def _substitute(text: str, address: Address, encode: Callable[[str], str]) -> str:
    if "%EMAIL" not in text:
        return text
    parts = {
        "%EMAILADDRESS%": str(address),
        "%EMAILLOCALPART%": address.local_part,
        "%EMAILDOMAIN%": address.domain,
    }
    return _PLACEHOLDER.sub(lambda match: encode(parts[match[0]]), text)
