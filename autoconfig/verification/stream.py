"""A connection that ends at a deadline, and that reads no more than a mail server may say.

The standard library's imaplib, poplib and smtplib time each read, not the whole: a server that sends a byte now and
then holds them for ever. Here every wait counts towards one deadline, a line has a limit, and so has the sum.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from time import monotonic

from autoconfig.verification import tls
from autoconfig.verification.faults import Fault, Stop, shown
from autoconfig.verification.report import Tls

MAX_LINE = 16 * 1024
MAX_BYTES = 256 * 1024
_CHUNK = 16 * 1024


class Stream:
    """A connection and what was read ahead on it. `awaited` names, for messages, what the server owes us."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._buffer = bytearray()
        self._received = 0
        self.awaited = "its greeting"

    def send(self, data: bytes, awaited: str) -> None:
        """Send bytes; `awaited` is told if no answer comes, so it must hold no secret."""
        self.awaited = awaited
        try:
            self._connection.settimeout(self._time_left())
            self._connection.sendall(data)
        except OSError as error:
            raise self._broken(error) from error

    def receive(self, size: int = _CHUNK) -> bytes:
        """Some bytes, or none at the end."""
        if self._received >= MAX_BYTES:
            raise Stop(Fault.TOO_MUCH, f"more than {MAX_BYTES // 1024} KiB came before the end of {self.awaited}")
        try:
            self._connection.settimeout(self._time_left())
            data = self._connection.recv(size)
        except OSError as error:
            raise self._broken(error) from error
        self._received += len(data)
        return data

    def read_line(self) -> bytes:
        """One line without its end; a bare LF ends it too, as in all clients."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > MAX_LINE:
                raise Stop(Fault.TOO_MUCH, f"a line of more than {MAX_LINE // 1024} KiB in {self.awaited}")
            data = self.receive()
            if not data:
                raise Stop(Fault.CLOSED, f"the server hung up before {self.awaited}")
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def start_tls(self, context: ssl.SSLContext, host: str) -> Tls:
        """Turn TLS on, and tell of it.

        What came before TLS was not sent by the server that TLS proves, so it is never read on (CVE-2011-0411).
        """
        if self._buffer:
            raise Stop(
                Fault.STARTTLS_INJECTION, f"{shown(bytes(self._buffer))} came in clear text after the last answer"
            )
        self.awaited = "the TLS handshake"
        try:
            self._connection.settimeout(self._time_left())
            self._connection.getpeername()  # wrap_socket leaks the socket if the peer has gone
            secured = context.wrap_socket(self._connection, server_hostname=host, do_handshake_on_connect=False)
            self._connection = secured
            secured.do_handshake()
            return tls.describe(secured)
        except ssl.SSLError as error:
            raise tls.refusal(error, host) from error
        except OSError as error:
            raise self._broken(error) from error
        except ValueError as error:
            raise Stop(Fault.TLS_FAILED, f"{host[:200]!r} is no name for a certificate") from error

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()

    def _time_left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _broken(self, error: OSError) -> Stop:
        if isinstance(error, TimeoutError):
            return Stop(Fault.SILENT, f"{self.awaited} did not come in time")
        return Stop(Fault.CLOSED, f"the connection broke before {self.awaited}: {error.strerror or error}")
