"""The baseline of the literature: words and characters weighted by TF-IDF, and a linear support vector machine.

It exists to be measured beside the labelers; nothing labels an audit with it.
"""

from __future__ import annotations

from collections.abc import Sequence

_CHARACTERS = 2500
_FEATURES = 2**18


def text_baseline(train: Sequence[str], labels: Sequence[int], test: Sequence[str]) -> list[int]:
    """Return the class of each text of ``test``, from a model fitted to ``train``."""
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    words = HashingVectorizer(
        analyzer="word",
        ngram_range=(1, 2),
        token_pattern=r"(?u)[\u4e00-\u9fff]|\b\w+\b",  # noqa: S106
        n_features=_FEATURES,
        alternate_sign=False,
    )
    characters = HashingVectorizer(
        analyzer="char", ngram_range=(2, 3), n_features=_FEATURES, alternate_sign=False, lowercase=True
    )
    model = make_pipeline(make_union(words, characters), TfidfTransformer(), LinearSVC(C=1.0, class_weight="balanced"))
    model.fit([text[:_CHARACTERS] for text in train], labels)
    return [int(label) for label in model.predict([text[:_CHARACTERS] for text in test])]
