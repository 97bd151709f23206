"""A real slapd on loopback, with two people in it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.dovecot import ended, free_port, wait_for_port

PROGRAM = shutil.which("slapd") or "/usr/sbin/slapd"

_CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
maxsize 10485760
suffix "dc=example,dc=com"
directory {folder}/data
"""
_PEOPLE = """\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: uid=u4711,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: u4711
cn: Jan
sn: Jansen
mail: jan@example.com

dn: uid=u4712,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: u4712
cn: Star
sn: Star
mail: (*)@example.com
"""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run slapd in a folder; gives its URL."""
    (folder / "data").mkdir()
    configuration, people = folder / "slapd.conf", folder / "people.ldif"
    configuration.write_text(_CONFIGURATION.format(folder=folder))
    people.write_text(_PEOPLE)
    slapadd = [PROGRAM, "-T", "add", "-f", str(configuration), "-l", str(people)]
    subprocess.run(slapadd, check=True, capture_output=True)
    port = free_port()
    url = f"ldap://127.0.0.1:{port}"
    with ended([PROGRAM, "-d", "0", "-f", str(configuration), "-h", url], folder / "output") as process:
        wait_for_port(process, port, folder)
        yield url
