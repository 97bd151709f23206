"""What the tests of the dynamic server share: providers, requests as clients send them, and a server that runs."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from autoconfig.address import parse_address
from autoconfig.catalog import Catalog
from autoconfig.formats import outlook
from autoconfig.model import Authentication, Provider, Server, ServerType
from tests.support.dovecot import free_port

PASSWORD = (Authentication.PASSWORD_CLEARTEXT,)


def provider(id: str, username: str = "%EMAILADDRESS%", **fields: object) -> Provider:
    """A provider of IMAP and SMTP, named after its domain."""
    servers = (
        Server(type=ServerType.IMAP, hostname=f"imap.{id}", username=username, authentication=PASSWORD),
        Server(type=ServerType.SMTP, hostname=f"smtp.{id}", username=username, authentication=PASSWORD),
    )
    values: dict[str, object] = {"name": f"Mail of {id}", "domains": (id,), "servers": servers} | fields
    return Provider(id=id, **values)  # type: ignore[arg-type]


EXCHANGE = Server(
    type=ServerType.ACTIVESYNC,
    url="https://mobile.example.net/Microsoft-Server-ActiveSync?user=%EMAILLOCALPART%",
    username="%EMAILADDRESS%",
    authentication=PASSWORD,
)
WITH_EXCHANGE = provider("example.net")
COM = provider("example.com", mx_domains=("mx.example.com",))
CATALOG = Catalog(
    [
        COM,
        provider("example.net", servers=(*WITH_EXCHANGE.servers, EXCHANGE)),
        provider("example.org", username="%EMAILLOCALPART%", domains=("*.example.org", "xn--bcher-kva.example")),
    ]
)

OUTLOOK_2016 = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
  <Request>
    <EMailAddress>{address}</EMailAddress>
    <AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>
  </Request>
</Autodiscover>"""
ANDROID = """<?xml version='1.0' encoding='UTF-8' standalone='no' ?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006">
<Request><EMailAddress>{address}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006</AcceptableResponseSchema>
</Request></Autodiscover>"""


def outlook_request(address: str) -> bytes:
    return outlook.render_request(parse_address(address))


DEFINITION = """\
id: example.com
name: {name}
domains: [example.com]
servers:
  - {{type: imap, hostname: imap.example.com}}
  - {{type: smtp, hostname: smtp.example.com}}
"""


@dataclass(frozen=True)
class Running:
    """A server that runs in a process of its own."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait_for_name(self, name: str) -> None:
        """Wait until every one of some connections gives the name, so that no worker is left behind."""
        self.wait_until(
            lambda: all(name.encode() in self.get("/mail/config-v1.1.xml", Host="example.com")[1] for _ in range(8))
        )

    def wait_until(self, condition: object) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if condition():  # type: ignore[operator]
                return
            time.sleep(0.05)
        raise AssertionError(f"in vain: {self.log.read_text()}")


@contextmanager
def serving(
    folder: Path, *options: str, definitions: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run `autoconfig serve` over one definition, which is written if none is given."""
    if definitions is None:
        definitions = folder / "definitions"
        definitions.mkdir()
        (definitions / "example.com.yaml").write_text(DEFINITION.format(name="First"))
    port = free_port()
    command = [sys.executable, "-c", "from autoconfig.cli import main; main()", "serve", str(definitions)]
    command += ["--bind", f"127.0.0.1:{port}", *options]
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=os.environ | dict(environment or {})
        )
    running = Running(port, process, log)
    try:
        wait_for_answer(running)
        yield running
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def wait_for_answer(running: Running) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and running.process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            running.get("/healthz")
            return
        time.sleep(0.05)
    raise AssertionError(f"it does not serve: {running.log.read_text()}")
