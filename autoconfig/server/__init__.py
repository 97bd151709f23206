"""The dynamic answer, for what static files cannot do: a WSGI application out of the same definitions.

>>> from autoconfig import load
>>> from autoconfig.server import create_app
>>> application = create_app(load("definitions"))

It stands under gunicorn, uWSGI and mod_wsgi, or inside a Django or Flask site; `autoconfig serve` runs it by itself.
"""

from importlib.util import find_spec

for _package in ("babel", "falcon", "prometheus_client", "segno"):
    if find_spec(_package) is None:
        raise ModuleNotFoundError(
            f"the server needs {_package}: pip install 'mail-autoconfig[server]'",
            name=_package,
        )

from autoconfig.server.app import Application, create_app  # noqa: E402

__all__ = ["Application", "create_app"]
