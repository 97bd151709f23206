"""A real Dovecot on loopback, with a configuration of its own: IMAP, POP3, ManageSieve and submission."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
USER, SECRET = "jan@example.com", "geheim"
_LOGINS = {
    "imap": ("imap-login", "imap", "imaps"),
    "pop3": ("pop3-login", "pop3", "pop3s"),
    "managesieve": ("managesieve-login", "sieve", "sieves"),
    "smtp": ("submission-login", "submission", "submissions"),
}

_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
mail_location = maildir:{folder}/mail/%u
protocols = imap pop3 sieve submission
listen = {addresses}
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = {needs_tls}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
hostname = mail.example.com
submission_relay_host = 127.0.0.1
submission_relay_port = 9
first_valid_uid = 1
passdb {{
  driver = static
  args = password={secret}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {folder}/auth-for-postfix {{
    mode = 0666
  }}
}}
"""
_LISTENERS = """\
service {service} {{
  chroot =
  inet_listener {clear} {{
    port = {port}
  }}
  inet_listener {implicit} {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""
_LOCAL = """\
local {address} {{
  ssl_cert = <{certificate}
  ssl_key = <{certificate}
}}
"""
_AS_ORDINARY_USER = """\
default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """Its ports by protocol, before TLS and with TLS from the start, and the socket where Postfix asks for logins."""

    clear: Mapping[str, int]
    tls: Mapping[str, int]
    auth_socket: Path


@contextmanager
def running(
    folder: Path,
    certificates: Mapping[str, Path],
    *,
    mechanisms: str = "plain login",
    ssl: str = "yes",
    needs_tls: bool = True,
) -> Iterator[Dovecot]:
    """Run Dovecot in a folder that other users may enter, on addresses of loopback, each with its certificate and key.

    From its own address Dovecot takes passwords without TLS too.
    """
    owner = _owner()
    (folder / "mail").mkdir()
    os.chown(folder / "mail", owner["uid"], owner["gid"])
    clear = {protocol: free_port() for protocol in _LOGINS}
    tls = {protocol: free_port() for protocol in _LOGINS}
    text = _CONFIGURATION.format(
        folder=folder,
        addresses=", ".join(["127.0.0.1", *certificates]),
        ssl=ssl,
        certificate=next(iter(certificates.values())),
        needs_tls="yes" if needs_tls else "no",
        mechanisms=mechanisms,
        secret=SECRET,
        **owner,
    )
    for protocol, (service, clear_name, implicit_name) in _LOGINS.items():
        names = {"service": service, "clear": clear_name, "implicit": implicit_name}
        text += _LISTENERS.format(**names, port=clear[protocol], tls_port=tls[protocol])
    for address, certificate in certificates.items():
        text += _LOCAL.format(address=address, certificate=certificate)
    if os.getuid() != 0:
        import grp
        import pwd

        name, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        text += _AS_ORDINARY_USER.format(name=name, group=group)
    configuration = folder / "dovecot.conf"
    configuration.write_text(text, encoding="utf-8")
    with ended([PROGRAM, "-F", "-c", str(configuration)], folder / "output") as process:
        wait_for_port(process, clear["imap"], folder)
        yield Dovecot(clear, tls, folder / "auth-for-postfix")


def _owner() -> dict[str, int]:
    """Whose the mail is: nobody's if root runs this, as Dovecot serves no mail of root."""
    import pwd

    entry = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return {"uid": entry.pw_uid, "gid": entry.pw_gid}


@contextmanager
def ended(command: list[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended in the end; what it prints goes to a file."""
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for_port(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Wait until the port takes connections; the files `output` and `log` of the folder tell if it never does."""
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    told = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in (folder / "output", folder / "log")
        if path.exists()
    ]
    raise RuntimeError(f"{process.args!r} does not serve: {' '.join(told)}")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
