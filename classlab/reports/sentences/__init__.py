"""What the numbers say, in words: every sentence is a function of measured figures; others give another one."""

from classlab.reports.sentences.comparison import Unit, comparison_sentence, difference_words
from classlab.reports.sentences.errors import calibration_sentence, mistakes_sentence
from classlab.reports.sentences.gap import gap_sentence, gap_summary
from classlab.reports.sentences.outcome import confirmation_sentences, flattery_sentence, states_sentence, test_sentence
from classlab.reports.sentences.verdict import score_sentence, verdict_sentences

__all__ = [
    "Unit",
    "calibration_sentence",
    "comparison_sentence",
    "confirmation_sentences",
    "difference_words",
    "flattery_sentence",
    "gap_sentence",
    "gap_summary",
    "mistakes_sentence",
    "score_sentence",
    "states_sentence",
    "test_sentence",
    "verdict_sentences",
]
