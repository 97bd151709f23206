"""Real nginx, Apache and Caddy on loopback, each with a configuration of its own around the snippets of a site.

A server answers on one port without and one with TLS, to every host name, and keeps all it writes in its folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.dovecot import ended, free_port, wait_for_port

_APACHE_MODULES = "\n".join(
    f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
    for name in ("mpm_event", "authz_core", "dir", "headers", "mime", "negotiation", "rewrite", "socache_shmcb", "ssl")
)
_USERS = {"nginx": "user www-data;", "apache": "User www-data\nGroup www-data"}
_NGINX = """\
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
events {{ }}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    charset koi8-r;
    charset_types application/json application/x-apple-aspen-config;
    default_type text/plain;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include "{snippets}/nginx.conf";
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        include "{snippets}/nginx-server.conf";
    }}
    server {{
        listen 127.0.0.1:{beside};
        include "{snippets}/nginx-documents.conf";
        location / {{
            return 200 "the site beside";
        }}
    }}
}}
"""
_APACHE = """\
{modules}
{user}
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
ErrorLog {folder}/log
Mutex file:{folder}
Include /etc/apache2/mods-available/mime.conf
AddDefaultCharset koi8-r
<Directory />
    Options FollowSymLinks
    Require all denied
</Directory>
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{https}
Listen 127.0.0.1:{beside}
<VirtualHost *:{http}>
    Include "{snippets}/apache.conf"
</VirtualHost>
<VirtualHost *:{https}>
    SSLEngine on
    SSLCertificateFile {certificate}
    Include "{snippets}/apache.conf"
</VirtualHost>
<VirtualHost *:{beside}>
    Include "{snippets}/apache-documents.conf"
    ErrorDocument 403 "the site beside"
</VirtualHost>
"""
_CADDY = """\
{{
    admin off
    auto_https off
    storage file_system "{folder}/data"
}}
import "{snippets}/caddy.conf"
http://:{http} {{
    import autoconfig
}}
https://:{https} {{
    tls "{certificate}" "{certificate}"
    import autoconfig
}}
http://:{beside} {{
    import autoconfig-documents
    respond "the site beside"
}}
"""


_CONFIGURATIONS = {"nginx": _NGINX, "apache": _APACHE, "caddy": _CADDY}
_CHECKS = {
    "nginx": ("nginx", "-t", "-c"),
    "apache": ("apache2", "-t", "-f"),
    "caddy": ("caddy", "validate", "--adapter", "caddyfile", "--config"),
}
_RUNS = {
    "nginx": ("nginx", "-c"),
    "apache": ("apache2", "-DFOREGROUND", "-f"),
    "caddy": ("caddy", "run", "--adapter", "caddyfile", "--config"),
}
NAMES = tuple(_RUNS)
_PATH = f"{os.environ['PATH']}:/usr/sbin"


def is_installed(name: str) -> bool:
    """Whether a web server can be run."""
    return shutil.which(_RUNS[name][0], path=_PATH) is not None


@contextmanager
def running(
    name: str, folder: Path, snippets: Path, certificate: Path, first_lines: str = ""
) -> Iterator[Mapping[str, int]]:
    """Run a web server with the snippets of a site, in a folder that other users may enter.

    `first_lines` come before the rest of its configuration. Gives its ports by what it serves there: `http` and
    `https` the site alone, `beside` the site and another one.
    """
    ports = {kind: free_port() for kind in ("http", "https", "beside")}
    configuration = folder / "configuration"
    text = _CONFIGURATIONS[name].format(
        folder=folder,
        snippets=snippets,
        certificate=certificate,
        user=_USERS.get(name, "") if os.getuid() == 0 else "",
        modules=_APACHE_MODULES,
        **ports,
    )
    configuration.write_text(f"{first_lines}\n{text}", encoding="utf-8")
    homes = ("env", f"PATH={_PATH}", f"XDG_CONFIG_HOME={folder}", f"XDG_DATA_HOME={folder}")
    check = subprocess.run([*homes, *_CHECKS[name], configuration], check=False, capture_output=True, timeout=120)
    assert check.returncode == 0, check.stderr.decode()
    with ended([*homes, *_RUNS[name], str(configuration)], folder / "output") as process:
        for port in ports.values():
            wait_for_port(process, port, folder)
        yield ports
