"""The tables of ``run.sqlite`` and how a connection to it is opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError
from .rows import RESPONSE_COLUMNS

SCHEMA_VERSION = 1
APPLICATION_ID = 0x45564844
"""Marks a database as evenhand's, in SQLite's own header field for that."""

_RESPONSE_TYPES = {"failure_status": "INTEGER", "prompt_tokens": "INTEGER", "completion_tokens": "INTEGER"}
_RESPONSE_COLUMNS = ",\n    ".join(
    f"{name} {_RESPONSE_TYPES.get(name, 'TEXT')}" + (" NOT NULL" if name == "text" else "") for name in RESPONSE_COLUMNS
)

TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content_hash TEXT NOT NULL,
    record TEXT NOT NULL CHECK (json_valid(record))
);
CREATE TABLE targets (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL CHECK (json_valid(identity)),
    card TEXT NOT NULL CHECK (json_valid(card))
);
CREATE TABLE attempts (
    item INTEGER NOT NULL REFERENCES items,
    target INTEGER NOT NULL REFERENCES targets,
    number INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    failure_kind TEXT,
    failure_status INTEGER,
    failure_code TEXT,
    failure_message TEXT,
    PRIMARY KEY (target, item, number)
) WITHOUT ROWID;
CREATE TABLE responses (
    target INTEGER NOT NULL REFERENCES targets,
    item INTEGER NOT NULL REFERENCES items,
    settled INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    {_RESPONSE_COLUMNS},
    UNIQUE (target, item)
);
CREATE TABLE routing (
    target INTEGER NOT NULL REFERENCES targets,
    item INTEGER NOT NULL REFERENCES items,
    layers TEXT NOT NULL,
    experts INTEGER NOT NULL,
    width INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    first_tokens INTEGER NOT NULL,
    top_k INTEGER NOT NULL,
    counts BLOB NOT NULL,
    UNIQUE (target, item)
);
CREATE TABLE labels (
    target INTEGER NOT NULL REFERENCES targets,
    item INTEGER NOT NULL REFERENCES items,
    labeler TEXT NOT NULL,
    label TEXT NOT NULL CHECK (json_valid(label)),
    created_at TEXT NOT NULL,
    UNIQUE (target, item, labeler)
);
"""

_FIXES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again",
    sqlite3.SQLITE_READONLY: "it may not be written; make the folder writable or choose another with --runs",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that the folder exists and may be written",
    sqlite3.SQLITE_PERM: "it may not be opened; check who owns it",
    sqlite3.SQLITE_BUSY: "another program has locked it; close that and run again",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a copy or start a new run under another name",
    sqlite3.SQLITE_NOTADB: "it is no database; restore it from a copy or start a new run under another name",
    sqlite3.SQLITE_IOERR: "the disk could not be read or written; check it and run again",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite raises about ``path`` into one sentence.

    Raises:
        StoreError: SQLite failed; what earlier transactions wrote is untouched.
    """
    try:
        yield
    except sqlite3.Error as error:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        reason = _FIXES.get(primary, "start a new run under another name if this goes on")
        raise StoreError(f"{path}: {reason} ({error}); every answer stored before is kept") from error


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that reads and writes ``path``, creating the tables in an empty file.

    Write-ahead logging with ``synchronous=NORMAL``: a committed answer survives the death of this process at any
    moment, SIGKILL included, because the kernel already has it. A power cut can undo the commits since the last
    synchronisation (``RunStore`` forces one every few seconds) but never damages the file; those items are asked again.

    Raises:
        StoreError: The file cannot be written, or is no run of this version.
    """
    with explained(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        with explained(path):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                connection.executescript(
                    f"BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID}; "
                    f"PRAGMA user_version={SCHEMA_VERSION}; {TABLES} COMMIT;"
                )
            _check_version(connection, path)
    except StoreError:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads ``path``; another process may be writing it.

    Raises:
        StoreError: The file cannot be read, or is no run of this version.
    """
    uri = path.resolve().as_uri()
    wal = path.with_name(path.name + "-wal")
    try:
        connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema")
        except sqlite3.OperationalError as error:
            # A log needs its index file beside it, which read-only media refuse; without a log nothing is missing.
            connection.close()
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) or wal.exists():
                raise
            connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        with explained(path):
            _check_version(connection, path)
    except sqlite3.Error:
        with explained(path):
            raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID and version == SCHEMA_VERSION:
        return
    connection.close()
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is a database, but not one of evenhand's; choose another run folder")
    raise StoreError(
        f"{path} has schema version {version} and this evenhand knows {SCHEMA_VERSION}; "
        "use the version of evenhand that manifest.json names"
    )
