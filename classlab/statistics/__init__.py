"""Intervals, comparisons, rankings and the reading of predictions: NumPy and SciPy on plain figures."""

from classlab.statistics.calibration import Calibration, CalibrationBin, calibration
from classlab.statistics.comparison import Comparison, Method, Verdict, decide
from classlab.statistics.confusion import Confusion, MixUp, confusion, most_mixed_up
from classlab.statistics.correction import bonferroni, holm, simultaneous_confidence
from classlab.statistics.estimate import Estimate, Interval, estimate
from classlab.statistics.gap import Gap, generalisation_gap, newcombe
from classlab.statistics.mcnemar import compare_predictions, tango
from classlab.statistics.mistakes import most_confident_mistakes
from classlab.statistics.paired import compare
from classlab.statistics.power import power_to_differ, power_to_equal, seeds_needed
from classlab.statistics.proportion import Proportion, wilson
from classlab.statistics.ranking import RankedPair, Ranking, rank
from classlab.statistics.selection import Flattery, expected_maximum, flattery

__all__ = [
    "Calibration",
    "CalibrationBin",
    "Comparison",
    "Confusion",
    "Estimate",
    "Flattery",
    "Gap",
    "Interval",
    "Method",
    "MixUp",
    "Proportion",
    "RankedPair",
    "Ranking",
    "Verdict",
    "bonferroni",
    "calibration",
    "compare",
    "compare_predictions",
    "confusion",
    "decide",
    "estimate",
    "expected_maximum",
    "flattery",
    "generalisation_gap",
    "holm",
    "most_confident_mistakes",
    "most_mixed_up",
    "newcombe",
    "power_to_differ",
    "power_to_equal",
    "rank",
    "seeds_needed",
    "simultaneous_confidence",
    "tango",
    "wilson",
]
