"""The run's database: the one place where items, answers and labels are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter, ValidationError

from ..errors import RunFolderError, StoreError
from ..probes.records import Item
from .lock import LOCK_NAME, RunLock
from .records import (
    Answer,
    Attempt,
    Failure,
    PlannedTarget,
    Response,
    RoutingCounts,
    StoredLabel,
    TargetDescription,
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
from .schema import connect, connect_read_only, explained

DATABASE_NAME = "run.sqlite"
RUN_FILES = frozenset({LOCK_NAME, "audit.yaml", "manifest.json", DATABASE_NAME})
"""What a run writes first; a folder that holds other things and no database is not a run folder."""

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


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class RunStore:
    """A run folder's database, open. Use it as a context manager.

    ``RunStore.write`` holds the folder's lock; any number of ``RunStore.read`` may be open beside it.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: RunLock | None):
        self.folder = folder
        self.path = folder / DATABASE_NAME
        self._connection = connection
        self._lock = lock
        self._synchronised = monotonic()
        self._items: dict[int, Item] = {}
        self._targets: dict[int, str] = {}
        self._item_numbers: dict[str, int] = {}
        self._target_numbers: dict[str, int] = {}
        self._load()

    @classmethod
    def write(cls, folder: Path) -> Self:
        """Open the run in ``folder`` for writing; create folder and database where there are none.

        Raises:
            RunFolderError: Another process is writing it, or it holds other files and no run.
            StoreError: It cannot be written, is damaged, or is of another version.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            strange = None
            if not (folder / DATABASE_NAME).exists():
                strange = next((entry.name for entry in folder.iterdir() if entry.name not in RUN_FILES), None)
        except (FileExistsError, NotADirectoryError) as error:
            raise RunFolderError(f"{error.filename} is a file", fix="choose another run folder") from error
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
        if strange is not None:
            raise RunFolderError(
                f"{folder} is no run folder: it holds {strange!r} and no {DATABASE_NAME}", fix="choose another folder"
            )
        lock = RunLock(folder)
        try:
            return cls(folder, connect(folder / DATABASE_NAME), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open the run in ``folder`` for reading only.

        Raises:
            RunFolderError: There is no run.
            StoreError: It cannot be read, is damaged, or is of another version.
        """
        path = folder / DATABASE_NAME
        if not path.is_file():
            raise RunFolderError(
                f"{folder} is no run folder: there is no {DATABASE_NAME} in it", fix="name a folder that a run has made"
            )
        return cls(folder, connect_read_only(path), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and free the lock. Nothing is pending: every answer was committed when it came."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

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

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

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

    def synchronise(self) -> None:
        """Force everything stored so far onto the disk, so that even a power cut cannot undo it.

        Raises:
            StoreError: The disk could not be written.
        """
        with explained(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._synchronised = monotonic()

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

    # The store itself

    def meta(self, key: str) -> str | None:
        """Return what is stored under ``key``, or None."""
        with explained(self.path):
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Store ``value`` under ``key``."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, storable(value)))

    def problems(self) -> list[str]:
        """Return what SQLite's own integrity check finds wrong; empty where the file is sound."""
        with explained(self.path):
            rows = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check")]
        return [] if rows == ["ok"] else rows


def _card_json(card: TargetDescription) -> str:
    return json.dumps({**asdict(card), "settings": dict(card.settings)}, sort_keys=True)


def _attempt_cells(
    failure: Failure | None, started_at: str, finished_at: str
) -> tuple[str, str, str | None, int | None, str | None, str | None]:
    if failure is None:
        return started_at, finished_at, None, None, None, None
    code = None if failure.code is None else storable(failure.code)
    return started_at, finished_at, failure.kind, failure.status, code, storable(failure.message)
