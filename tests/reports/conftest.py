from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from report_synthetic import audit_result

from evenhand.analysis.result import AuditResult
from evenhand.reports import render_report


@pytest.fixture(scope="session")
def result() -> AuditResult:
    return audit_result()


@pytest.fixture(scope="session")
def report(result: AuditResult) -> str:
    return render_report(result)


@pytest.fixture(scope="session")
def hostile_result() -> AuditResult:
    return audit_result(hostile=True, routing=False)


@pytest.fixture(scope="session")
def hostile_report(hostile_result: AuditResult) -> str:
    return render_report(hostile_result)
