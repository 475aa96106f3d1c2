"""Sampling that does not depend on which other conversations stand in the same batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def item_sampler(item_ids: Sequence[str], *, temperature: float, seed: int) -> Any:
    """Return a logits processor that makes greedy search draw each row from a random generator of its own.

    Adding Gumbel noise to the scaled logits and taking the largest is sampling from their softmax (Gumbel 1954), so
    greedy search does the rest and the neighbours in a batch cannot change what an item draws.

    Args:
        item_ids: Ids of the rows, in the batch's order; with ``seed`` they fix the noise.
        temperature: Divides the logits; above 0.
        seed: Seed of all rows.
    """
    import torch
    from transformers import LogitsProcessor

    generators = []
    for item_id in item_ids:
        digest = hashlib.sha256(f"{seed}\n{item_id}".encode()).digest()
        generators.append(torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1))

    class Gumbel(LogitsProcessor):  # type: ignore[misc, unused-ignore]
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            del input_ids
            size = scores.shape[-1]
            # Double precision: a float's grid ends at 1 - 6e-8, which would cut the noise's upper tail.
            uniform = torch.stack([torch.rand(size, generator=own, dtype=torch.float64) for own in generators])
            noise = -torch.log(-torch.log(uniform.clamp_min(1e-300)))
            return scores / temperature + noise.to(scores)

    return Gumbel()
