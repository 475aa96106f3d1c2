"""Reads answers that somebody else recorded, from JSONL or CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from ..errors import TranscriptError

_CSV_SUFFIXES = frozenset({".csv", ".tsv"})
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """One recorded answer as it stands in its file.

    Attributes:
        line: Line it begins on, counted from 1.
        values: Field or column name to value; a CSV's values are all text, its empty cells are left out.
    """

    line: int
    values: Mapping[str, object]


def read_transcripts(path: Path, *, required: Sequence[str] = ()) -> Iterator[TranscriptRow]:
    """Yield the rows of a JSONL file, or of a CSV or TSV file with a header, in order.

    Args:
        path: The file; read as CSV where its name ends in ``.csv`` or ``.tsv``, as JSONL otherwise.
        required: Fields that every row must have as text. In a CSV an empty cell is the empty text.

    Raises:
        TranscriptError: It cannot be read: missing, no UTF-8, cut short, no table, a field missing. Names the line.
    """
    try:
        with path.open("rb") as stream:
            rows = _csv_rows(path, stream) if path.suffix.lower() in _CSV_SUFFIXES else _jsonl_rows(path, stream)
            for row in rows:
                for name in required:
                    _require_text(path, row, name)
                yield row
    except OSError as error:
        raise TranscriptError(f"it cannot be read ({error.strerror})", fix="check the path", file=path) from error


def _require_text(path: Path, row: TranscriptRow, name: str) -> None:
    value = row.values.get(name)
    if isinstance(value, str):
        return
    if value is None:
        close = get_close_matches(name, row.values, n=1)
        there = f"rename {close[0]!r}" if close else f"there are only {', '.join(sorted(row.values)) or 'no fields'}"
        raise TranscriptError(f"the field {name!r} is missing", fix=there, file=path, line=row.line)
    shown = json.dumps(value, ensure_ascii=True, default=str)[:60]
    raise TranscriptError(f"{name} is {shown}, not text", fix="put it in quotation marks", file=path, line=row.line)


def _text_lines(path: Path, stream: BinaryIO) -> Iterator[str]:
    for number, raw in enumerate(stream, start=1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise TranscriptError(
                f"byte {raw[error.start]:#04x} is no UTF-8 text", fix="save the file as UTF-8", file=path, line=number
            ) from None


def _jsonl_rows(path: Path, stream: BinaryIO) -> Iterator[TranscriptRow]:
    for number, text in enumerate(_text_lines(path, stream), start=1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            complete = text.endswith("\n")
            reason = getattr(error, "msg", "too long or too deep").lower()
            raise TranscriptError(
                f"this is no JSON ({reason})" if complete else "the last line is cut short",
                fix="write one JSON object a line" if complete else "remove it or export the file again",
                file=path,
                line=number,
            ) from None
        if not isinstance(values, dict):
            raise TranscriptError("this is no JSON object", fix="write {…} on each line", file=path, line=number)
        yield TranscriptRow(number, values)


def _csv_rows(path: Path, stream: BinaryIO) -> Iterator[TranscriptRow]:
    lines = _text_lines(path, stream)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    old_limit = csv.field_size_limit(sys.maxsize)
    try:
        reader = csv.reader(_joined(first, lines), delimiter=delimiter, strict=True)
        yield from _records(path, reader)
    finally:
        csv.field_size_limit(old_limit)


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _records(path: Path, reader: Iterator[list[str]]) -> Iterator[TranscriptRow]:
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            raise TranscriptError("there is no header", fix="name the columns in the first line", file=path, line=1)
        twice = next((name for name in header if name and header.count(name) > 1), None)
        if twice is not None:
            raise TranscriptError(f"two columns are called {twice!r}", fix="rename one", file=path, line=1)
        line = _line_of(reader) + 1
        for cells in reader:
            if len(cells) > len(header):
                raise TranscriptError(
                    f"there are {len(cells)} cells and only {len(header)} columns",
                    fix="put quotation marks around cells that contain the separator",
                    file=path,
                    line=line,
                )
            if any(cells):
                yield TranscriptRow(line, {n: c for n, c in zip(header, cells, strict=False) if n and c != ""})
            line = _line_of(reader) + 1
    except csv.Error as error:
        cut = "unexpected end" in str(error)
        raise TranscriptError(
            "a quotation mark is opened here and never closed" if cut else f"this is no CSV ({error})",
            fix="close it, or export the file again",
            file=path,
            line=line,
        ) from None


def _line_of(reader: object) -> int:
    return int(getattr(reader, "line_num", 0))
