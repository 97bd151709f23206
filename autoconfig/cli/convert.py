"""`autoconfig convert`: from any form that is recognised by its content to any other."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from autoconfig import definitions
from autoconfig.cli.output import DOCUMENT_FORMATS, note, note_status, render, write_document
from autoconfig.errors import AutoconfigError, DefinitionError
from autoconfig.formats import FORMATS, databases, recognise
from autoconfig.formats.xml import MAX_BYTES
from autoconfig.model import Provider

_READ_SUFFIXES = frozenset({".xml", ".yaml", ".yml", ".json", ".mobileconfig"})


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@click.option("--to", "format", required=True, type=click.Choice(DOCUMENT_FORMATS))
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], format: str, output: Path | None) -> None:
    """Convert documents of any published format, YAML definitions and provider databases of other clients.

    Which of them each FILE is, its content tells. One provider goes to stdout (and FILE may be - for stdin); with
    --output DIR each goes to a file there, named after FILE, or after the provider's id if FILE holds several.
    """
    if output is None and len(files) > 1:
        raise click.UsageError("several files need --output DIR, as stdout holds one document")
    exit_code = 0
    written: set[Path] = set()
    for file in files:
        try:
            exit_code = max(exit_code, _convert(file, format, output, written))
        except DefinitionError as error:
            note(f"Error: {error}")
            exit_code = 2
        except AutoconfigError as error:
            note(f"Error: {file}: {error}")
            exit_code = 2
    ctx.exit(exit_code)


def _convert(file: Path, format: str, output: Path | None, written: set[Path]) -> int:
    """Convert every provider of a file; gives 1 if one of them must be mended by hand."""
    providers, ignored = _parse(_read(file), file)
    for text in ignored:
        note(f"note: {file}: {text}")
    if output is None and len(providers) != 1:
        raise ConversionError(f"it holds {len(providers)} providers: name a folder for them with --output DIR")
    exit_code = 0
    for name, provider in providers.items():
        note_status(provider)
        document = render(provider, format)
        if output is None:
            write_document(document)
        else:
            _write(output / f"{name}{_suffix(format)}", document, written)
        if format == "yaml":
            exit_code = max(exit_code, _check_definition(document, name))
    return exit_code


def _suffix(format: str) -> str:
    return ".yaml" if format == "yaml" else Path(FORMATS[format].paths[0]).suffix


def _stem(file: Path) -> str:
    """The file's name without a suffix that names a format; the files of the ISPDB are named after domains."""
    return file.stem if file.suffix.lower() in _READ_SUFFIXES else file.name


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
            return data
    except OSError as error:
        raise ConversionError(f"{error.strerror}") from error


def _parse(data: bytes, file: Path) -> tuple[dict[str, Provider], tuple[str, ...]]:
    """The providers of a file by the names of the files they become, and what of it was left behind."""
    format = recognise(data)
    if format is not None:
        reading = format.module.read(data)
        return {_stem(file): _identified(reading.provider, file)}, reading.ignored
    database = databases.recognise(data)
    if database is not None:
        collection = database.module.read(data)
        return {provider.id: provider for provider in collection.providers}, collection.ignored
    if data.lstrip().startswith((b"<", b"{", b"[")):
        titles = ", ".join(
            [known.title for known in FORMATS.values()] + [base.title for base in databases.DATABASES.values()]
        )
        raise ConversionError(f"its content is in no known format; expected {titles} or a YAML definition")
    return {_stem(file): definitions.parse(data, path=str(file))}, ()


def _identified(provider: Provider, file: Path) -> Provider:
    """Name a provider after its file where the format that was read has no id or no name."""
    id = provider.id or _stem(file).lower()
    return msgspec.structs.replace(provider, id=id, name=provider.name or id)


def _write(target: Path, document: bytes, written: set[Path]) -> None:
    if target in written:
        raise ConversionError(f"{target} has just been written for another provider: convert the two one by one")
    written.add(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(document)
    except OSError as error:
        raise ConversionError(f"{target} cannot be written: {error.strerror}") from error


def _check_definition(document: bytes, name: str) -> int:
    """A definition is stricter than the formats: say what must be mended before it can be used."""
    try:
        definitions.parse(document, path=f"{name}.yaml")
    except DefinitionError as error:
        for problem in error.problems:
            note(f"to mend: {problem}")
        return 1
    return 0


class ConversionError(AutoconfigError):
    """A file that cannot be read, recognised or written."""
