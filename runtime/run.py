"""Puts an audit's battery to all of its targets at once and stores what comes."""

from __future__ import annotations

import hashlib
import platform
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..errors import StoreError
from ..probes.records import Item, Message
from ..prompts.catalogue import Catalogue, content_hash
from ..prompts.records import TopicSet
from .asking import Asking, ask_each, opened, problem_of
from .audit import Audit
from .manifest import (
    MANIFEST_NAME,
    CardRecord,
    Manifest,
    SetRecord,
    evenhand_revision,
    evenhand_version,
    git_revision,
    package_versions,
    platform_name,
    read_manifest,
    write_manifest,
    write_whole,
)
from .progress import Progress, QuietProgress
from .records import PlannedTarget, Response, utc_now
from .rows import is_settled
from .store import RunStore
from .summary import RunSummary, TargetSummary
from .targets import Target
from .thinking import split_thinking


@runtime_checkable
class Remarking(Protocol):
    """A target that has something to say at the end."""

    def remarks(self) -> Sequence[str]:
        """Return one sentence for each thing a person should know."""
        ...


async def run_audit(
    audit: Audit,
    folder: Path,
    progress: Progress | None = None,
    *,
    catalogue: Catalogue | None = None,
    weights: Mapping[str, str] | None = None,
) -> RunSummary:
    """Ask every target what the run in ``folder`` still lacks, and return how far it came.

    All targets are asked at the same time and in the same order, shuffled by the audit's seed, so that an outage or a
    drift does not fall on one topic. Each response is stored in the moment it comes. A target that cannot be asked does
    not hold up the others. SIGINT and SIGTERM let what is in flight finish; a second one stops at once.

    Args:
        audit: The audit.
        folder: Run folder; made where there is none, resumed where there is one.
        progress: What to report to; nothing by default.
        catalogue: Where topic sets come from; by default as ``Catalogue.load()``.
        weights: SHA-256 of each labeler's weights, for the manifest.

    Raises:
        UserError: The audit, a topic set or the run folder cannot be used. Nothing was asked.
        StoreError: The database could not be written; what was stored before is kept.
    """
    catalogue = Catalogue.load() if catalogue is None else catalogue
    items = audit.items(catalogue)
    targets = [entry.make(audit.path.parent) for entry in audit.targets]
    planned = [
        PlannedTarget(entry.name, entry.identity(), target.card())
        for entry, target in zip(audit.targets, targets, strict=True)
    ]
    with RunStore.write(folder) as store:
        store.plan(items, planned)
        sets = {name: catalogue.sets[name] for name in dict.fromkeys(item.topic for item in items)}
        store.save_sets(sets)
        manifest = _manifest(audit, folder, sets, planned, weights or {}, len(items))
        write_whole(folder / "audit.yaml", audit.source)
        write_manifest(folder, manifest)
        runner = _Runner(store, targets, progress or QuietProgress(), audit.seed)
        summary = await runner.run()
        store.synchronise()
        write_manifest(folder, manifest.model_copy(update={"finished": None if summary.interrupted else utc_now()}))
    return summary


def _manifest(
    audit: Audit,
    folder: Path,
    sets: Mapping[str, TopicSet],
    targets: Sequence[PlannedTarget],
    weights: Mapping[str, str],
    items: int,
) -> Manifest:
    now = utc_now()
    created = now
    if (folder / MANIFEST_NAME).exists():
        try:
            created = read_manifest(folder).created
        except StoreError:
            # It says nothing that the database does not, so a damaged one is written anew.
            created = now
    return Manifest(
        name=audit.name,
        title=audit.title,
        evenhand=evenhand_version(),
        evenhand_revision=evenhand_revision(),
        audit_revision=git_revision(audit.path.resolve().parent),
        audit_sha256=hashlib.sha256(audit.source).hexdigest(),
        python=platform.python_version(),
        platform=platform_name(),
        packages=package_versions(),
        sets={name: SetRecord(version=topic.version, sha256=content_hash(topic)) for name, topic in sets.items()},
        weights=dict(weights),
        targets={target.name: CardRecord(**asdict(target.card)) for target in targets},
        seed=audit.seed,
        battery_seed=audit.battery.seed,
        items=items,
        created=created,
        started=now,
        unscored_below=audit.unscored_below,
    )


@dataclass(slots=True)
class _Tally:
    """What is known about one target while it is asked."""

    planned: int
    stored_before: int = 0
    answered: int = 0
    blocked: int = 0
    problem: str | None = None
    failed: set[str] = field(default_factory=set)

    def count(self, response: Response) -> None:
        failure = response.failure
        self.failed.discard(response.item_id)
        if not is_settled(response):
            self.failed.add(response.item_id)
        elif response.block is not None or (failure is not None and failure.kind == "content_filter"):
            self.blocked += 1
        else:
            self.answered += 1


class _Runner:
    """One run in progress."""

    def __init__(self, store: RunStore, targets: Sequence[Target], progress: Progress, seed: int):
        self._store = store
        self._targets = targets
        self._progress = progress
        self._tallies = {target.name: _Tally(len(store.items)) for target in targets}
        self._items = {item.id: item for item in store.items}
        self._order = list(store.items)
        random.Random(seed).shuffle(self._order)
        self._asking = Asking(targets, progress)
        self._followed = {item.follows for item in store.items if item.follows is not None}
        self._before: dict[tuple[str, str], Response] = {}
        """Responses that a later turn follows, by target and item."""
        for answer in store.answers():
            self._tallies[answer.target].count(answer.response)
            self._remember(answer.response)
        for tally in self._tallies.values():
            tally.stored_before = tally.answered + tally.blocked

    async def run(self) -> RunSummary:
        """Ask all targets and return how far that came."""
        await self._asking.run(self._ask)
        return RunSummary(
            folder=self._store.folder,
            targets=tuple(self._summary(target) for target in self._targets),
            interrupted=self._asking.interrupted,
        )

    async def _ask(self, target: Target) -> None:
        tally = self._tallies[target.name]
        wanted = {item.id for item in self._store.to_ask(target.name)}
        pending = [item for item in self._order if item.id in wanted]
        self._progress.begin(target.name, tally.planned, tally.planned - len(pending))
        if pending:
            tally.problem = await problem_of(target.name, self._ask_open(target, pending))
        nothing = tally.answered + tally.blocked + len(tally.failed) == 0
        if nothing and tally.problem is None and not self._asking.interrupted:
            tally.problem = f"target {target.name!r} gave no answer to any of {tally.planned} items"
        self._progress.end(target.name, tally.problem)

    async def _ask_open(self, target: Target, pending: list[Item]) -> None:
        async with opened(target):
            for turn in sorted({_turn(item) for item in pending}):
                if self._asking.interrupted:
                    return
                asked, blocked = self._conversations(target.name, [item for item in pending if _turn(item) == turn])
                for response in blocked:
                    self._stored(response)
                if asked:
                    await ask_each(target, asked, self._stored)

    def _stored(self, response: Response) -> None:
        self._store.save(response)
        self._remember(response)
        self._tallies[response.target].count(response)
        self._progress.advance(response)

    def _remember(self, response: Response) -> None:
        if response.item_id in self._followed and is_settled(response):
            self._before[response.target, response.item_id] = response

    def _conversations(self, target: str, items: Sequence[Item]) -> tuple[list[Item], list[Response]]:
        """Return the items that can be asked, with the answers to earlier turns in their place, and what cannot come.

        Thinking is left out of earlier answers, as chat protocols want it. A turn whose predecessor has failed is left
        for the next run; one whose predecessor was withheld or gave no text, and never will, has the same outcome.
        """
        asked: list[Item] = []
        ended: list[Response] = []
        for item in items:
            earlier = self._earlier(target, item)
            if earlier is None:
                continue
            answers = [split_thinking(response.text)[0].strip() for response in earlier]
            end = next((one for one, text in zip(earlier, answers, strict=True) if _ends(one, text)), None)
            if end is None:
                asked.append(replace(item, messages=_interleaved(item.messages, answers)))
            else:
                now = utc_now()
                ended.append(
                    Response(
                        item.id,
                        target,
                        finish_reason=end.finish_reason,
                        failure=end.failure,
                        block=end.block,
                        started_at=now,
                        finished_at=now,
                    )
                )
        return asked, ended

    def _earlier(self, target: str, item: Item) -> list[Response] | None:
        """Return the responses to the turns before ``item``, the first one first; None where one is missing."""
        found: list[Response] = []
        before = item.follows
        while before is not None:
            response = self._before.get((target, before))
            if response is None:
                return None
            found.insert(0, response)
            before = self._items[before].follows
        return found

    def _summary(self, target: Target) -> TargetSummary:
        tally = self._tallies[target.name]
        return TargetSummary(
            name=target.name,
            planned=tally.planned,
            stored_before=tally.stored_before,
            answered=tally.answered,
            blocked=tally.blocked,
            failed=len(tally.failed),
            problem=tally.problem,
            remarks=tuple(target.remarks()) if isinstance(target, Remarking) else (),
        )


def _ends(response: Response, text: str) -> bool:
    """Return whether no conversation can go on from a response: withheld, failed for good, or without text."""
    withheld = response.block is not None or response.finish_reason == "content_filter"
    return withheld or response.failure is not None or not text


def _turn(item: Item) -> int:
    """Return how many user turns come before the item's own, where the answers to them are the target's."""
    return 0 if item.follows is None else sum(message.role == "user" for message in item.messages) - 1


def _interleaved(messages: Sequence[Message], answers: Sequence[str]) -> tuple[Message, ...]:
    """Return the conversation with one answer after each of the user's turns but the last."""
    left = list(answers)
    turns: list[Message] = []
    for message in messages:
        turns.append(message)
        if message.role == "user" and left:
            turns.append(Message("assistant", left.pop(0)))
    return tuple(turns)
