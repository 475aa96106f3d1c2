"""The baseline of the literature: words and characters weighted by TF-IDF, and a linear support vector machine.

It exists to be measured beside the labelers; nothing labels an audit with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_CHARACTERS = 2500
_FEATURES = 2**18


class TextBaseline:
    """The baseline, fitted to texts.

    Args:
        texts: What to learn from.
        labels: The class of each.
    """

    def __init__(self, texts: Sequence[str], labels: Sequence[int]):
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC

        words = HashingVectorizer(
            analyzer="word",
            ngram_range=(1, 2),
            token_pattern=r"(?u)[\u4e00-\u9fff]|\b\w+\b",  # noqa: S106 (a pattern, no password)
            n_features=_FEATURES,
            alternate_sign=False,
        )
        characters = HashingVectorizer(
            analyzer="char", ngram_range=(2, 3), n_features=_FEATURES, alternate_sign=False, lowercase=True
        )
        machine = LinearSVC(C=1.0, class_weight="balanced")
        model: Any = make_pipeline(make_union(words, characters), TfidfTransformer(), machine)
        self._model = model.fit([text[:_CHARACTERS] for text in texts], labels)

    def classes_of(self, texts: Sequence[str]) -> list[int]:
        """Return the class of each text."""
        return [int(label) for label in self._model.predict([text[:_CHARACTERS] for text in texts])]
