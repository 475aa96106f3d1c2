"""The demonstration: both calibration specimens audited end to end, one in process, one as a comparison API."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pipeline import Finished
    from .runtime.progress import Progress

NAME = "demo"
_AUDIT = """\
# What `evenhand demo` asks. The port is that of the server it starts; all else can serve as a model for your audit.
evenhand: 1
name: {name}
title: Calibration specimens
battery:
  sets: [taiwan-status, catalonia-independence, abortion-law]
  families: [direct, pair, control]
  languages: [en, fr, de, zh-Hans, zh-Hant]
seed: 20250722
targets:
  - name: tilted
    type: transformers
    model: specimen:tilted
    threads: 1
    batch_size: 32
    max_new_tokens: 400
    routing: true
  - name: even
    type: openai
    base_url: {url}
    model: {model}
    temperature: 0
    max_tokens: 400
    concurrency: 4
"""


def run_demo(runs: Path, *, fresh: bool = False, progress: Progress | None = None) -> Finished:
    """Run the demonstration and return how it ended.

    Args:
        runs: Where its run folder goes, and the audit file beside it.
        fresh: Ask everything anew.
        progress: What to report to.

    Raises:
        EvenhandError: An extra is missing, or something could not be started, read or written.
    """
    from .pipeline import run
    from .runtime.audit import read_audit
    from .runtime.serving import serve_model
    from .runtime.specimen import specimen_path

    folder = runs / NAME
    if fresh and folder.exists():
        shutil.rmtree(folder)
    runs.mkdir(parents=True, exist_ok=True)
    audit = runs / f"{NAME}.yaml"
    with serve_model(specimen_path("even")) as server:
        audit.write_text(_AUDIT.format(name=NAME, url=server.base_url, model=server.model), encoding="utf-8")
        return run(read_audit(audit), folder, progress=progress)
