"""What goes into the Apple profile of one user beside the address."""

from __future__ import annotations

import plistlib

_MAIL_PAYLOAD = "com.apple.mail.managed"
_LONGEST_NAME = 100


def named(profile: bytes, name: str) -> bytes:
    """A profile with the name that mails are sent under; characters that a property list cannot hold are left out."""
    fitting = "".join(filter(str.isprintable, name))[:_LONGEST_NAME].strip()
    if not fitting:
        return profile
    document = plistlib.loads(profile)
    for payload in document["PayloadContent"]:
        if payload["PayloadType"] == _MAIL_PAYLOAD:
            payload["EmailAccountName"] = fitting
    return plistlib.dumps(document)
