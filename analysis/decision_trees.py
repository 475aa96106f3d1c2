"""Gradient-boosted trees as arrays: what scikit-learn fitted, kept in a form that a safe file can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .softmax import softmax

_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class TreeEnsemble:
    """Trees whose leaf values add up to one score a class (Friedman 2001).

    Attributes:
        roots: Node at which each tree begins, shape (trees,).
        classes: Class that each tree adds to, shape (trees,).
        feature: Column that a node compares, shape (nodes,).
        threshold: A row goes left where its value is at most this, shape (nodes,).
        left: Next node on the left; the node itself for a leaf, shape (nodes,).
        right: Next node on the right, likewise.
        value: What a leaf adds, shape (nodes,).
        start: Score of each class before the first tree, shape (classes,).
        depth: Comparisons of the longest path.
    """

    roots: NDArray[np.int32]
    classes: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    start: NDArray[np.float32]
    depth: int

    @classmethod
    def of(cls, fitted: Any) -> TreeEnsemble:
        """Return the trees of a fitted ``HistGradientBoostingClassifier`` of several classes."""
        # scikit-learn has no public way to the nodes; a test compares this with predict_proba.
        trees = [(number, tree.nodes) for stage in fitted._predictors for number, tree in enumerate(stage)]
        sizes = [len(nodes) for _, nodes in trees]
        roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        nodes = np.concatenate([nodes for _, nodes in trees])
        own = np.arange(len(nodes))
        offset = np.repeat(roots, sizes)
        leaf = nodes["is_leaf"].astype(bool)
        return cls(
            roots=roots.astype(np.int32),
            classes=np.array([number for number, _ in trees], dtype=np.int32),
            feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
            threshold=np.where(leaf, 0, nodes["num_threshold"]).astype(np.float32),
            left=np.where(leaf, own, nodes["left"] + offset).astype(np.int32),
            right=np.where(leaf, own, nodes["right"] + offset).astype(np.int32),
            value=np.where(leaf, nodes["value"], 0).astype(np.float32),
            start=np.asarray(fitted._baseline_prediction, dtype=np.float32).ravel(),
            depth=int(nodes["depth"].max()),
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> TreeEnsemble:
        """Return the trees that ``tensors`` wrote."""
        named: dict[str, Any] = {name: tensors[f"trees.{name}"].astype(np.int32) for name in _INTEGERS}
        named |= {name: tensors[f"trees.{name}"].astype(np.float32) for name in _FLOATS}
        return cls(depth=int(tensors["trees.depth"][0]), **named)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the trees as named arrays."""
        named = {f"trees.{name}": getattr(self, name) for name in (*_INTEGERS, *_FLOATS)}
        return {**named, "trees.depth": np.array([self.depth], dtype=np.int32)}

    def probabilities(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return probabilities, shape (rows, classes), of ``inputs``, shape (rows, columns)."""
        parts = [self._chunk(inputs[at : at + _ROWS_AT_ONCE]) for at in range(0, len(inputs), _ROWS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.start)))

    def _chunk(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        # Every node compares every row at once: a column is one stretch of memory, and a path then only looks up.
        columns = np.ascontiguousarray(inputs.T)
        goes_left = (columns[self.feature] <= self.threshold[:, None]).view(np.uint8).ravel()
        next_nodes = np.stack([self.right, self.left], axis=1).ravel().astype(np.intp)
        rows = np.arange(len(inputs))
        nodes = np.repeat(self.roots[:, None].astype(np.intp), len(inputs), axis=1)
        places = np.empty_like(nodes)
        for _ in range(self.depth):
            np.multiply(nodes, len(inputs), out=places)
            places += rows
            nodes *= 2
            nodes += goes_left.take(places)
            nodes = next_nodes.take(nodes)
        nodes = np.ascontiguousarray(nodes.T)
        values = self.value[nodes].astype(np.float64)
        scores = np.stack(
            [values[:, self.classes == number].sum(axis=1) + self.start[number] for number in range(len(self.start))],
            axis=1,
        )
        return softmax(scores)


_INTEGERS = ("roots", "classes", "feature", "left", "right")
_FLOATS = ("threshold", "value", "start")
