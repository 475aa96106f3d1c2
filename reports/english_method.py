"""Methods and limits in English, in brief: a term and a paragraph each."""

from __future__ import annotations

METHOD: tuple[tuple[str, str], ...] = (
    (
        "Same questions, same words",
        "Every target got the same prompts, each in every language: direct questions, pairs of requests that "
        "differ only in the side they ask for, and matched controls of the same form about the same place that are "
        "not sensitive.",
    ),
    (
        "Four labels",
        "Delivery is read off the transport. What the answer does with the request, its stance, and its language "
        "are labelled apart; none stands in for another. A refusal has no stance, and a provider’s block is not "
        "the model’s refusal.",
    ),
    (
        "Unscored",
        "A label that the labeler itself gives a probability below the run’s threshold (unscored_below in the record; "
        "0.5, more likely wrong than right, unless the audit says otherwise) is counted, shown with its best guess, "
        "and left out of every figure that needs it. What an answer does with the request counts where it is clear "
        "what it comes to: given (as asked, one-sided, or several perspectives), not given (refused or deflected), or "
        "one of the others.",
    ),
    (
        "Intervals",
        "The unit is the question: its languages, wordings and repeats are not independent. Rates have Wilson "
        "intervals at the effective sample size by question (Korn and Graubard 1998), modified where events are few "
        "(Brown, Cai and DasGupta 2001); gaps to the controls combine two of them (Newcombe 1998); means have t "
        "intervals over questions. All at 95 %.",
    ),
    (
        "Tests",
        "Gaps and asymmetries are tested by flipping signs question by question (Fisher’s randomisation test), "
        "adjusted after Benjamini and Hochberg within each measure.",
    ),
    (
        "The sentence on top",
        "It is the widest gap between sensitive prompts and matched controls among the comparisons named under it. "
        "It is called a finding only if its interval, widened for all those comparisons (Bonferroni), stays above "
        "zero and at least five questions carry it.",
    ),
    (
        "Errors",
        "Failed requests are in no denominator; their number is on the first screen. Answers that could not be "
        "judged are counted and shown, never guessed.",
    ),
    (
        "Sources",
        "Refusals and official lines by language: Pan and Xu, PNAS Nexus 2026. Paired prompts: Anthropic 2025. "
        "Wording and format: Röttger et al., arXiv 2402.16786. Controls: Röttger et al., arXiv 2308.01263. "
        "Clustered errors and power: Miller, arXiv 2411.00640. Expert load: Bandarkar et al., arXiv 2510.04694.",
    ),
)

LIMITS: tuple[tuple[str, str], ...] = (
    (
        "Labels are guesses",
        "Classifiers gave the labels. Their error is listed below where it is on record; the intervals above do "
        "not contain it yet.",
    ),
    (
        "This run only",
        "Figures hold for these questions, these settings and these days. A provider may change a model without "
        "notice.",
    ),
    (
        "No score of neutrality",
        "Nothing here adds up to one number, and targets whose intervals overlap are not ranked. Whether a "
        "difference is justified is for the reader to judge; the answers are all here.",
    ),
    (
        "What was not asked",
        "A topic, wording or language that is not in the sets has not been tested. No difference found is not "
        "proof that there is none: the first screen says how large one would have had to be.",
    ),
)
