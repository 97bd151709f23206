"""A filled template is byte for byte what the format renders, whatever the address is."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.address import Address
from autoconfig.catalog import bundled
from autoconfig.errors import RenderError
from autoconfig.formats import mozilla, outlook
from autoconfig.model import HelpPage, InputField, Provider, Server, ServerType
from autoconfig.server.documents import _RENDERERS, Documents, _render
from autoconfig.server.template import Template
from tests.support.providers import providers
from tests.support.samples import RICH
from tests.support.serving import EXCHANGE, PASSWORD, provider

FORMATS = ("mozilla", "outlook", "apple")
LOCAL_PARTS = st.text("abc.XYZ019_+-'\"<>&%/\\{}|é東😀]", min_size=1, max_size=20) | st.sampled_from(
    ["%EMAILADDRESS%", "%EMAILLOCALPART%", "%ABC%", "]]>", "&amp;", '"a b"', "\ufffe", "a\u2028b"]
)
DOMAINS = st.sampled_from(["example.com", "xn--bcher-kva.example", "a.b.c.d.nl", "1.example"])
ADDRESSES = st.builds(Address, LOCAL_PARTS, DOMAINS)
LOGINS = st.just("") | LOCAL_PARTS | st.just("uid=jan,ou=people,dc=example")


def outcome(render: object, *arguments: object) -> bytes | type[Exception]:
    try:
        return render(*arguments)  # type: ignore[operator, no-any-return]
    except RenderError:
        return RenderError


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents()


@pytest.mark.parametrize("format", FORMATS)
@given(address=ADDRESSES, login=LOGINS, number=st.integers(0, len(bundled().providers) - 1))
def test_every_bundled_provider_is_as_rendered(
    documents: Documents, format: str, address: Address, login: str, number: int
) -> None:
    provider = bundled().providers[number]
    expected = outcome(_render, provider, format, address, login)
    assert outcome(documents.personal, provider, format, address, login) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_an_ordinary_address_in_every_bundled_provider(documents: Documents, format: str) -> None:
    address = Address("jan.jansen", "example.com")
    for each in bundled().providers:
        assert documents.personal(each, format, address) == _render(each, format, address, "")


@given(provider=providers(), address=ADDRESSES, login=LOGINS, format=st.sampled_from(sorted(_RENDERERS)))
def test_any_provider_is_as_rendered(provider: Provider, address: Address, login: str, format: str) -> None:
    provider = msgspec.structs.replace(provider, domains=("example.com",))
    expected = outcome(_render, provider, format, address, login)
    if outcome(_render, provider, format, Address("jan", "example.com"), "") is not RenderError:
        assert outcome(Documents().personal, provider, format, address, login) == expected


@given(address=ADDRESSES)
def test_each_context_has_its_own_escapes(address: Address) -> None:
    rich = provider(
        "example.com",
        name="%EMAILLOCALPART% & co",
        input_fields=(InputField("KEY", "%EMAILADDRESS%", "%EMAILLOCALPART%"),),
        documentation=(HelpPage("https://help.example.com/?u=%EMAILADDRESS%&l=%EMAILLOCALPART%"),),
        servers=(*RICH.servers, EXCHANGE),
    )
    for format in _RENDERERS:
        expected = outcome(_render, rich, format, address, "")
        assert outcome(Documents().personal, rich, format, address) == expected


def test_a_host_name_that_depends_on_the_local_part_is_rendered_each_time() -> None:
    odd = Provider(
        id="example.com",
        name="Odd",
        domains=("example.com",),
        servers=(
            Server(type=ServerType.IMAP, hostname="%EMAILLOCALPART%.example.com", authentication=PASSWORD),
            Server(type=ServerType.SMTP, hostname="smtp.example.com", authentication=PASSWORD),
        ),
    )
    template = Template(partial(_render, odd, "apple"))
    for local_part in ("jan", "%41", "a+b"):
        address = Address(local_part, "example.com")
        assert template.fill(address) == _render(odd, "apple", address, "")


def test_a_template_is_split_where_the_address_stands() -> None:
    seen: list[Address] = []

    def render(address: Address, login: str) -> bytes:
        seen.append(address)
        return mozilla.render(provider("example.com"), address=address)

    template = Template(render)
    prepared = len(seen)
    assert b"<username>jan@example.com</username>" in template.fill(Address("jan", "example.com"))
    assert b"<username>j&lt;n@example.com</username>" in template.fill(Address("j<n", "example.com"))
    assert len(seen) == prepared


def test_a_login_name_stands_where_the_definition_has_a_user_name() -> None:
    answer = Documents().personal(provider("example.com"), "outlook", Address("jan", "example.com"), "u123&4")
    assert [server.username for server in outlook.parse(answer).servers] == ["u123&4", "u123&4"]
