"""The run's database: the one place where items, answers and labels are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from pydantic import TypeAdapter, ValidationError

from ..errors import StoreError
from ..probes.records import Item
from ..prompts.records import TopicSet
from .database import Database
from .lock import RunLock
from .records import (
    Answer,
    Attempt,
    Failure,
    PlannedTarget,
    Response,
    RoutingCounts,
    StoredLabel,
    TargetDescription,
    utc_now,
)
from .resuming import identity_json, refuse_changed_items, refuse_changed_targets
from .rows import (
    RESPONSE_COLUMNS,
    RoutingRow,
    is_settled,
    item_from_json,
    item_to_json,
    response_from_row,
    response_to_row,
    routing_from_row,
    routing_to_row,
    storable,
)
from .schema import explained

SYNCHRONISE_EVERY = 5.0
"""Seconds of answers that a power cut may cost at most."""

_ROUTING_COLUMNS = ("layers", "experts", "width", "prompt_tokens", "first_tokens", "top_k", "counts")
_INSERT_RESPONSE = (
    f"INSERT INTO responses (target, item, settled, attempts, {', '.join(RESPONSE_COLUMNS)}) "  # noqa: S608
    f"VALUES (?, ?, ?, ?{', ?' * len(RESPONSE_COLUMNS)}) ON CONFLICT (target, item) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in ("settled", "attempts", *RESPONSE_COLUMNS))
    + " WHERE responses.settled = 0"
)
_INSERT_ATTEMPT = "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_ROUTING = f"INSERT OR REPLACE INTO routing VALUES (?, ?{', ?' * len(_ROUTING_COLUMNS)})"  # noqa: S608
_INSERT_LABEL = "INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?, ?)"


class RunStore(Database):
    """A run's items, targets, responses, labels and routing counts.

    Use it as a context manager. ``RunStore.write`` holds the folder's lock; any number of ``RunStore.read`` may be open
    beside it.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: RunLock | None):
        super().__init__(folder, connection, lock)
        self._items: dict[int, Item] = {}
        self._targets: dict[int, str] = {}
        self._item_numbers: dict[str, int] = {}
        self._target_numbers: dict[str, int] = {}
        self._load()

    def _load(self) -> None:
        try:
            with explained(self.path):
                self._items = {
                    number: item_from_json(record)
                    for number, record in self._connection.execute("SELECT number, record FROM items ORDER BY number")
                }
                self._targets = dict(self._connection.execute("SELECT number, name FROM targets ORDER BY number"))
        except BaseException as error:
            self._connection.close()
            if isinstance(error, ValidationError):
                raise StoreError(
                    f"{self.path}: an item cannot be read, the table is damaged or of another version; "
                    "restore the file from a copy"
                ) from error
            raise
        self._item_numbers = {item.id: number for number, item in self._items.items()}
        self._target_numbers = {name: number for number, name in self._targets.items()}

    # What is asked

    def plan(self, items: Sequence[Item], targets: Sequence[PlannedTarget]) -> None:
        """Store what is to be asked, or check it against what is stored; new items and targets are added.

        Raises:
            RunFolderError: The plan changes or drops an item or a target that is stored; the message names it.
            StoreError: The plan could not be written.
        """
        with explained(self.path):
            identities = dict(self._connection.execute("SELECT name, identity FROM targets ORDER BY number"))
        refuse_changed_items(self.folder, self.items, items)
        refuse_changed_targets(self.folder, identities, targets)
        new_items = [item for item in items if item.id not in self._item_numbers]
        new_targets = [target for target in targets if target.name not in self._target_numbers]
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO items (id, content_hash, record) VALUES (?, ?, ?)",
                ((item.id, item.content_hash, storable(item_to_json(item))) for item in new_items),
            )
            connection.executemany(
                "INSERT INTO targets (name, identity, card) VALUES (?, ?, ?)",
                ((target.name, identity_json(target), _card_json(target.card)) for target in new_targets),
            )
            connection.executemany(
                "UPDATE targets SET card = ? WHERE name = ?",
                ((_card_json(target.card), target.name) for target in targets),
            )
        self._load()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item of the run, in the battery's order."""
        return tuple(self._items.values())

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets, in the order they were added."""
        return tuple(self._targets.values())

    def cards(self) -> dict[str, TargetDescription]:
        """Return what a reader must know about each target, by name.

        Raises:
            StoreError: A stored card is damaged.
        """
        adapter = TypeAdapter(TargetDescription)
        with explained(self.path):
            rows = self._connection.execute("SELECT name, card FROM targets ORDER BY number").fetchall()
        try:
            return {name: adapter.validate_json(card) for name, card in rows}
        except ValidationError as error:
            raise StoreError(f"{self.path}: the card of a target is damaged; restore the file from a copy") from error

    def to_ask(self, target: str) -> list[Item]:
        """Return the items that have no settled response of ``target`` yet, in the battery's order."""
        with explained(self.path):
            settled = {
                item
                for (item,) in self._connection.execute(
                    "SELECT item FROM responses WHERE target = ? AND settled = 1", (self._target_numbers[target],)
                )
            }
        return [item for number, item in self._items.items() if number not in settled]

    # What was answered

    def save(self, response: Response) -> bool:
        """Store ``response`` with all its attempts, and its routing counts, in one transaction.

        Returns:
            False where a settled response is there already; then nothing is written.

        Raises:
            StoreError: It could not be written; nothing of it was.
        """
        item, target = self._item_numbers[response.item_id], self._target_numbers[response.target]
        row = response_to_row(response)
        routing = None if response.routing is None else routing_to_row(response.routing)
        with self._transaction() as connection:
            before = connection.execute(
                "SELECT settled, attempts FROM responses WHERE target = ? AND item = ?", (target, item)
            ).fetchone()
            settled, earlier = before or (0, 0)
            if settled:
                return False
            total = earlier + len(response.failed_attempts) + 1
            connection.execute(_INSERT_RESPONSE, (target, item, is_settled(response), total, *row))
            last = _attempt_cells(response.failure, response.started_at, response.finished_at)
            failed = [_attempt_cells(a.failure, a.started_at, a.finished_at) for a in response.failed_attempts]
            for number, attempt in enumerate([*failed, last], start=earlier + 1):
                connection.execute(_INSERT_ATTEMPT, (item, target, number, *attempt))
            if before is not None:
                connection.execute("DELETE FROM labels WHERE target = ? AND item = ?", (target, item))
            if routing is not None:
                cells = tuple(getattr(routing, name) for name in _ROUTING_COLUMNS)
                connection.execute(_INSERT_ROUTING, (target, item, *cells))
        if monotonic() - self._synchronised > SYNCHRONISE_EVERY:
            self.synchronise()
        return True

    def answers(self, unlabeled_by: str | None = None) -> Iterator[Answer]:
        """Yield the stored responses by target and then in the battery's order.

        Args:
            unlabeled_by: Only those that this labeler has not labelled.
        """
        columns = ", ".join(f"r.{name}" for name in RESPONSE_COLUMNS)
        query = f"SELECT r.item, r.target, r.attempts, {columns} FROM responses r"  # noqa: S608
        parameters: tuple[str, ...] = ()
        if unlabeled_by is not None:
            query += (
                " LEFT JOIN labels l ON l.target = r.target AND l.item = r.item AND l.labeler = ?"
                " WHERE l.labeler IS NULL"
            )
            parameters = (unlabeled_by,)
        with explained(self.path):
            for item, target, attempts, *cells in self._connection.execute(
                query + " ORDER BY r.target, r.item", parameters
            ):
                record, name = self._items[item], self._targets[target]
                yield Answer(record, name, response_from_row(record.id, name, attempts, cells))

    def attempts(self) -> Iterator[tuple[str, str, int, Attempt | None]]:
        """Yield item id, target, number (from 1) and the failed attempt, or None for one that brought an answer."""
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT item, target, number, failure_kind, failure_message, failure_status, failure_code, "
                "started_at, finished_at FROM attempts ORDER BY target, item, number"
            )
            for item, target, number, kind, message, status, code, started, finished in rows:
                attempt = None if kind is None else Attempt(Failure(kind, message, status, code), started, finished)
                yield self._items[item].id, self._targets[target], number, attempt

    def routing(self) -> Iterator[tuple[str, str, RoutingCounts]]:
        """Yield item id, target and expert counts of every response that has them.

        Raises:
            StoreError: The counts of a response are damaged.
        """
        query = f"SELECT item, target, {', '.join(_ROUTING_COLUMNS)} FROM routing ORDER BY target, item"  # noqa: S608
        with explained(self.path):
            for item, target, *cells in self._connection.execute(query):
                try:
                    counts = routing_from_row(RoutingRow(*cells))
                except (ValueError, TypeError) as error:
                    raise StoreError(f"{self.path}: routing of {self._items[item].id}: {error}") from error
                yield self._items[item].id, self._targets[target], counts

    # What it was labelled with

    def save_labels(self, labels: Iterable[StoredLabel]) -> int:
        """Store labels in one transaction and return how many.

        A labeler's label of a response replaces the one it gave before; other labelers' stay.

        Raises:
            StoreError: They could not be written; none of them was.
        """
        now = utc_now()
        rows = [
            (
                self._target_numbers[label.target],
                self._item_numbers[label.item_id],
                label.labeler,
                storable(label.label),
                label.created_at or now,
            )
            for label in labels
        ]
        with self._transaction() as connection:
            connection.executemany(_INSERT_LABEL, rows)
        return len(rows)

    def labels(self, labeler: str | None = None) -> Iterator[StoredLabel]:
        """Yield the stored labels, of one labeler or of all, by target and then in the battery's order."""
        where, parameters = ("", ()) if labeler is None else (" WHERE labeler = ?", (labeler,))
        query = f"SELECT item, target, labeler, label, created_at FROM labels{where} ORDER BY target, item"  # noqa: S608
        with explained(self.path):
            for item, target, name, label, created in self._connection.execute(query, parameters):
                yield StoredLabel(self._items[item].id, self._targets[target], name, label, created)

    def labelers(self) -> tuple[str, ...]:
        """Return the names of the labelers that have labelled something, in alphabetical order."""
        with explained(self.path):
            return tuple(name for (name,) in self._connection.execute("SELECT DISTINCT labeler FROM labels ORDER BY 1"))

    # What it was asked from

    def save_sets(self, sets: Mapping[str, TopicSet]) -> None:
        """Store the topic sets the items come from, so that the run folder explains itself.

        Raises:
            StoreError: They could not be written.
        """
        rows = [(f"set/{name}", topic.model_dump_json()) for name, topic in sets.items()]
        with self._transaction() as connection:
            connection.execute("DELETE FROM meta WHERE key GLOB 'set/*'")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)

    def sets(self) -> tuple[TopicSet, ...]:
        """Return the topic sets the items come from, by id.

        Raises:
            StoreError: A stored set is damaged.
        """
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT key, value FROM meta WHERE key GLOB 'set/*' ORDER BY key"
            ).fetchall()
        try:
            return tuple(TopicSet.model_validate_json(text) for _, text in rows)
        except ValidationError as error:
            raise StoreError(f"{self.path}: a topic set is damaged; restore the file from a copy") from error


def _card_json(card: TargetDescription) -> str:
    return json.dumps({**asdict(card), "settings": dict(card.settings)}, sort_keys=True)


def _attempt_cells(
    failure: Failure | None, started_at: str, finished_at: str
) -> tuple[str, str, str | None, int | None, str | None, str | None]:
    if failure is None:
        return started_at, finished_at, None, None, None, None
    code = None if failure.code is None else storable(failure.code)
    return started_at, finished_at, failure.kind, failure.status, code, storable(failure.message)
