"""Reads hostile YAML and remembers the line of every key and value, for topic sets and audit files alike.

Anchors, aliases, tags and duplicate keys are refused: a file that people review must read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import UserError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 60
_PLAIN_TAGS = {
    "tag:yaml.org,2002:map",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:timestamp",
}
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Path_ = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file.

    Attributes:
        problem: What is wrong, with the value.
        fix: What to do about it.
        line: Line, counted from 1.
        code: Short name of the kind of fault.
    """

    problem: str
    fix: str
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data with the line of everything in it.

    Attributes:
        path: The file.
        data: Mappings, lists and scalars.
        lines: Line of each key path, counted from 1.
    """

    path: Path
    data: Any
    lines: Mapping[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int:
        """Return the line of ``path``, or of its nearest ancestor that stands in the file."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1

    def at(self, path: Path_) -> Any:
        """Return the value at ``path``, or None."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def read_yaml(path: Path, error: type[UserError]) -> Document:
    """Return the YAML mapping in ``path``.

    Args:
        path: The file.
        error: What to raise.

    Raises:
        UserError: ``error``, where the file is missing, too long, no text, no YAML, or uses what is refused here.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"the file is longer than {MAX_BYTES // 2**20} MiB", fix="split it", file=path)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise error("the file is not UTF-8 text", fix="save it as UTF-8", file=path, line=line) from None
    except OSError as problem:
        raise error(f"the file cannot be read ({problem.strerror})", fix="check its name", file=path) from None
    return parse_yaml(text, path, error)


def parse_yaml(text: str, path: Path, error: type[UserError]) -> Document:
    """Return the YAML mapping in ``text``; ``path`` only names it in messages.

    Raises:
        UserError: As ``read_yaml``.
    """
    strange = _NOT_TEXT.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        problem = f"there is a control character U+{ord(strange.group()):04X}"
        raise error(problem, fix="remove it", file=path, line=line)
    reader = _Reader(path, error)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            reader.refuse_references(text)
            node = loader.get_single_node()
            data = None if node is None else reader.value(node, (), 0)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = 1 if mark is None else mark.line + 1
        what = f"the file is no valid YAML ({problem.problem or problem.context})"
        raise error(what, fix="check indentation, colons and quotation marks here", file=path, line=line) from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise error(f"the file is no valid YAML ({problem})", fix="check it in a YAML editor", file=path) from None
    if not isinstance(data, dict):
        raise error("the file holds no mapping of keys to values", fix="start it with 'evenhand: 1'", file=path, line=1)
    return Document(path, data, reader.lines)


class _Reader:
    """Turns nodes into plain data, noting lines on the way."""

    def __init__(self, path: Path, error: type[UserError]):
        self.path = path
        self.error = error
        self.lines: dict[Path_, int] = {}
        self._constructor = yaml.constructor.SafeConstructor()

    def refuse_references(self, text: str) -> None:
        """Raise where an alias or an anchor is used: they can make a small file endless."""
        if "&" not in text and "*" not in text:
            return
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self._refuse(f"the reference {event.anchor!r} is used", "write the text out", event.start_mark)

    def value(self, node: yaml.Node, path: Path_, depth: int) -> Any:
        """Return the plain data of ``node`` and note its line under ``path``."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if depth > MAX_DEPTH:
            self._refuse("values are nested too deeply", "flatten them", node.start_mark)
        if node.tag not in _PLAIN_TAGS:
            self._refuse(f"the tag {node.tag!r} is used", "remove it", node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index), depth + 1) for index, child in enumerate(node.value)]
        if node.tag.endswith(":timestamp"):
            return node.value
        return self._constructor.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse("a key is not a word", "use a plain word as key", key_node.start_mark)
            # "no" and "on" are words here, although YAML 1.1 reads them as truth values.
            key = str(key_node.value)
            if key in mapping:
                self._refuse(f"the key {key!r} stands twice", "remove one of them", key_node.start_mark)
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            mapping[key] = self.value(value_node, (*path, key), depth + 1)
        return mapping

    def _refuse(self, problem: str, fix: str, mark: yaml.Mark | None) -> None:
        raise self.error(problem, fix=fix, file=self.path, line=None if mark is None else mark.line + 1)


def validated(document: Document, model: type[Model]) -> tuple[Model | None, tuple[Fault, ...]]:
    """Return ``document`` as ``model``, or None and everything that is wrong with it."""
    try:
        return model.model_validate(_jsonable(document.data), strict=False), ()
    except ValidationError as error:
        return None, tuple(_fault(document, model, details) for details in error.errors(include_url=False))


def require(document: Document, model: type[Model], error: type[UserError]) -> Model:
    """Return ``document`` as ``model``.

    Raises:
        UserError: ``error`` with the first fault and how many more there are.
    """
    value, faults = validated(document, model)
    if value is None:
        first = min(faults, key=lambda fault: fault.line)
        raise first_fault(first, len(faults) - 1, document.path, error)
    return value


def first_fault(fault: Fault, more: int, path: Path, error: type[UserError]) -> UserError:
    """Return ``error`` for one fault, saying how many more there are."""
    fix = fault.fix + (f" ({more} more fault{'s' if more > 1 else ''} in this file)" if more else "")
    return error(fault.problem, fix=fix, file=path, line=fault.line)


def _jsonable(value: Any) -> Any:
    """Return ``value`` with lists as tuples, which strict records ask for."""
    if isinstance(value, dict):
        return {key: _jsonable(child) for key, child in value.items()}
    if isinstance(value, list):
        return tuple(_jsonable(child) for child in value)
    return value


def _fault(document: Document, model: type[BaseModel], details: ErrorDetails) -> Fault:
    location = tuple(step for step in details["loc"] if step != "[key]")
    path = _path_in(document, location)
    name = ".".join(str(step) for step in location) or "the file"
    line = document.line(path)
    kind, given = details["type"], _shown(details.get("input"))
    if kind == "extra_forbidden":
        known = _field_names(model, location[:-1])
        close = get_close_matches(str(location[-1]), known, n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}"
        return Fault(f"there is no key {str(location[-1])!r} here", fix, line, "unknown-key")
    if kind == "missing":
        where = "" if len(location) == 1 else f" in {'.'.join(str(step) for step in location[:-1])}"
        return Fault(f"the key {str(location[-1])!r} is missing{where}", f"add {location[-1]}:", line, "missing-key")
    message = details["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return Fault(f"{name}: {message}", "correct it", line, "value")
    if kind == "string_type":
        return Fault(f"{name} is {given}, not text", "put it in quotation marks", line, "type")
    message = message[:1].lower() + message[1:]
    return Fault(f"{name} is {given}: {message}", "correct it", line, "type" if kind.endswith("type") else "value")


def _path_in(document: Document, location: tuple[int | str, ...]) -> Path_:
    """Return the part of ``location`` that stands in the file; discriminators of unions do not."""
    path: Path_ = ()
    for step in location:
        if (*path, step) in document.lines:
            path = (*path, step)
    return path


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "empty"
    return text if len(text) <= 60 else text[:57] + "…"


def _field_names(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at ``location``, by walking the model's annotations."""
    current: Any = model
    for step in location:
        current = _inner(current, step)
        if current is None:
            return []
    found = _model_of(current)
    return [] if found is None else list(found.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((found for part in get_args(annotation) if (found := _model_of(part)) is not None), None)
    return None


def _inner(annotation: Any, step: int | str) -> Any:
    model = _model_of(annotation)
    if model is not None:
        info = model.model_fields.get(str(step))
        return None if info is None else info.annotation
    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((found for part in arguments if (found := _inner(part, step)) is not None), None)
    if isinstance(step, int) and arguments:
        return arguments[0]
    return cast(Any, arguments[1]) if len(arguments) == 2 else None
