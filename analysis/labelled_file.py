"""``evenhand label``: labels for anybody's transcripts, one line out for each line in."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from ..errors import RunError, TranscriptError
from ..runtime.transcripts import TranscriptRow, read_transcripts
from .records import Label, Labeler, Transcript
from .scoring import engagement_probability, stance_probability

BATCH = 256
REQUIRED = ("prompt", "prompt_language")
OPTIONAL = ("thinking", "finish_reason", "proposition", "target", "topic", "cluster")
_TAG = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{2,8})*")


def label_file(source: Path, out: Path, labeler: Labeler, done: Callable[[int], None] | None = None) -> int:
    """Write one line of labels for each transcript of ``source`` to ``out``, in the same order.

    ``out`` appears when it is complete; a defect in ``source`` leaves what was there untouched.

    Args:
        source: JSONL (or CSV) with ``id``, ``prompt``, ``prompt_language``, ``response`` and optionally ``thinking``,
            ``finish_reason``, ``proposition``, ``target``, ``topic``, ``cluster``.
        out: JSONL with the labels.
        labeler: Who labels.
        done: Called with the number of lines done so far.

    Returns:
        The number of lines.

    Raises:
        TranscriptError: ``source`` cannot be read; names file, line and field.
        RunError: ``out`` cannot be written.
    """
    rows = iter(read_transcripts(source, required=REQUIRED))
    count = 0
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        raise RunError(f"{out} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            while batch := list(islice(rows, BATCH)):
                for line in _labelled_lines(source, batch, labeler):
                    stream.write(line + "\n")
                count += len(batch)
                if done is not None:
                    done(count)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(out)
    except OSError as error:
        raise RunError(f"{out} cannot be written: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    return count


def _labelled_lines(source: Path, batch: list[TranscriptRow], labeler: Labeler) -> Iterator[str]:
    transcripts = [_transcript(source, row) for row in batch]
    for row, label in zip(batch, labeler.label(transcripts), strict=True):
        yield json.dumps({"id": row.values["id"], **label_values(label)})


def label_values(label: Label) -> dict[str, object]:
    """Return a label as the fields of an output line, without the id."""
    engagement, stance, language = label.engagement, label.stance, label.language
    return {
        "delivery": label.delivery,
        "engagement": engagement.code,
        "engagement_scores": {code: round(score, 4) for code, score in engagement.scores.items()},
        "compliance": engagement.compliance,
        "stance": stance.value,
        "stance_class": stance.stance_class,
        "language": {
            "prompt": language.prompt,
            "response": language.response,
            "label": language.code,
            "switched_to": language.switched_to,
            "share": round(language.share, 4),
            "probability": round(language.probability, 4),
            "spans": [list(span) for span in language.spans],
            "reasoning": language.reasoning_language,
        },
        "engagement_probability": _rounded(engagement_probability(engagement)),
        "compliance_scores": {code: round(score, 4) for code, score in engagement.compliance_scores.items()},
        "stance_probability": _rounded(stance_probability(stance)),
        "stance_scores": {code: round(score, 4) for code, score in stance.scores.items()},
        "official_state": engagement.official_state,
        "topic_change_offer": engagement.topic_change_offer,
    }


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def _transcript(source: Path, row: TranscriptRow) -> Transcript:
    values = row.values
    if not isinstance(values.get("id"), str | int):
        problem = "the field 'id' is missing" if "id" not in values else "id is neither text nor a number"
        raise TranscriptError(problem, fix="give every answer an id", file=source, line=row.line)
    optional = {name: _text(source, row, name) for name in OPTIONAL}
    tag = str(values["prompt_language"])
    if not _TAG.fullmatch(tag):
        fix = "use a BCP-47 tag such as en or zh-Hans"
        raise TranscriptError(f"prompt_language is {tag!r}", fix=fix, file=source, line=row.line)
    if "response" not in values and source.suffix.lower() not in (".csv", ".tsv"):
        raise TranscriptError("the field 'response' is missing", fix="add it", file=source, line=row.line)
    response = _text(source, row, "response") or ""
    return Transcript(
        id=str(values["id"]), prompt=str(values["prompt"]), prompt_language=tag, response=response, **optional
    )


def _text(source: Path, row: TranscriptRow, name: str) -> str | None:
    value = row.values.get(name)
    if value is None or isinstance(value, str):
        return value
    shown = json.dumps(value)[:60]
    raise TranscriptError(f"{name} is {shown}, not text", fix="use text or null", file=source, line=row.line)
