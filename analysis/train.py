"""``evenhand train``: makes the labelers' weights and model cards anew from labelled answers by others."""

from __future__ import annotations

from pathlib import Path


def train(data: Path, out: Path) -> None:
    """Train every labeler that is trained, and write weights and model cards to ``out``.

    The same data gives the same bytes of weights; a card also carries the date it was written.

    Args:
        data: The folder of labelled data.
        out: Where the weights go; made if it is not there.

    Raises:
        UserError: A file of data is missing or damaged, or ``out`` cannot be written.
    """
    from .engagement_card import write_engagement_card
    from .engagement_model import WEIGHTS_NAME, EngagementModel
    from .engagement_training import train_engagement
    from .held_out import held_out_labels, label_errors
    from .label_error import write_errors
    from .language_card import write_language_card
    from .stance_card import write_stance_card
    from .stance_training import train_stance, training_material

    crossed = train_engagement(data, out)
    material = training_material(data, EngagementModel.load(out / WEIGHTS_NAME))
    train_stance(material, data, out)
    labels = held_out_labels(material)
    errors = list(label_errors(labels))
    write_errors(errors, out)
    write_engagement_card(data, out, errors, crossed)
    write_stance_card(material, labels, errors, data, out)
    write_language_card(data, out)
