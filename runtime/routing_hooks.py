"""Records which experts a Mixture-of-Experts model sends each token to, while it generates.

Routers are recognised by their class name, which ends in ``TopKRouter`` or ``TopkRouter`` in every MoE family of
transformers 5. Their own indices are used: the top-k of the raw logits is wrong where a router adds a correction bias or
limits groups, as DeepSeek V3 and Kimi K2 do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from .records import RoutingCounts

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.utils.hooks import RemovableHandle

_ROUTER_CLASS = re.compile(r"Top[Kk]Router$")
_LAYER = re.compile(r"\.layers\.(\d+)\.")


def routers(model: nn.Module) -> list[tuple[int, nn.Module]]:
    """Return the routers of ``model`` with the index of their layer, ascending; empty for a dense model."""
    found = []
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
        self._mask = attention_mask
        self._first_tokens = first_tokens
        self._prompt: dict[int, torch.Tensor] = {}
        self._steps: dict[int, list[torch.Tensor]] = {}
        self._experts: dict[int, int] = {}
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> RoutingRecorder:
        for layer, router in self._routers:
            self._handles.append(router.register_forward_hook(self._hook(layer)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, layer: int):  # type: ignore[no-untyped-def]  # torch types hooks loosely
        def record(module: nn.Module, inputs: object, output: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
            del module, inputs
            logits, _, indices = output
            self._experts[layer] = logits.shape[-1]
            batch = self._mask.shape[0]
            chosen = indices.detach().reshape(batch, -1, indices.shape[-1])
            if layer not in self._prompt:
                self._prompt[layer] = chosen
                self._steps[layer] = []
            elif len(self._steps[layer]) < self._first_tokens:
                self._steps[layer].append(chosen[:, -1])

        return record

    def counts(self, generated: Sequence[int]) -> list[RoutingCounts | None]:
        """Return the counts of each sequence; None for a dense model.

        Args:
            generated: Tokens generated for each sequence, its end token included. The last one is never fed back, so
                one token less is counted.
        """
        layers = [layer for layer, _ in self._routers if layer in self._prompt]
        if not layers:
            return [None] * len(generated)
        mask = self._mask.bool().cpu().numpy()
        rows: list[RoutingCounts | None] = []
        prompts = {layer: self._prompt[layer].cpu().numpy() for layer in layers}
        steps = {layer: [step.cpu().numpy() for step in self._steps[layer]] for layer in layers}
        for row, length in enumerate(generated):
            fed = max(0, min(self._first_tokens, length - 1))
            prompt = np.stack([_histogram(prompts[layer][row][mask[row]], self._experts[layer]) for layer in layers])
            completion = np.stack(
                [
                    _histogram(np.array([step[row] for step in steps[layer][:fed]]), self._experts[layer])
                    for layer in layers
                ]
            )
            rows.append(
                RoutingCounts(
                    layers=tuple(layers),
                    prompt=prompt,
                    completion=completion,
                    prompt_tokens=int(mask[row].sum()),
                    first_tokens=fed,
                    top_k=int(prompts[layers[0]].shape[-1]),
                )
            )
        return rows


def _histogram(indices: np.typing.NDArray[np.int64], experts: int) -> np.typing.NDArray[np.uint32]:
    flat = np.asarray(indices, dtype=np.int64).reshape(-1)
    return np.bincount(flat, minlength=experts).astype(np.uint32)
