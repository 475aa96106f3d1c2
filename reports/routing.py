"""Expert routing: how far the expert load of two groups of prompts differs, layer by layer, beside its null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from . import numbers
from .rows import Audit, plain_name
from .svg import lollipops

if TYPE_CHECKING:
    from ..analysis.result import RoutingContrast
    from .wording import Wording


@dataclass(frozen=True, slots=True)
class Contrast:
    """One contrast of one target.

    Attributes:
        target: Name of the target.
        contrast: Which groups of prompts.
        n: Prompts in the two groups.
        chart: One dot a layer over the null's band.
        p: Of the largest layer, by permutation.
        rows: Layer, divergence, mean and 95th percentile of the null.
    """

    target: str
    contrast: str
    n: str
    chart: Markup
    p: str
    rows: tuple[tuple[int, str, str, str], ...]


def routing(audit: Audit, say: Wording) -> tuple[Contrast, ...] | None:
    """Return the routing contrasts of the run; None where no target has any."""
    groups: dict[tuple[str, str], list[RoutingContrast]] = {}
    for layer in audit.result.routing:
        groups.setdefault((layer.target, layer.contrast), []).append(layer)
    return tuple(_contrast(layers, say) for layers in groups.values()) or None


def _contrast(layers: list[RoutingContrast], say: Wording) -> Contrast:
    layers = sorted(layers, key=lambda layer: layer.layer)
    first = layers[0]
    above = sum(layer.divergence > layer.null_high for layer in layers)
    title = say(
        "routing.chart",
        target=plain_name(first.target),
        contrast=plain_name(first.contrast),
        above=above,
        layers=len(layers),
    )
    return Contrast(
        target=plain_name(first.target),
        contrast=plain_name(first.contrast),
        n=say("routing.n", first=numbers.whole(first.n[0]), second=numbers.whole(first.n[1])),
        chart=lollipops(title, [(str(x.layer), x.divergence, x.null_mean, x.null_high) for x in layers]),
        p=numbers.p_value(min(layer.p_value for layer in layers)),
        rows=tuple(
            (x.layer, numbers.small(x.divergence), numbers.small(x.null_mean), numbers.small(x.null_high))
            for x in layers
        ),
    )
