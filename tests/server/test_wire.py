"""A server that runs: what comes over the wire, broken, slowly or never, and what happens under load."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from autoconfig.formats import outlook
from autoconfig.server.worker import READ_TIMEOUT
from tests.support.serving import DEFINITION, OUTLOOK_2016, Running, serving

CONNECTIONS = 10_000
AUTOCONFIG = "/mail/config-v1.1.xml?emailaddress=jan@example.com"
AUTODISCOVER = "/autodiscover/autodiscover.xml"
REQUEST = OUTLOOK_2016.format(address="jan@example.com").encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("server"), "--workers", "1") as running:
        yield running


def talk(server: Running, data: bytes) -> bytes:
    """Send, and read to the end of what comes back."""
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
    return received


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "Host: example.com", "", ""]).encode()


def chunked(*chunks: bytes) -> bytes:
    start = head(f"POST {AUTODISCOVER} HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close")
    return start + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def test_a_request_over_the_wire(server: Running) -> None:
    status, body = server.get(AUTOCONFIG)
    assert status == 200
    assert b"<username>jan@example.com</username>" in body


def test_a_body_in_chunks_is_read(server: Running) -> None:
    answer = talk(server, chunked(REQUEST[:100], REQUEST[100:], b""))
    assert outlook.parse(answer.partition(b"\r\n\r\n")[2]).servers[0].username == "jan@example.com"


def test_a_body_in_chunks_is_capped(server: Running) -> None:
    assert talk(server, chunked(*[b" " * 10_000] * 10, b"")).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (chunked(REQUEST)[:-2] + b"zz\r\n", b"400"),
        (chunked(b"")[:-5] + b"fffffffffffffffffff\r\n", b"400"),
        (chunked(REQUEST[:50]), b"400"),
        (head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: 999") + b"<a>", b"200"),
        (head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: 99999999") + b"<a>", b"413"),
        (head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: -1"), b"400"),
        (head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: x"), b"400"),
        (
            head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            b"400",
        ),
        (head(f"POST {AUTODISCOVER} HTTP/1.1", "Transfer-Encoding: gzip"), b"400"),
        (head("GET / HTTP/9.9"), b"400"),
        (head("GET /\0 HTTP/1.1"), b"400"),
        (head("jan@example.com GET"), b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (head("GET /mail/config-v1.1.xml HTTP/1.1", "jan@example.com"), b"400"),
        (head("GET /mail/config-v1.1.xml HTTP/1.1", "Host: example.com"), b"400"),
        (head(f"GET /?{'x' * 5000} HTTP/1.1"), b"414"),
        (head("GET / HTTP/1.1", f"X: {'x' * 9000}"), b"431"),
        (head("GET / HTTP/1.1", *[f"X{number}: x" for number in range(200)]), b"431"),
    ],
)
def test_what_is_broken_is_refused_and_not_logged(server: Running, data: bytes, status: bytes) -> None:
    assert talk(server, data).split()[1] == status
    assert "jan" not in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


def test_a_second_request_on_a_connection(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for _ in range(3):
        connection.request("POST", AUTODISCOVER, REQUEST)
        assert b"<LoginName>jan@example.com</LoginName>" in connection.getresponse().read()
    connection.close()


def test_requests_that_come_together_are_answered_in_order(server: Running) -> None:
    requests = [head(f"GET /mail/config-v1.1.xml?emailaddress=u{number}@example.com HTTP/1.1") for number in range(5)]
    answer = talk(server, b"".join(requests))
    places = [answer.index(b"u%d@example.com" % number) for number in range(5)]
    assert places == sorted(places)


def test_a_client_that_waits_before_its_body_is_told_to_go_on(server: Running) -> None:
    with server.connect() as connection:
        lines = (f"Content-Length: {len(REQUEST)}", "Expect: 100-continue", "Connection: close")
        connection.sendall(head(f"POST {AUTODISCOVER} HTTP/1.1", *lines))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(REQUEST)
        assert b"<LoginName>jan@example.com</LoginName>" in read_all(connection)


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + 200:
        pytest.skip(f"a process may have {hard} files open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CONNECTIONS + 200), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_silent_and_half_open_connections_hold_nobody_up(many_files: None, tmp_path: Path) -> None:
    """From an address of their own, so that they take no ports from the servers of other tests."""
    with serving(tmp_path, "--workers", "1") as server, ExitStack() as opened:
        for number in range(CONNECTIONS):
            connection = opened.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=("127.0.0.2", 0))
            )
            if number % 2:
                connection.sendall(b"GET /")
        assert server.get(AUTOCONFIG, Host="example.com")[0] == 200
        assert "Traceback" not in server.log.read_text()


def test_clients_that_do_not_read_hold_nobody_up(tmp_path: Path) -> None:
    """More of them than there are threads, each with more answers to come than the network holds."""
    with serving(tmp_path, "--workers", "1") as server, ExitStack() as opened:
        for _ in range(40):
            connection = opened.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.setblocking(False)
            with suppress(BlockingIOError):
                while connection.send(head(f"GET {AUTOCONFIG} HTTP/1.1") * 1000):
                    pass
        began = time.monotonic()
        assert server.get(AUTOCONFIG)[0] == 200
        assert time.monotonic() - began < READ_TIMEOUT / 2


def test_a_client_that_vanishes_costs_nothing(server: Running) -> None:
    for data in (
        b"",
        b"G",
        head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: 99"),
        head(f"GET {AUTOCONFIG} HTTP/1.1"),
    ):
        connection = server.connect()
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes with a reset
        connection.close()
    assert server.get(AUTOCONFIG)[0] == 200
    assert "Traceback" not in server.log.read_text()


def impatient(folder: Path, seconds: float) -> dict[str, str]:
    """An environment in which the server reads a request for so long at most."""
    quick = f"import autoconfig.server.worker as worker; worker.READ_TIMEOUT = {seconds}"
    (folder / "sitecustomize.py").write_text(quick)
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def test_a_request_that_does_not_come_to_its_end_is_given_up(tmp_path: Path) -> None:
    """A byte now and then, before and after the head is whole, until the server has had enough."""
    with serving(tmp_path, "--workers", "1", environment=impatient(tmp_path, 1.0)) as server:
        for start in (b"", b"GET / HTTP/1.1\r\n", head(f"POST {AUTODISCOVER} HTTP/1.1", "Content-Length: 9999")):
            with server.connect() as connection:
                connection.sendall(start)
                received = drip(connection)
            assert received in (b"", None) or received.startswith(b"HTTP/1.1 400 ")
        assert server.get(AUTOCONFIG)[0] == 200


def test_a_client_that_sends_nothing_is_given_up(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--workers", "1", environment=impatient(tmp_path, 0.2)) as server,
        server.connect() as connection,
    ):
        assert connection.recv(1) == b""


def test_a_client_may_wait_for_its_answer_longer_than_the_server_for_the_request(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ndef username(address):\n    time.sleep(1.7)\n    return 'found'\n")
    options = ("--workers", "1", "--usernames", "slow:username")
    with serving(tmp_path, *options, environment=impatient(tmp_path, 0.3)) as server:
        assert b"<username>found</username>" in server.get(AUTOCONFIG)[1]


def drip(connection: socket.socket) -> bytes | None:
    connection.settimeout(0.1)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(TimeoutError):
            try:
                return connection.recv(1 << 16)
            except ConnectionResetError:
                return None
        with suppress(OSError):
            connection.sendall(b"x")
    raise AssertionError("the server waits for ever")


# Under load


class Load:
    """Clients that ask on and on; `lost` are requests that were sent and got no whole answer."""

    def __init__(self, server: Running, clients: int = 8) -> None:
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[number]) for number in range(clients)]
        self.answers = 0
        self.lost: list[str] = []
        self.wrong: list[int] = []
        self.refused = 0

    def _run(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        with closing(connection):
            while not self._over.is_set():
                try:
                    if connection.sock is None:
                        connection.connect()
                except OSError:
                    self.refused += 1
                    time.sleep(0.01)
                    continue
                self._ask(connection, number)

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        try:
            if number % 2:
                connection.request("POST", AUTODISCOVER, REQUEST)
            else:
                connection.request("GET", AUTOCONFIG)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.lost.append(repr(error))
            connection.close()
            return
        if answer.status == 200 and b"jan@example.com" in body:
            self.answers += 1
        else:
            self.wrong.append(answer.status)

    def wait_for_more(self, number: int = 200) -> None:
        wanted = self.answers + number
        end = time.monotonic() + 30
        while self.answers < wanted and time.monotonic() < end:
            time.sleep(0.01)
        assert self.answers >= wanted


@contextmanager
def under_load(server: Running) -> Iterator[Load]:
    load = Load(server)
    for thread in load._threads:
        thread.start()
    try:
        load.wait_for_more()
        yield load
    finally:
        load._over.set()
        for thread in load._threads:
            thread.join()


def write(folder: Path, text: str) -> None:
    """As editors and deployments do it: the old file or the new one, nothing between."""
    beside = folder / "beside"
    beside.write_text(text)
    beside.replace(folder / "definitions" / "example.com.yaml")


def test_no_request_is_lost_while_definitions_are_reloaded(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server, under_load(server) as load:
        for name in ("Second", "Third"):
            write(tmp_path, DEFINITION.format(name=name))
            server.signal(signal.SIGHUP)
            server.wait_for_name(name)
        write(tmp_path, "id: [")
        server.signal(signal.SIGHUP)
        server.wait_until(lambda: all(b'"stale"' in server.get("/healthz")[1] for _ in range(8)))
        server.wait_for_name("Third")
        load.wait_for_more()
    assert (load.lost, load.wrong, load.refused) == ([], [], 0)
    assert "example.com.yaml" in server.log.read_text()


def test_definitions_are_watched_on_demand(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", "--watch") as server, under_load(server) as load:
        write(tmp_path, DEFINITION.format(name="Second"))
        server.wait_for_name("Second")
    assert (load.lost, load.wrong, load.refused) == ([], [], 0)


def test_a_new_worker_has_the_definitions_of_the_others(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        write(tmp_path, DEFINITION.format(name="Second"))
        server.signal(signal.SIGHUP)
        server.wait_for_name("Second")
        write(tmp_path, "id: [")
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        server.wait_until(lambda: len(server.workers()) == 2)
        server.wait_for_name("Second")


def test_a_killed_worker_loses_no_requests_but_its_own(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server, under_load(server) as load:
        os.kill(server.workers()[0], signal.SIGKILL)
        load.wait_for_more()
        server.wait_until(lambda: len(server.workers()) == 2)
        load.wait_for_more()
    assert len(load.lost) <= len(load._threads)  # each client asks one at a time
    assert (load.wrong, load.refused) == ([], 0)


def test_no_request_is_lost_when_the_server_stops(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server, under_load(server) as load:
        server.signal(signal.SIGTERM)
        server.process.wait(timeout=40)
        assert server.process.returncode == 0
    assert (load.lost, load.wrong) == ([], [])
    assert load.refused


def test_the_sum_of_all_workers_is_counted(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        for _ in range(40):
            server.get(AUTOCONFIG)
        counts = server.get("/metrics")[1]
    assert b'autoconfig_requests_total{route="autoconfig",status="200"} 40.0' in counts
    assert b"autoconfig_providers 1.0" in counts


def test_no_address_comes_into_the_log_or_the_process_list(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as server, under_load(server):
        titles = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in server.workers()]
    assert not any(b"jan@" in title for title in titles)
    assert "jan@" not in server.log.read_text()
