"""Analysis: what was answered.

Takes transcripts and the rows of a run. Gives labels (all four of the codebook, with probabilities) and findings.
Add a labeler: one class with ``name`` and ``label``, under the entry-point group ``evenhand.labelers``.
Add a metric: one function in ``metrics.py`` that yields findings, or an entry of ``rates.RATES`` for a share.
Add labelled data: one reader in ``data.py``.
"""

from .records import EngagementLabel, Finding, Label, Labeler, LanguageLabel, StanceLabel, Transcript

__all__ = ["EngagementLabel", "Finding", "Label", "Labeler", "LanguageLabel", "StanceLabel", "Transcript"]
