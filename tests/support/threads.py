"""Tells whether work that was cancelled really ends."""

from __future__ import annotations

import threading
from time import monotonic, sleep


def left_behind(seconds: float) -> list[threading.Thread]:
    """The threads of the runner that have not ended after so many seconds; none as soon as all have."""
    give_up = monotonic() + seconds
    while left := [thread for thread in threading.enumerate() if thread.name == "autoconfig"]:
        if monotonic() > give_up:
            break
        sleep(0.02)
    return left
