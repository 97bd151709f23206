"""User names that no placeholder can say: looked up by a function or a program of one's own, in bounded time.

What was found, and that nothing was found, is remembered for a minute, in memory only. An address is never part of a
message: not of ours, and not of the exceptions of the look-up, of which only the type is told.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from importlib import import_module

from autoconfig.errors import AutoconfigError
from autoconfig.server.memory import Memory

Lookup = Callable[[str], str | None]
"""From an e-mail address to the user's login name, or None for an address that has none of its own."""

_REMEMBERED = 60.0  # seconds
_SIZE = 10_000
_WORKERS = 16
_LONGEST = 256
_PLACEHOLDER = "{address}"
_UNKNOWN = ""


class UsernameError(AutoconfigError):
    """A look-up that gave no answer in time, or that broke; the message names no address."""


class Usernames:
    """Asks a look-up, each address once a minute at most.

    Args:
        lookup: called on threads of its own.
        timeout: seconds until a look-up counts as broken.
    """

    def __init__(self, lookup: Lookup, timeout: float = 2.0) -> None:
        self._lookup = lookup
        self._timeout = timeout
        self._known: Memory[str | None] = Memory(_SIZE)
        self._pool = ThreadPoolExecutor(_WORKERS, "autoconfig-usernames")

    def of(self, address: str) -> str:
        """The login name, or nothing if the address has none of its own.

        Raises:
            UsernameError: nobody knows.
        """
        known = self._known.get(address, None)
        if known is not None:
            return known
        future = self._pool.submit(self._lookup, address)
        try:
            error = future.exception(self._timeout)
        except FutureTimeoutError:
            future.cancel()
            raise UsernameError(f"no user name within {self._timeout:g} seconds") from None
        if error is not None:
            raise UsernameError(f"the look-up of a user name ended in {type(error).__name__}")
        username = _checked(future.result())
        self._known.put(address, username, _REMEMBERED)
        return username


def _checked(found: object) -> str:
    if found is None or found == _UNKNOWN:
        return _UNKNOWN
    if not isinstance(found, str) or len(found) > _LONGEST or not found.isprintable():
        raise UsernameError(f"the look-up of a user name gave no text of at most {_LONGEST} printable characters")
    return found


def function(name: str) -> Lookup:
    """The function of a name such as `package.module:function`.

    Raises:
        AutoconfigError: there is no such module, or no such function in it.
    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise AutoconfigError(f"{name!r} names no function; expected MODULE:FUNCTION, such as mylogins:username")
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise AutoconfigError(f"{name!r}: {error}; is its folder in PYTHONPATH?") from error
    found = getattr(module, attribute, None)
    if not callable(found):
        raise AutoconfigError(f"{name!r}: the module {module_name} has no function {attribute}")
    lookup: Lookup = found
    return lookup


def command(line: str, timeout: float = 2.0) -> Lookup:
    """A look-up by a program: `{address}` in its line stands for the address, as one argument or a part of one.

    The line is split as a shell splits words, but no shell runs. The program prints the login name, or nothing for
    none, and exits with 0; another exit code counts as broken. An address that begins with `-` would look like an
    option to the program, and has no login name of its own.

    Raises:
        AutoconfigError: the line has no program or no `{address}`.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise AutoconfigError(f"{line!r} is no command: {error}") from error
    if not any(_PLACEHOLDER in word for word in words[1:]):
        raise AutoconfigError(f"{line!r} is no command with an argument {_PLACEHOLDER}")

    def lookup(address: str) -> str | None:
        if address.startswith("-") and any(word.startswith(_PLACEHOLDER) for word in words):
            return None
        return _output([word.replace(_PLACEHOLDER, address) for word in words], timeout)

    return lookup


def _output(arguments: list[str], timeout: float) -> str:
    with subprocess.Popen(  # noqa: S603
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise UsernameError("the program took too long") from None
    if process.returncode != 0:
        raise UsernameError(f"the program exited with {process.returncode}")
    return output.decode("utf-8", "replace").strip("\r\n")
