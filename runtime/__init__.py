"""Targets, runs and what they leave behind: who is asked.

Takes an audit file and the items of its battery. Gives stored ``Response`` records in a run folder (``RunStore``).
Add a target: one class that follows ``targets.Target``, under the entry-point group ``evenhand.targets``.
Add a provider's error code to ``chat_protocol.py``, a column to ``rows.py`` and ``schema.py`` (and raise its version).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .audit import Audit, AuditTarget, read_audit
    from .manifest import Manifest, read_manifest
    from .progress import Progress, choose_progress
    from .records import Answer, Failure, Response, RoutingCounts, StoredLabel, TargetDescription
    from .run import run_audit
    from .store import RunStore
    from .summary import RunSummary, TargetSummary
    from .targets import Target, TargetSettings, target_types
    from .transcripts import TranscriptRow, read_transcripts

_HOMES = {
    "Answer": "records",
    "Audit": "audit",
    "AuditTarget": "audit",
    "Failure": "records",
    "Manifest": "manifest",
    "Progress": "progress",
    "Response": "records",
    "RoutingCounts": "records",
    "RunStore": "store",
    "RunSummary": "summary",
    "StoredLabel": "records",
    "Target": "targets",
    "TargetDescription": "records",
    "TargetSettings": "targets",
    "TargetSummary": "summary",
    "TranscriptRow": "transcripts",
    "choose_progress": "progress",
    "read_audit": "audit",
    "read_manifest": "manifest",
    "read_transcripts": "transcripts",
    "run_audit": "run",
    "target_types": "targets",
}

__all__ = [
    "Answer",
    "Audit",
    "AuditTarget",
    "Failure",
    "Manifest",
    "Progress",
    "Response",
    "RoutingCounts",
    "RunStore",
    "RunSummary",
    "StoredLabel",
    "Target",
    "TargetDescription",
    "TargetSettings",
    "TargetSummary",
    "TranscriptRow",
    "choose_progress",
    "read_audit",
    "read_manifest",
    "read_transcripts",
    "run_audit",
    "target_types",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import evenhand`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
