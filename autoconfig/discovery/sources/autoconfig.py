"""Mozilla autoconfig on the mail domain: steps 1.1, 1.2 and 1.3 of draft-ietf-mailmaint-autoconfig."""

from __future__ import annotations

from urllib.parse import quote

from autoconfig.discovery.inquiry import Found, Inquiry

PATH = "/mail/config-v1.1.xml"


def on_subdomain(inquiry: Inquiry) -> Found:
    """Step 1.1, which may be told the address, so that it can answer for one user."""
    return inquiry.mozilla(subdomain_url(inquiry, inquiry.domain))


def well_known(inquiry: Inquiry) -> Found:
    """Step 1.2, which is for every user alike."""
    return inquiry.mozilla(f"https://{inquiry.domain}/.well-known/autoconfig{PATH}")


def over_http(inquiry: Inquiry) -> Found:
    """Step 1.3, which anybody between can answer: the address is never told."""
    return inquiry.mozilla(f"http://autoconfig.{inquiry.domain}{PATH}")


def subdomain_url(inquiry: Inquiry, domain: str) -> str:
    """The URL of step 1.1 for a domain, with the address if the user lets it be sent."""
    query = f"?emailaddress={quote(str(inquiry.address), safe='')}" if inquiry.means.send_address else ""
    return f"https://autoconfig.{domain}{PATH}{query}"
