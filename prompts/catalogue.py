"""Finds, loads and checks topic sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from importlib.resources import as_file, files
from pathlib import Path

from ..errors import TopicSetError
from .defects import BLOCKING, CHECKS, Check, Defect, check_parts, subject_of
from .records import TopicSet
from .scaffold import check_identifier
from .yaml_lines import Document, read_yaml, validated

ENTRY_POINT_GROUP = "evenhand.topics"
_WHY_SCHEMA = "the file could not be read as a topic set"


def load_topic_set(path: Path) -> TopicSet:
    """Return the topic set in ``path``.

    Raises:
        TopicSetError: It cannot be used; names the first defect and how many more there are.
    """
    topic, defects = _examined(path, BLOCKING)
    blocking = [defect for defect in defects if defect.severity == "error"]
    if topic is None or blocking:
        first, more = blocking[0], len(blocking) - 1
        fix = first.fix + (f" ({more} more; see: evenhand topics check {path})" if more else "")
        raise TopicSetError(first.what, fix=fix, file=path, line=first.line)
    return topic


def check_topic_set(path: Path, *, complete: bool = False) -> tuple[Defect, ...]:
    """Return everything that is wrong with the topic set in ``path``, by line; a file that is no YAML is one defect.

    Args:
        path: The file.
        complete: Also say which parts it lacks that the shipped sets have.
    """
    return _examined(path, (*CHECKS, check_parts) if complete else CHECKS)[1]


def _examined(path: Path, checks: Sequence[Check]) -> tuple[TopicSet | None, tuple[Defect, ...]]:
    try:
        document = read_yaml(path, TopicSetError)
    except TopicSetError as error:
        defect = Defect(str(path), error.line or 1, "error", "yaml", error.problem, _WHY_SCHEMA, error.fix or "mend it")
        return None, (defect,)
    topic, faults = validated(document, TopicSet)
    if topic is None:
        return None, tuple(
            Defect(str(path), fault.line, "error", fault.code, fault.problem, _WHY_SCHEMA, fault.fix)
            for fault in sorted(faults, key=lambda fault: fault.line)
        )
    return topic, tuple(sorted(_defects(document, topic, checks), key=lambda defect: (defect.line, defect.code)))


def _defects(document: Document, topic: TopicSet, checks: Sequence[Check]) -> Iterator[Defect]:
    subject = subject_of(document, topic)
    for check in checks:
        yield from check(subject)


def content_hash(topic: TopicSet) -> str:
    """Return the SHA-256 (hex) of the set's content, independent of layout and comments."""
    canonical = json.dumps(topic.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def packaged_files() -> tuple[Path, ...]:
    """Return the files of the sets that come with the package."""
    with as_file(files(__package__) / "sets") as folder:
        return tuple(sorted(folder.glob("*.yaml")))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All topic sets that can be asked, by id.

    Attributes:
        sets: Sets by id, in order of id.
        sources: The file of each.
    """

    sets: Mapping[str, TopicSet]
    sources: Mapping[str, Path]

    @classmethod
    def load(cls, folders: Sequence[Path] = (), *, packaged: bool = True) -> Catalogue:
        """Return the sets in the package, in installed plug-ins, in ``./prompts`` and in ``folders``.

        Raises:
            TopicSetError: A set cannot be used, a folder does not exist, or two files have one id.
        """
        sets: dict[str, TopicSet] = {}
        sources: dict[str, Path] = {}
        for path, plug_in in _set_files(folders, packaged):
            topic = load_topic_set(path)
            if plug_in is not None:
                if "." in topic.id:
                    fix = "leave the dot out; the plug-in's name is put before the id"
                    raise TopicSetError(f"a plug-in's set cannot be called {topic.id!r}", fix=fix, file=path, line=1)
                topic = topic.model_copy(update={"id": f"{plug_in}.{topic.id}"})
            if topic.id in sets:
                problem = f"the id {topic.id!r} is already taken by {sources[topic.id]}"
                raise TopicSetError(problem, fix="give this set another id", file=path, line=1)
            sets[topic.id], sources[topic.id] = topic, path
        return cls({name: sets[name] for name in sorted(sets)}, sources)

    def get(self, name: str) -> TopicSet:
        """Return the set with id ``name``.

        Raises:
            TopicSetError: There is none.
        """
        if name not in self.sets:
            close = get_close_matches(name, self.sets, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(self.sets) or 'none installed'}"
            raise TopicSetError(f"there is no topic set {name!r}", fix=fix)
        return self.sets[name]


def _set_files(folders: Iterable[Path], packaged: bool) -> Iterator[tuple[Path, str | None]]:
    """Yield every file with the name of the plug-in that brings it, if one does."""
    if packaged:
        yield from ((path, None) for path in packaged_files())
        for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
            check_identifier(point.name, "the name of the plug-in")
            try:
                resources = files(point.module)
            except ModuleNotFoundError:
                problem = f"the plug-in {point.name!r} names the module {point.module!r}, which is not there"
                raise TopicSetError(problem, fix="correct or remove that plug-in") from None
            with as_file(resources) as folder:
                yield from ((path, point.name) for path in sorted(folder.glob("*.yaml")))
    seen: set[Path] = set()
    local = Path("prompts")
    for folder in [*([local] if local.is_dir() else []), *folders]:
        if not folder.is_dir():
            raise TopicSetError(f"the folder {folder} does not exist", fix="check the path given with --sets")
        for path in sorted(folder.glob("*.yaml")):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path, None
