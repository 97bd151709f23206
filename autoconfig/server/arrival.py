"""What has come on a connection, told apart into requests (RFC 9112, section 6) without reading what they say.

So a thread is needed only when a request is there to its end. Whether a request is a proper one is for gunicorn to say:
it is given the bytes of one request at a time, and the connection ends where the two do not agree on its length.
"""

from __future__ import annotations

import re

from autoconfig.server.limits import MAX_BODY

MAX_HEAD = 1 << 16  # bytes
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_ENCODED = re.compile(rb"\r\ntransfer-encoding[ \t]*:[ \t]*(chunked[ \t]*(?=\r\n))?", re.IGNORECASE)
_EXPECTS = re.compile(rb"[^\r]* HTTP/1\.1\r\n(?s:.*\r\n)?expect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_SIZE = 256  # bytes of the line before a chunk


class Arrival:
    """The bytes that have come and were not taken. `is_whole` and `take` are about the first request among them.

    A request whose body is larger than what the application reads counts as whole with its head alone, and `is_cut`.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._place = 0
        self._head = 0
        self._is_in_chunks = False
        self._is_told = False
        self._length: int | None = None
        self.is_cut = False

    def __bool__(self) -> bool:
        return bool(self._data)

    def add(self, data: bytes) -> None:
        """More has come."""
        self._data += data

    def end(self) -> None:
        """No more will come."""
        if not self.is_whole():
            self._cut()

    @property
    def is_too_large(self) -> bool:
        """Whether the head has more than 64 KiB."""
        return not self._head and len(self._data) > MAX_HEAD

    def is_whole(self) -> bool:
        """Whether the request has come to its end."""
        if self._length is None:
            if not self._head:
                self._look_for_head()
            if self._head and self._is_in_chunks:
                self._look_for_last_chunk()
        return self._length is not None and len(self._data) >= self._length

    def asks_to_go_on(self) -> bool:
        """Whether the client waits to be told that it may send its body (RFC 9110, section 10.1.1): true once."""
        asks = not self._is_told and len(self._data) == self._head > 0 and _EXPECTS.match(self._data) is not None
        self._is_told |= asks
        return asks

    def _look_for_head(self) -> None:
        end = self._data.find(_END_OF_HEAD, self._place)
        if end < 0:
            self._place = max(0, len(self._data) - len(_END_OF_HEAD) + 1)
            return
        self._head = self._place = end + len(_END_OF_HEAD)
        head = bytes(self._data[: self._head - 2])
        lengths = _LENGTH.findall(head)
        encoded = _ENCODED.search(head)
        if encoded is not None and encoded[1] is not None:
            self._is_in_chunks = True
        elif encoded is None and len(lengths) == 1 and int(lengths[0]) <= MAX_BODY:
            self._length = self._head + int(lengths[0])
        else:
            self._length, self.is_cut = self._head, bool(lengths or encoded)

    def _look_for_last_chunk(self) -> None:
        """Go from chunk to chunk (RFC 9112, section 7.1), at most to where the application stops to read."""
        while self._place <= len(self._data):
            size = _SIZE.match(self._data, self._place)
            if size is None:
                if len(self._data) - self._place > _LONGEST_SIZE or b"\n" in self._data[self._place :]:
                    self._cut()
                return
            if int(size[1], 16) == 0:
                end = self._data.find(_END_OF_HEAD, size.end() - 2)
                if end >= 0:
                    self._length = end + len(_END_OF_HEAD)
                elif len(self._data) - size.end() > MAX_HEAD:
                    self._cut()
                return
            self._place = size.end() + int(size[1], 16) + 2
            if self._place - self._head > 2 * MAX_BODY:
                self._cut()
                return

    def _cut(self) -> None:
        """Take what has come for the whole request."""
        self._length, self.is_cut = len(self._data), True

    def take(self, size: int) -> bytes:
        """So many bytes of the request at most, none at its end."""
        taken = bytes(self._data[: min(size, self._length or 0)])
        del self._data[: len(taken)]
        self._length = (self._length or 0) - len(taken)
        return taken

    def finish(self) -> bool:
        """Go on to the next request; False if nobody can tell where it begins."""
        is_clean = self._length == 0 and not self.is_cut
        self._begin()
        return is_clean
