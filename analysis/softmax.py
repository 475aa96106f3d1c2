"""Probabilities from scores."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Float = TypeVar("_Float", bound=np.floating)


def softmax(scores: NDArray[_Float]) -> NDArray[_Float]:
    """Return probabilities from log-likelihoods along the last axis, in the same precision."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=scores.dtype)
