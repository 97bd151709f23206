"""Text from documents that are not XML, made as tidy as `formats.xml` leaves it."""

from __future__ import annotations

import re

_LAYOUT = " \t\r\n"
_SPACES = re.compile(f"[{_LAYOUT}]+")
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def tidy(value: object) -> str | None:
    """Text with white space collapsed; None for what is no text, is empty, or has characters that XML cannot hold."""
    if not isinstance(value, str):
        return None
    text = _SPACES.sub(" ", value.strip(_LAYOUT))
    return None if not text or _UNFIT.search(text) else text
