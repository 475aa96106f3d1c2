"""Takes answers from a file: somebody's chat transcripts become a target like any other."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import StringConstraints

from ..errors import TargetError, TranscriptError
from ..probes.records import Item
from .records import Response, TargetDescription, utc_now
from .targets import TargetSettings, path_beside
from .transcripts import TranscriptRow, read_transcripts

_TEXT_FIELDS = ("thinking", "finish_reason", "model")


class RecordedSettings(TargetSettings):
    """Settings of target type ``recorded``.

    Attributes:
        file: JSONL, CSV or TSV of answers, relative to the audit file. Fields: ``response``; ``item_id`` or ``prompt``;
            optional ``prompt_language``, ``thinking``, ``finish_reason``, ``model``.
        model: What answered, for the report.
    """

    file: Annotated[str, StringConstraints(min_length=1)]
    model: Annotated[str, StringConstraints(min_length=1)] = "as recorded"

    def beside(self, folder: Path) -> Self:
        """Return these settings with ``file`` taken from ``folder``."""
        path = path_beside(folder, self.file)
        return self.model_copy(update={"file": path if Path(path).is_absolute() else str(folder / path)})


class RecordedTarget:
    """Answers from a file, matched to items by id or by the prompt's text.

    A prompt's text is compared after Unicode normalisation and with runs of white space as one space. Several answers
    to one prompt are its repeats, in the file's order; items that put the same prompt share its answers. A conversation
    of several turns can only be matched by id.
    """

    Settings: ClassVar[type[TargetSettings]] = RecordedSettings

    def __init__(self, name: str, settings: RecordedSettings):
        self.name = name
        self._settings = settings
        self._path = Path(settings.file)
        self._rows: list[TranscriptRow] | None = None
        self._stopped = False
        # The turns of dialogues are asked one after the other: what matched is added up over all of them.
        self._asked = self._answered = self._count = 0
        self._used: set[int] = set()

    def card(self) -> TargetDescription:
        """Return the model's name and the file's."""
        return TargetDescription("recorded", self._settings.model, self._path.name, {})

    async def open(self) -> None:
        """Read the file.

        Raises:
            TargetError: There is no such file.
            TranscriptError: It cannot be read; names file and line.
        """
        if not self._path.is_file():
            raise TargetError(f"target {self.name!r}: there is no file {self._path}", fix="check file: in the audit")
        rows = []
        for row in read_transcripts(self._path):
            _check(self._path, row)
            rows.append(row)
        if not rows:
            raise TranscriptError("there is no answer in it", fix="write one answer a line", file=self._path)
        self._rows = rows

    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        """Yield the recorded response of each item that has one."""
        if self._rows is None:
            raise TargetError(f"target {self.name!r} is not open", fix="call open() first")
        matches = _match(self._rows, items)
        self._asked += len(items)
        self._answered += len(matches)
        self._used |= {row.line for row in matches.values()}
        self._count = len(self._rows)
        for item in items:
            if self._stopped:
                return
            if item.id in matches:
                yield self._response(item, matches[item.id])

    def _response(self, item: Item, row: TranscriptRow) -> Response:
        now = utc_now()
        return Response(
            item_id=item.id,
            target=self.name,
            text=_field(row, "response") or "",
            thinking=_field(row, "thinking"),
            finish_reason=_field(row, "finish_reason"),
            model=_field(row, "model"),
            host=self._path.name,
            started_at=now,
            finished_at=now,
        )

    def remarks(self) -> Sequence[str]:
        """Return what did not match, one sentence each."""
        if not self._asked:
            return ()
        name, rest = self._path.name, self._count - len(self._used)
        if not self._answered:
            return (
                f"none of the {self._count} answers in {name} belongs to a prompt still to be asked; "
                "give each answer the exact prompt or the item_id",
            )
        remarks = []
        if self._answered < self._asked:
            remarks.append(f"{self._asked - self._answered} of {self._asked} prompts have no answer in {name}")
        if rest:
            remarks.append(f"{rest} of {self._count} answers in {name} belong to no prompt still to be asked")
        return tuple(remarks)

    def stop(self) -> None:
        """Yield nothing more."""
        self._stopped = True

    async def close(self) -> None:
        """Let go of the answers."""
        self._rows = None


def _check(path: Path, row: TranscriptRow) -> None:
    for name in ("response", "prompt", "item_id", "prompt_language", *_TEXT_FIELDS):
        value = row.values.get(name)
        if value is not None and not isinstance(value, str):
            raise TranscriptError(f"{name} is not text", fix="put it in quotation marks", file=path, line=row.line)
    if "response" not in row.values and path.suffix.lower() not in (".csv", ".tsv"):
        raise TranscriptError("there is no response", fix='add "response"', file=path, line=row.line)
    if "prompt" not in row.values and "item_id" not in row.values:
        raise TranscriptError("there is neither prompt nor item_id", fix="add one of them", file=path, line=row.line)


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _field(row: TranscriptRow, name: str) -> str | None:
    value = row.values.get(name)
    return value if isinstance(value, str) else None


def _match(rows: Sequence[TranscriptRow], items: Sequence[Item]) -> dict[str, TranscriptRow]:
    """Return the row of each item id that has one.

    The outcome for an item does not depend on which other items are asked, so a resumed run matches as the first did.
    """
    by_id: dict[str, TranscriptRow] = {}
    by_text: dict[str, list[TranscriptRow]] = {}
    for row in rows:
        name = _field(row, "item_id")
        if name is not None:
            by_id.setdefault(name, row)
        else:
            by_text.setdefault(_normalised(_field(row, "prompt") or ""), []).append(row)
    matches: dict[str, TranscriptRow] = {}
    for item in items:
        if item.id in by_id:
            matches[item.id] = by_id[item.id]
        elif len(item.messages) == 1:
            same = [
                row
                for row in by_text.get(_normalised(item.prompt), ())
                if _field(row, "prompt_language") in (None, item.language)
            ]
            if item.repeat < len(same):
                matches[item.id] = same[item.repeat]
    return matches
