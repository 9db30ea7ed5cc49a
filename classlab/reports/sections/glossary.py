"""The terms a report uses, in a line each."""

from __future__ import annotations

from classlab.reports.document import Section, Terms

TERMS: tuple[tuple[str, str], ...] = (
    ("arm", "One combination that is compared: model, optimizer and settings."),
    ("seed", "Decides initial weights and the order of the images; the same seed pairs the runs of different arms."),
    (
        "interval",
        "Where the value lies, with the stated confidence, for what is named with it: other seeds, other images, both.",
    ),
    (
        "may be the best",
        "The first arm and every other that it is not better than; with the stated confidence the best is among them.",
    ),
    ("better, worse", "The interval of the paired difference excludes zero, corrected for all comparisons."),
    ("practically equal", "The whole interval of the difference lies within the margin."),
    (
        "cannot tell, not told apart",
        "The interval includes zero and reaches beyond the margin. That is not equality: more evidence may tell.",
    ),
    ("generalisation gap", "Accuracy on training images minus accuracy on test images, in percentage points."),
    ("confidence of a prediction", "The probability of the predicted class."),
    ("expected calibration error", "Mean distance between confidence and accuracy over bins of confidence."),
    ("test-set ledger", "The count of all openings of the test images, so that nobody selects on them unnoticed."),
)


def glossary_section() -> Section:
    """All terms."""
    return Section(title="Terms", blocks=(Terms(items=TERMS),))
