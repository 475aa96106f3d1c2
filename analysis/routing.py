"""Which experts a local Mixture-of-Experts model used for which prompts: descriptive contrasts with their null.

Routing is largely driven by topic, so a difference between sensitive and other prompts alone says little; the contrast
of refused against answered prompts within a topic is the one that tells refusal from topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..runtime.records import RoutingCounts
from .rates import REFUSALS
from .result import RoutingContrast

PERMUTATIONS = 500
LEAST = 5
"""Prompts that each group of a contrast must have."""


def jensen_shannon(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Jensen-Shannon divergence along the last axis, base 2, 0 to 1 (Lin 1991).

    Args:
        p: Distributions, shape (..., experts), each summing to 1.
        q: The same shape.
    """
    return np.asarray(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2, dtype=np.float64)


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-np.sum(np.where(p > 0, p * np.log2(np.where(p > 0, p, 1.0)), 0.0), axis=-1), dtype=np.float64)


def routing_contrasts(
    answers: pd.DataFrame, counts: Mapping[tuple[str, str], RoutingCounts], *, seed: int = 0
) -> tuple[RoutingContrast, ...]:
    """Return every contrast of every local MoE target.

    Args:
        answers: Frame with ``result.ANSWER_COLUMNS``.
        counts: Expert counts by item id and target.
        seed: Seed of the permutations.
    """
    contrasts: list[RoutingContrast] = []
    for target in answers["target"].drop_duplicates():
        rows = answers[answers["target"].eq(target) & answers["engagement"].notna()]
        rows = rows[[(item, target) in counts for item in rows["item_id"]]]
        if rows.empty:
            continue
        found = [counts[(item, target)] for item in rows["item_id"]]
        layers = found[0].layers
        prompt = _loads([record.prompt for record in found])
        first = _loads([record.completion for record in found])
        block = rows["topic"] + "/" + rows["language"]
        for name, loads, groups in _groupings(rows, prompt, first):
            kept = groups.notna().to_numpy()
            member = groups[kept].astype(bool).to_numpy()
            if min(member.sum(), (~member).sum()) < LEAST:
                continue
            contrasts += _contrast(
                str(target), name, layers, loads[kept], member, block[kept].to_numpy(dtype=str), seed
            )
    return tuple(contrasts)


def _groupings(
    rows: pd.DataFrame, prompt: NDArray[np.float64], first: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[np.float64], pd.Series[Any]]]:
    """Yield each contrast: its name, the loads it compares, and each row's group (None where it is in neither)."""
    yield "sensitive against control, prompt tokens", prompt, rows["sensitive"].astype(object)
    controls = rows[~rows["sensitive"]]
    halves = {cluster: index % 2 == 0 for index, cluster in enumerate(sorted(controls["cluster"].unique()))}
    null = rows["cluster"].map(halves).where(~rows["sensitive"], None)
    yield "control against control (null), prompt tokens", prompt, null.astype(object)
    refused = rows["engagement"].isin(REFUSALS)
    sensitive = rows[rows["sensitive"]]
    mixed = sensitive.groupby("topic")["engagement"].agg(lambda codes: codes.isin(REFUSALS).mean())
    topics = set(mixed[(mixed > 0.05) & (mixed < 0.95)].index)
    within = refused.astype(object).where(rows["sensitive"] & rows["topic"].isin(topics), None)
    yield "refused against answered within a topic, prompt tokens", prompt, within
    yield "refused against answered within a topic, first answer tokens", first, within


def _loads(counts: Sequence[NDArray[np.uint32]]) -> NDArray[np.float64]:
    """Return each prompt's share of tokens by layer and expert, shape (prompts, layers, experts)."""
    stacked = np.stack(counts).astype(np.float64)
    totals = stacked.sum(axis=-1, keepdims=True)
    return stacked / np.where(totals > 0, totals, 1.0)


def _contrast(
    target: str,
    name: str,
    layers: Sequence[int],
    loads: NDArray[np.float64],
    member: NDArray[np.bool_],
    block: NDArray[np.str_],
    seed: int,
) -> Iterator[RoutingContrast]:
    used = loads.sum(axis=(1, 2)) > 0
    loads, member, block = loads[used], member[used], block[used]
    observed = _divergence(loads, member[None, :])[0]
    generator = np.random.default_rng(seed)
    drawn = np.empty((PERMUTATIONS, len(member)), dtype=bool)
    groups = [np.flatnonzero(block == value) for value in np.unique(block)]
    for row in drawn:
        for indices in groups:
            row[indices] = member[generator.permutation(indices)]
    null = _divergence(loads, drawn)
    highest = null.max(axis=1)
    for index, layer in enumerate(layers):
        yield RoutingContrast(
            target=target,
            contrast=name,
            layer=layer,
            divergence=float(observed[index]),
            null_mean=float(null[:, index].mean()),
            null_high=float(np.quantile(null[:, index], 0.95)),
            p_value=float(((highest >= observed[index] - 1e-12).sum() + 1) / (PERMUTATIONS + 1)),
            n=(int(member.sum()), int((~member).sum())),
        )


def _divergence(loads: NDArray[np.float64], members: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the divergence of mean loads by grouping and layer, shape (groupings, layers)."""
    flat = loads.reshape(len(loads), -1)
    inside = members.astype(np.float64)
    outside = 1 - inside
    shape = (len(members), *loads.shape[1:])
    p = (inside @ flat / inside.sum(axis=1, keepdims=True)).reshape(shape)
    q = (outside @ flat / outside.sum(axis=1, keepdims=True)).reshape(shape)
    p, q = (side / np.maximum(side.sum(axis=-1, keepdims=True), 1e-300) for side in (p, q))
    return jensen_shannon(p, q)
