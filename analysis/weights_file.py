"""Reads and writes weights: named arrays in a safetensors file, with one entry of metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def load_weights(path: Path | None, name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays in ``path``, or those of the shipped file ``name`` where it is None."""
    from safetensors.numpy import load_file

    if path is not None:
        return load_file(path)
    with as_file(files(__package__) / "weights" / name) as shipped:
        return load_file(shipped)


def save_weights(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, object]) -> None:
    """Write arrays to ``path``, readable by everybody, with what they were trained on.

    The same arrays give the same bytes: safetensors writes several entries of metadata in an order of its own each
    time, so there is one.
    """
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    save_file(contiguous, path, metadata={"evenhand": json.dumps(metadata, sort_keys=True)})
    path.chmod(0o644)
