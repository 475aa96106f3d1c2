"""Records which experts a Mixture-of-Experts model sends each token to, while it generates.

Routers are recognised by their class name, which ends in ``TopKRouter`` or ``TopkRouter`` in over sixty MoE families of
transformers 5; all of them return (logits, weights, indices). A family with another name (Llama 4, DBRX) counts as
dense. The router's own indices are used: the top-k of the raw logits is wrong where a router adds a correction bias or
limits groups, as DeepSeek V3 and Kimi K2 do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from .records import RoutingCounts

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn
    from torch.utils.hooks import RemovableHandle

_ROUTER_CLASS = re.compile(r"Top[Kk]Router$")
_LAYER = re.compile(r"\.(?:layers|blocks|h)\.(\d+)\.")


def routers(model: nn.Module) -> list[tuple[int, nn.Module]]:
    """Return the routers of ``model`` with the index of their layer, ascending; empty for a dense model."""
    found: list[tuple[int, nn.Module]] = []
    for name, module in model.named_modules():
        if _ROUTER_CLASS.search(type(module).__name__):
            match = _LAYER.search(f".{name}.")
            found.append((int(match.group(1)) if match else len(found), module))
    return sorted(found, key=lambda pair: pair[0])


class RoutingRecorder:
    """Counts expert choices of one batch at a time. Use it as a context manager around ``generate``.

    Args:
        model: The model whose routers are listened to.
        attention_mask: 1 for prompt tokens and 0 for padding on the left, shape (batch, prompt).
        first_tokens: Count at most this many generated tokens.
    """

    def __init__(self, model: nn.Module, attention_mask: torch.Tensor, first_tokens: int):
        self._routers = routers(model)
        self._mask = attention_mask.bool().cpu().numpy()
        self._first_tokens = first_tokens
        self._chosen: list[list[torch.Tensor]] = [[] for _ in self._routers]
        self._seen = [0] * len(self._routers)
        self._experts = [0] * len(self._routers)
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> RoutingRecorder:
        self._handles = [
            router.register_forward_hook(self._hook(index)) for index, (_, router) in enumerate(self._routers)
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, index: int) -> Callable[[nn.Module, object, tuple[torch.Tensor, ...]], None]:
        batch, wanted = self._mask.shape[0], self._mask.shape[1] + self._first_tokens

        def record(router: nn.Module, inputs: object, output: tuple[torch.Tensor, ...]) -> None:
            del router, inputs
            if self._seen[index] >= wanted:
                return
            logits, choices = output[0], output[2]
            # Routers see the batch's tokens in one row: (batch * tokens, top_k).
            chosen = choices.detach().reshape(batch, -1, choices.shape[-1])
            self._experts[index] = logits.shape[-1]
            self._seen[index] += chosen.shape[1]
            self._chosen[index].append(chosen)

        return record

    def counts(self, generated: Sequence[int]) -> list[RoutingCounts | None]:
        """Return the counts of each sequence; None for a dense model.

        Args:
            generated: Tokens generated for each sequence, its end token included. The last one is never fed back, so
                one token less is counted.
        """
        import torch

        heard = [index for index, chosen in enumerate(self._chosen) if chosen]
        if not heard:
            return [None] * len(generated)
        chosen = [torch.cat(self._chosen[index], dim=1).cpu().numpy() for index in heard]
        experts = max(self._experts[index] for index in heard)
        length = self._mask.shape[1]
        rows: list[RoutingCounts | None] = []
        for row, tokens in enumerate(generated):
            fed = max(0, min(self._first_tokens, tokens - 1))
            prompt = [_histogram(layer[row, :length][self._mask[row]], experts) for layer in chosen]
            completion = [_histogram(layer[row, length : length + fed], experts) for layer in chosen]
            rows.append(
                RoutingCounts(
                    layers=tuple(self._routers[index][0] for index in heard),
                    prompt=np.stack(prompt),
                    completion=np.stack(completion),
                    prompt_tokens=int(self._mask[row].sum()),
                    first_tokens=fed,
                    top_k=int(chosen[0].shape[-1]),
                )
            )
        return rows


def _histogram(indices: NDArray[np.int64], experts: int) -> NDArray[np.uint32]:
    return np.bincount(indices.reshape(-1), minlength=experts).astype(np.uint32)
