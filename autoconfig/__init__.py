"""Describe a mail provider once; publish what every mail client looks for."""

from __future__ import annotations

__version__ = "0.1.0"
