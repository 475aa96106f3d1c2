"""A run folder's database file: opened, locked, closed, and written in whole transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from ..errors import RunFolderError, StoreError
from .lock import LOCK_NAME, RunLock
from .rows import storable
from .schema import connect, connect_read_only, explained

DATABASE_NAME = "run.sqlite"
RUN_FILES = frozenset({LOCK_NAME, "audit.yaml", "manifest.json", DATABASE_NAME})
"""What a run writes first; a folder that holds other things and no database is not a run folder."""


class Database:
    """A run folder's database, open. Use it as a context manager.

    ``write`` holds the folder's lock; any number of ``read`` may be open beside it.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: RunLock | None):
        self.folder = folder
        self.path = folder / DATABASE_NAME
        self._connection = connection
        self._lock = lock
        self._synchronised = monotonic()

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

    def synchronise(self) -> None:
        """Force everything stored so far onto the disk, so that even a power cut cannot undo it.

        Raises:
            StoreError: The disk could not be written.
        """
        with explained(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._synchronised = monotonic()

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
