"""Templates, filled in for a language."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autoconfig.site.pages.guide import sign_in
from autoconfig.site.pages.languages import LANGUAGES, language
from autoconfig.site.pages.texts import link


def filled(template: str, code: str, **values: object) -> bytes:
    """The page that a template makes of values; `versions` are its URLs in each language."""
    return _environment(code).get_template(template).render(**values).encode()


@cache
def _environment(code: str) -> Environment:
    """The templates in one language, compiled when they are first used."""
    spoken = language(code)
    environment = Environment(
        loader=PackageLoader("autoconfig.site.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"link": link, "ltr": _left_to_right, "sign_in": sign_in}
    environment.globals |= {"language": spoken, "languages": [language(other) for other in LANGUAGES]}
    return environment


def _left_to_right(text: str) -> Markup:
    """A host name or an address inside of a sentence of any language."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)
