"""Audits how politically even-handed a language model is.

The names below are the public interface; everything else may change without notice.

- ``read_audit`` reads an audit file, ``run`` asks, labels, measures and reports, ``load_result`` reads a run back.
- ``Catalogue``, ``load_topic_set`` and ``check_topic_set`` find, read and check topic sets.
- ``BatterySpec`` and ``build_items`` turn topic sets into the conversations that are put to every target.
- ``DefaultLabeler`` gives ``Transcript`` records a ``Label`` each, from a run or from anywhere else.
- ``measure`` turns labelled answers into ``Finding`` records, ``write_report`` an ``AuditResult`` into HTML.
- ``EvenhandError`` is the base of every error raised on purpose.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import EvenhandError

if TYPE_CHECKING:
    from .analysis.labeling import DefaultLabeler
    from .analysis.measure import measure
    from .analysis.records import Finding, Label, Transcript
    from .analysis.result import AuditResult
    from .pipeline import load_result, run
    from .probes.battery import BatterySpec, build_items
    from .prompts.catalogue import Catalogue, check_topic_set, load_topic_set
    from .reports.render import write_report
    from .runtime.audit import read_audit

_HOMES = {
    "AuditResult": ".analysis.result",
    "BatterySpec": ".probes.battery",
    "Catalogue": ".prompts.catalogue",
    "DefaultLabeler": ".analysis.labeling",
    "Finding": ".analysis.records",
    "Label": ".analysis.records",
    "Transcript": ".analysis.records",
    "build_items": ".probes.battery",
    "check_topic_set": ".prompts.catalogue",
    "load_result": ".pipeline",
    "load_topic_set": ".prompts.catalogue",
    "measure": ".analysis.measure",
    "read_audit": ".runtime.audit",
    "run": ".pipeline",
    "write_report": ".reports.render",
}

__all__ = [
    "AuditResult",
    "BatterySpec",
    "Catalogue",
    "DefaultLabeler",
    "EvenhandError",
    "Finding",
    "Label",
    "Transcript",
    "build_items",
    "check_topic_set",
    "load_result",
    "load_topic_set",
    "measure",
    "read_audit",
    "run",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
