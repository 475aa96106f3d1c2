"""Reads an audit file: which battery is put to which targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..errors import AuditFileError, TargetError
from ..probes.battery import BatterySpec, build_items
from ..probes.records import Item
from ..prompts.catalogue import Catalogue
from ..prompts.yaml_lines import Document, Path_, first_fault, read_yaml, require, validated
from .openai_settings import NO_KEY
from .records import UNSCORED_BELOW
from .secrets import ENVIRONMENT_NAME, is_secret_field, looks_secret
from .targets import Target, TargetSettings, target_class

_TARGET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,59}")


class AuditFile(BaseModel):
    """The top level of an audit file.

    Attributes:
        evenhand: Version of this schema.
        name: Name of the run; its folder is called so.
        title: Title for readers.
        seed: Seed of the order of asking, and of the battery's sample where the battery has none of its own.
        battery: What is asked.
        unscored_below: Probability under which a label is shown as a guess and counted in no rate; 0 counts every
            guess. It touches only what is measured, so that it may be changed when a run is resumed.
        targets: Who is asked: ``name``, ``type`` and that type's settings.
        judges: Who may be asked for a second opinion on the answers, written like targets. They are no part of the run:
            they may be added and changed at any time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    evenhand: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    seed: int = 0
    battery: BatterySpec = BatterySpec()
    unscored_below: Annotated[float, Field(ge=0, le=1)] = UNSCORED_BELOW
    targets: tuple[dict[str, Any], ...] = Field(min_length=1)
    judges: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class AuditTarget:
    """One target, or judge, as an audit file describes it.

    Attributes:
        name: Name in the audit.
        kind: Target type.
        settings: Settings as written; paths are relative to the audit file.
        line: Line of the audit file it begins on.
    """

    name: str
    kind: str
    settings: TargetSettings
    line: int

    def identity(self) -> dict[str, object]:
        """Return what must stay the same for a run to be resumed."""
        return {"type": self.kind, **self.settings.identity()}

    def make(self, folder: Path) -> Target:
        """Return the target itself, not yet open; ``folder`` is the audit file's."""
        return target_class(self.kind)(self.name, self.settings.beside(folder))


@dataclass(frozen=True, slots=True)
class Audit:
    """A checked audit file.

    Attributes:
        path: The file.
        name: Name of the run.
        title: Title for readers; the name where the file has none.
        seed: Seed of the order of asking.
        battery: What is asked.
        targets: Who is asked, in the file's order.
        source: The file's bytes.
        judges: Who may be asked for a second opinion, in the file's order.
        unscored_below: Probability under which a label is unscored.
    """

    path: Path
    name: str
    title: str
    seed: int
    battery: BatterySpec
    targets: tuple[AuditTarget, ...]
    source: bytes
    judges: tuple[AuditTarget, ...] = ()
    unscored_below: float = UNSCORED_BELOW

    def items(self, catalogue: Catalogue) -> tuple[Item, ...]:
        """Return the battery's items.

        Raises:
            AuditFileError: The battery names what the catalogue does not hold; with file and line.
        """
        try:
            return build_items(catalogue.sets, self.battery)
        except AuditFileError as error:
            document = read_yaml(self.path, AuditFileError)
            line = _line_of_named(document, error.problem)
            raise AuditFileError(error.problem, fix=error.fix, file=self.path, line=line) from None


def read_audit(path: Path) -> Audit:
    """Return the audit in ``path``.

    Raises:
        AuditFileError: It cannot be used; one sentence with file, line, value and fix.
    """
    document = read_yaml(path, AuditFileError)
    _refuse_secrets(document)
    content = require(document, AuditFile, AuditFileError)
    battery = content.battery
    if "seed" not in battery.model_fields_set:
        battery = battery.model_copy(update={"seed": content.seed})
    return Audit(
        path=path,
        name=content.name,
        title=content.title or content.name,
        seed=content.seed,
        battery=battery,
        targets=tuple(_described(document, "target", len(content.targets))),
        source=path.read_bytes(),
        judges=tuple(_described(document, "judge", len(content.judges))),
        unscored_below=content.unscored_below,
    )


def _described(document: Document, noun: Literal["target", "judge"], count: int) -> Iterator[AuditTarget]:
    """Yield the targets, or the judges, which are written in the same way."""
    lines: dict[str, int] = {}
    for index in range(count):
        place: Path_ = (f"{noun}s", index)
        name = _text(document, place, "name", noun)
        kind = _text(document, place, "type", noun)
        line = document.line((*place, "name"))
        if not _TARGET_NAME.fullmatch(name):
            raise AuditFileError(
                f"{name!r} cannot be the name of a {noun}",
                fix="use up to 60 letters, digits, dots, colons and hyphens",
                file=document.path,
                line=line,
            )
        if name in lines:
            raise AuditFileError(
                f"there are two {noun}s called {name!r}, the first on line {lines[name]}",
                fix="rename one of them",
                file=document.path,
                line=line,
            )
        lines[name] = line
        yield AuditTarget(name, kind, _settings(document, place, kind), line)


def _text(document: Document, place: Path_, key: str, noun: str) -> str:
    value = document.at((*place, key))
    if isinstance(value, str) and value:
        return value
    line = document.line((*place, key))
    if value is None:
        known = [str(name) for name in document.at(place)]
        close = get_close_matches(key, known, n=1)
        fix = f"rename {close[0]!r}" if close else f"add {key}:"
        raise AuditFileError(f"a {noun} has no {key}", fix=fix, file=document.path, line=line)
    raise AuditFileError(f"{key} is {value}, not text", fix="put it in quotation marks", file=document.path, line=line)


def _settings(document: Document, place: Path_, kind: str) -> TargetSettings:
    try:
        model = target_class(kind).Settings
    except TargetError as error:
        line = document.line((*place, "type"))
        raise AuditFileError(error.problem, fix=error.fix, file=document.path, line=line) from None
    given = {key: value for key, value in document.at(place).items() if key not in ("name", "type")}
    depth = len(place)
    lines = {path[depth:]: line for path, line in document.lines.items() if path[:depth] == place}
    settings, faults = validated(Document(document.path, given, lines), model)
    if settings is None:
        # A fault of the target as a whole, such as a missing key, comes back with line 1.
        placed = [replace(fault, line=max(fault.line, document.line(place))) for fault in faults]
        first = min(placed, key=lambda fault: fault.line)
        raise first_fault(first, len(faults) - 1, document.path, AuditFileError)
    return settings


def _line_of_named(document: Document, problem: str) -> int:
    """Return the line of the battery's value that ``problem`` quotes, or of the battery."""
    battery = document.at(("battery",))
    for key, value in battery.items() if isinstance(battery, dict) else ():
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if repr(name) in problem or f"{key}: {name}" in problem:
                return document.line(("battery", key, index))
    return document.line(("battery",))


def _refuse_secrets(document: Document) -> None:
    """Raise where a value is or may be a key; the message does not repeat it.

    Raises:
        AuditFileError: There is one.
    """
    for path, value in _scalars(document.data, ()):
        field = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
        in_field = is_secret_field(field) and value != NO_KEY and not ENVIRONMENT_NAME.fullmatch(value)
        if in_field or looks_secret(value):
            raise AuditFileError(
                f"{field} seems to hold a key or password",
                fix="put it into an environment variable and write the variable's name, such as key: OPENAI_API_KEY",
                file=document.path,
                line=document.line(path),
            )


def _scalars(value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _scalars(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _scalars(child, (*path, index))
    elif isinstance(value, str):
        yield path, value
