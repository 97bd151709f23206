"""A real Thunderbird, headless, driven over Marionette to run its own reader of account settings."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 120

# Runs inside Thunderbird: reads each document by the function that its account set-up calls, and tells what it
# understood in Mozilla's own words.
_READ = """
const [documents] = arguments;
const { readFromXML } = ChromeUtils.importESModule("resource:///modules/accountcreation/readFromXML.sys.mjs");
const { JXON } = ChromeUtils.importESModule("resource:///modules/JXON.sys.mjs");
const socketTypes = { [Ci.nsMsgSocketType.SSL]: "SSL", [Ci.nsMsgSocketType.alwaysSTARTTLS]: "STARTTLS",
                      [Ci.nsMsgSocketType.plain]: "plain" };
const methods = { [Ci.nsMsgAuthMethod.passwordCleartext]: "password-cleartext",
                  [Ci.nsMsgAuthMethod.passwordEncrypted]: "password-encrypted",
                  [Ci.nsMsgAuthMethod.OAuth2]: "OAuth2", [Ci.nsMsgAuthMethod.GSSAPI]: "GSSAPI",
                  [Ci.nsMsgAuthMethod.NTLM]: "NTLM", [Ci.nsMsgAuthMethod.none]: "none" };
const told = server => ({ type: server.type, hostname: server.hostname, port: server.port,
                          socketType: socketTypes[server.socketType], username: server.username,
                          authentication: methods[server.auth],
                          leaveMessagesOnServer: server.leaveMessagesOnServer });
return documents.map(text => {
  try {
    const config = readFromXML(JXON.build(new DOMParser().parseFromString(text, "text/xml")), "test");
    return { id: config.id, name: config.displayName, domains: config.domains,
             incoming: [config.incoming, ...config.incomingAlternatives].map(told),
             outgoing: [config.outgoing, ...config.outgoingAlternatives].map(told) };
  } catch (error) {
    return { error: String(error) };
  }
});
"""

_KNOWS = """
const [hosts] = arguments;
const { OAuth2Providers } = ChromeUtils.importESModule("resource:///modules/OAuth2Providers.sys.mjs");
return hosts.filter(host => ["imap", "pop3", "smtp"].some(type => OAuth2Providers.getHostnameDetails(host, type)));
"""


class Thunderbird:
    """A session with a running Thunderbird."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._number = 0
        self._receive()
        self._call("WebDriver:NewSession", {})
        self._call("Marionette:SetContext", {"value": "chrome"})
        self._call("WebDriver:SetTimeouts", {"script": START_SECONDS * 1000})

    def read(self, documents: list[bytes]) -> list[dict[str, Any]]:
        """What Thunderbird's account set-up understands of each document, or its error."""
        read: list[dict[str, Any]] = self._run(_READ, [document.decode() for document in documents])
        return read

    def hosts_with_oauth2(self, hosts: list[str]) -> list[str]:
        """Those of the hosts for which Thunderbird has OAuth2 details of its own."""
        known: list[str] = self._run(_KNOWS, hosts)
        return known

    def _run(self, script: str, argument: list[str]) -> Any:
        command = {"script": script, "args": [argument], "newSandbox": True}
        return self._call("WebDriver:ExecuteScript", command)["value"]

    def _call(self, command: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._stream.write(b"%d:%s" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._receive()
        assert error is None, error
        return result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            assert byte, "Thunderbird has closed the connection"
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))


@contextlib.contextmanager
def thunderbird(folder: Path) -> Iterator[Thunderbird]:
    """Start Thunderbird with a new profile in a folder, without a screen and without network."""
    program = shutil.which("thunderbird")
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\nuser_pref("network.online", false);\n')
    process = subprocess.Popen(
        [
            program,
            "--headless",
            "--marionette",
            "--remote-allow-system-access",
            "--no-remote",
            "--profile",
            str(folder),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder), "MOZ_HEADLESS": "1"},
    )
    try:
        with _connect(port, process) as connection:
            yield Thunderbird(connection)
    finally:
        process.terminate()
        process.wait()


def _connect(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "Thunderbird has ended before it could be asked"
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
        time.sleep(0.2)
    raise TimeoutError("Thunderbird did not answer")
