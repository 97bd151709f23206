"""A threaded worker of gunicorn that can meet clients without a proxy in front, and answers faster.

Gunicorn's own (`gthread`) hands each request of an open connection twice between its threads, and lets a slow client
keep a thread. Here the threads themselves wait for all connections (epoll, one event at a time), and never for one: a
request is answered when it has come as a whole, what the client does not take at once is sent when it does, and both
have to happen in time. Nothing that a client sent is logged.
"""

from __future__ import annotations

import errno
import logging
import math
import select
import signal
import socket
import time
from threading import Lock, Thread
from typing import TYPE_CHECKING

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from autoconfig.server.app import place_of
from autoconfig.server.arrival import Arrival

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

LOGGER = logging.getLogger("autoconfig.server")

READ_TIMEOUT = 10.0
"""Seconds in which a request must have come, from its first byte to its last, and in which an answer must be taken."""
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""What a worker is told by signals: blocked until it is ready for them."""
_LINGER = 2.0
"""Seconds that a connection stays for the client to read the last answer, or for a request that is on its way."""
_TICK, _STOP_TICK = 1.0, 0.05  # seconds
_MOST_ACCEPTED = 64  # connections in a row
_MOST_ANSWERED = 8  # requests in a row, of a client that sends them without waiting
_READ = 1 << 16  # bytes
_TO_READ = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT
_TO_WRITE = select.EPOLLOUT | select.EPOLLONESHOT
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_ERROR = 500


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker process: threads that wait for requests and answer them, and one that accepts and ends connections.

    Of `ThreadWorker` it uses how a request is read and answered on a connection. `_open` holds every connection by its
    descriptor. `_waiting` holds those that nobody is busy with; who takes one out of it owns it.
    """

    _accepting: bool

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, lambda *_: self.app.reloader.wake())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def run(self) -> None:
        self.app.reloader.start()
        self._open: dict[int, TConn] = {}
        self._waiting: dict[int, TConn] = {}
        self._handing_over = Lock()
        self._requests, self._arrivals = select.epoll(), select.epoll()
        self._listeners = {listener.fileno(): listener for listener in self.sockets}
        self._waker = self.method_queue.fileno()
        self._arrivals.register(self._waker, select.EPOLLIN)
        self._next_tick = 0.0
        self._listen(True)
        for _ in range(self.cfg.threads):
            Thread(target=self._answer_requests, name="autoconfig-answers", daemon=True).start()
        while self.alive and self.is_parent_alive():
            self._wait()
            self._listen(len(self._open) < self.worker_connections)
        self._stop()

    def _listen(self, wanted: bool) -> None:
        if wanted == self._accepting:
            return
        self._accepting = wanted
        for listener in self.sockets:
            listener.setblocking(False)
            if wanted:
                self._arrivals.register(listener, select.EPOLLIN)
            else:
                self._arrivals.unregister(listener)

    def _wait(self) -> None:
        """Take connections in, and once in a while end those that have waited too long."""
        for descriptor, _ in self._arrivals.poll(_TICK):
            if descriptor == self._waker:
                self.method_queue.run_callbacks(None)
            else:
                self._accept_some(self._listeners[descriptor])
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + _TICK
            self.notify()
            self._end_waiting(now)

    def _accept_some(self, listener: socket.socket) -> None:
        for _ in range(_MOST_ACCEPTED):
            if not self._accept(listener):
                return

    def _accept(self, listener: socket.socket) -> bool:
        try:
            accepted, address = listener.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ECONNABORTED, errno.EMFILE, errno.ENFILE):
                raise
            return False
        conn = TConn(self.cfg, _GatheringSocket(accepted.detach()), address, listener.getsockname())
        conn.data_ready = True
        self._open[conn.sock.descriptor] = conn
        conn.timeout = time.monotonic() + READ_TIMEOUT
        self._let_wait(conn, self._requests.register, _TO_READ)
        return True

    def _let_wait(self, conn: TConn, arm: Callable[[socket.socket, int], None], events: int) -> None:
        """Leave a connection to whoever takes its next event, or to its end when there is none in time."""
        with self._handing_over:
            self._waiting[conn.sock.descriptor] = conn
            arm(conn.sock, events)

    def _end_waiting(self, older_than: float) -> None:
        for descriptor, conn in self._waiting.copy().items():
            if conn.timeout < older_than:
                with self._handing_over:
                    if self._waiting.pop(descriptor, None) is not None:
                        self._end(conn)

    def _end(self, conn: TConn) -> None:
        self._open.pop(conn.sock.descriptor)
        conn.close()

    def _answer_requests(self) -> None:
        """What each of the threads does."""
        while True:
            for descriptor, _ in self._requests.poll(maxevents=1):
                conn = self._waiting.pop(descriptor, None)
                if conn is not None:
                    self._has_come(conn)

    def _has_come(self, conn: TConn) -> None:
        """Take what has come, and go on with it as far as that needs no waiting."""
        try:
            if conn.sock.is_finished:
                self._linger(conn)
            elif conn.sock.unsent or self._receive(conn):
                self._go_on(conn)
        except OSError:
            self._end(conn)
        except Exception as error:
            LOGGER.error("%s at %s", type(error).__name__, place_of(error))
            self._end(conn)

    def _receive(self, conn: TConn) -> bool:
        """Tells whether there is anything to go on with. A client that ends its side may still wait for an answer."""
        arrival = conn.sock.arrival
        try:
            data = conn.sock.recv_now(_READ)
        except BlockingIOError:
            return True
        if not data and not arrival:
            self._end(conn)
            return False
        if not arrival:
            conn.timeout = time.monotonic() + READ_TIMEOUT
        if data:
            arrival.add(data)
        else:
            arrival.end()
        return True

    def _go_on(self, conn: TConn) -> None:
        """Answer the requests that have come, while the client takes the answers, and then wait for one or the other.

        A client that has sent many goes on when others had their turn: what it is sent next, it can be sent at once.
        """
        sock, arrival, answered = conn.sock, conn.sock.arrival, 0
        while sock.send_now() and answered < _MOST_ANSWERED:
            if sock.is_last:
                self._finish(conn)
                return
            if arrival.is_whole():
                may_go_on = self.handle(conn)
                sock.is_last = not (arrival.finish() and may_go_on)
                conn.timeout = time.monotonic() + READ_TIMEOUT
                answered += 1
            elif arrival.is_too_large:
                self.handle_error(None, sock, conn.client, LimitRequestHeaders("bytes"))
                sock.is_last = True
            elif arrival.asks_to_go_on():
                sock.sendall(_GO_ON)
            else:
                if not arrival:
                    conn.timeout = time.monotonic() + (self.cfg.keepalive if self.alive else _LINGER)
                self._let_wait(conn, self._requests.modify, _TO_READ)
                return
        self._let_wait(conn, self._requests.modify, _TO_WRITE)

    def _finish(self, conn: TConn) -> None:
        """Let the client read the answer to its end before the connection goes (RFC 9112, section 9.6)."""
        conn.sock.finish()
        conn.timeout = time.monotonic() + _LINGER
        self._let_wait(conn, self._requests.modify, _TO_READ)

    def _linger(self, conn: TConn) -> None:
        try:
            while conn.sock.recv_now(_READ):
                pass
        except BlockingIOError:
            self._let_wait(conn, self._requests.modify, _TO_READ)
        else:
            self._end(conn)

    def _stop(self) -> None:
        """Take the connections that wait to be accepted, let no further ones wait in vain, and answer what is owed."""
        self._listen(False)
        for listener in self.sockets:
            while self._accept(listener):
                pass
            listener.close()
        now = time.monotonic()
        end, linger = now + self.cfg.graceful_timeout, now + _LINGER
        while self._open and (now := time.monotonic()) < end:
            if now > linger:
                self._end_waiting(math.inf)
            self.notify()
            time.sleep(_STOP_TICK)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None:
        """Refuse what is no proper request, and log nothing of it."""
        status, reason = _refusal(exc)
        if status == _ERROR:
            LOGGER.error("%s at %s", type(exc).__name__, place_of(exc))
        util.write_error(client, status, reason, "")


def _refusal(error: Exception) -> tuple[int, str]:
    match error:
        case LimitRequestLine():
            return 414, "URI Too Long"
        case LimitRequestHeaders():
            return 431, "Request Header Fields Too Large"
        case ParseException():
            return 400, "Bad Request"
    return _ERROR, "Internal Server Error"


class _GatheringSocket(socket.socket):
    """A connection that never waits: gunicorn reads what has come of one request, and what it writes is gathered."""

    is_finished = False
    is_last = False

    def __init__(self, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        super().setblocking(False)
        self.descriptor = descriptor
        self.arrival = Arrival()
        self.unsent = bytearray()

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""

    def settimeout(self, value: float | None) -> None:
        """The same."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self.arrival.take(size)

    def recv_now(self, size: int) -> bytes:
        """What has come; raises BlockingIOError if nothing has, and gives nothing at the end."""
        return super().recv(size)

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Gunicorn sends so what a client waits for before its body, which is there already."""
        return len(memoryview(data))

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self.unsent += data

    def send_now(self) -> bool:
        """Send what was gathered; False if the client does not take all of it now."""
        try:
            while self.unsent:
                del self.unsent[: super().send(self.unsent)]
        except BlockingIOError:
            return False
        return True

    def finish(self) -> None:
        """Send nothing more."""
        self.is_finished = True
        self.shutdown(socket.SHUT_WR)
