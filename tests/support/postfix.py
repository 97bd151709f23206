"""A real Postfix on loopback with a configuration and a queue of its own, which asks Dovecot for logins."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.dovecot import ended, free_port, wait_for_port

PROGRAM = shutil.which("postfix") or "/usr/sbin/postfix"
_MASTER = "/usr/lib/postfix/sbin/master"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {certificate}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""
_MASTER_CF = """\
postlog   unix-dgram n  -       n       -       1       postlogd
cleanup   unix  n       -       n       -       0       cleanup
rewrite   unix  -       -       n       -       -       trivial-rewrite
anvil     unix  -       -       n       -       1       anvil
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
proxymap  unix  -       -       n       -       -       proxymap
"""


@contextmanager
def running(
    folder: Path, certificate: Path, auth_socket: Path, services: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, int]]:
    """Run Postfix as root in a folder that other users may enter; give the port of each service.

    `services` are SMTP services by name, each with the settings in which it differs.
    """
    ports = {name: free_port() for name in services}
    for name in ("queue", "data", "etc"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    main = _MAIN.format(folder=folder, certificate=certificate, auth_socket=auth_socket)
    (folder / "etc" / "main.cf").write_text(main, encoding="utf-8")
    (folder / "etc" / "master.cf").write_text(_MASTER_CF + _listeners(ports, services), encoding="utf-8")
    subprocess.run([PROGRAM, "-c", str(folder / "etc"), "check"], check=True, capture_output=True)
    with ended([_MASTER, "-c", str(folder / "etc"), "-d"], folder / "output") as process:
        for port in ports.values():
            wait_for_port(process, port, folder)
        yield ports


def _listeners(ports: Mapping[str, int], services: Mapping[str, Mapping[str, str]]) -> str:
    lines = []
    for name, port in ports.items():
        lines.append(f"127.0.0.1:{port} inet n - n - - smtpd")
        lines += [f"  -o {setting}={value}" for setting, value in services[name].items()]
    return "\n".join(lines) + "\n"
