"""`autoconfig convert`: from any form that is recognised by its content to any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from autoconfig import definitions
from autoconfig.cli.output import DOCUMENT_FORMATS, note, note_status, render, write_document
from autoconfig.errors import AutoconfigError, DefinitionError
from autoconfig.formats import FORMATS, Reading, recognise
from autoconfig.formats.xml import MAX_BYTES
from autoconfig.model import Provider

_SUFFIXES = {"yaml": ".yaml", "mozilla": ".xml", "outlook": ".xml"}
_READ_SUFFIXES = frozenset({".xml", ".yaml", ".yml"})


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@click.option("--to", "format", required=True, type=click.Choice(DOCUMENT_FORMATS))
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], format: str, output: Path | None) -> None:
    """Convert Mozilla autoconfig, Outlook autodiscover and YAML definitions, whichever each FILE is.

    One FILE goes to stdout (and may be - for stdin); with --output DIR each goes to a file of its own name there.
    """
    if output is None and len(files) > 1:
        raise click.UsageError("several files need --output DIR, as stdout holds one document")
    targets = _targets(files, format, output)
    exit_code = 0
    for file, target in zip(files, targets, strict=True):
        try:
            exit_code = max(exit_code, _convert(file, format, target))
        except DefinitionError as error:
            note(f"Error: {error}")
            exit_code = 2
        except AutoconfigError as error:
            note(f"Error: {file}: {error}")
            exit_code = 2
    ctx.exit(exit_code)


def _targets(files: Iterable[Path], format: str, output: Path | None) -> list[Path | None]:
    if output is None:
        return [None]
    suffix = _SUFFIXES[format]
    targets = [output / (_stem(file) + suffix) for file in files]
    for target, count in Counter(targets).items():
        if count > 1:
            raise click.UsageError(f"{count} of the files would become {target}: convert them one by one")
    return list(targets)


def _stem(file: Path) -> str:
    """The file's name without a suffix that names a format; the files of the ISPDB are named after domains."""
    return file.stem if file.suffix.lower() in _READ_SUFFIXES else file.name


def _convert(file: Path, format: str, target: Path | None) -> int:
    data = _read(file)
    reading = _parse(data, file)
    provider = _identified(reading.provider, file)
    for text in reading.ignored:
        note(f"note: {file}: {text}")
    note_status(provider)
    document = render(provider, format)
    if target is None:
        write_document(document)
    else:
        _write(target, document)
    return _check_definition(document, target or file) if format == "yaml" else 0


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
            return data
    except OSError as error:
        raise ConversionError(f"{error.strerror}") from error


def _parse(data: bytes, file: Path) -> Reading:
    format = recognise(data)
    if format is not None:
        return format.module.read(data)
    if data.lstrip().startswith((b"<", b"{")):
        titles = ", ".join(format.title for format in FORMATS.values())
        raise ConversionError(f"its content is in no known format; expected {titles} or a YAML definition")
    return Reading(definitions.parse(data, path=str(file)), ())


def _identified(provider: Provider, file: Path) -> Provider:
    """Name a provider after its file where the format that was read has no id or no name."""
    id = provider.id or _stem(file).lower()
    return msgspec.structs.replace(provider, id=id, name=provider.name or id)


def _write(target: Path, document: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(document)
    except OSError as error:
        raise ConversionError(f"{target} cannot be written: {error.strerror}") from error


def _check_definition(document: bytes, path: Path) -> int:
    """A definition is stricter than the formats: say what must be mended before it can be used."""
    try:
        definitions.parse(document, path=str(path))
    except DefinitionError as error:
        for problem in error.problems:
            note(f"to mend: {problem}")
        return 1
    return 0


class ConversionError(AutoconfigError):
    """A file that cannot be read, recognised or written."""
