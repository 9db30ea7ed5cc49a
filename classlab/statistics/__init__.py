"""Intervals, comparisons, rankings and the reading of predictions: NumPy on plain figures."""

from classlab.statistics.calibration import Calibration, CalibrationBin, calibration
from classlab.statistics.comparison import Comparison, Verdict, WouldTell, decide
from classlab.statistics.confusion import Confusion, MixUp, confusion, most_mixed_up
from classlab.statistics.dependence import simultaneous_confidence
from classlab.statistics.estimate import Basis, Estimate, estimate
from classlab.statistics.gap import Gap, generalisation_gap
from classlab.statistics.label_errors import DoubtfulLabel, LabelErrors, find_label_errors
from classlab.statistics.mcnemar import compare_predictions
from classlab.statistics.paired import compare
from classlab.statistics.power import power_to_differ, power_to_equal, would_tell
from classlab.statistics.predictions import most_confident_mistakes
from classlab.statistics.proportion import Proportion, wilson
from classlab.statistics.ranking import Family, RankedPair, Ranking, best_first, luck, rank
from classlab.statistics.sample import Sample, sample
from classlab.statistics.scale import Interval, PairedShares, loss_interval, plain_interval, share_interval
from classlab.statistics.spread import Spread, spread, spread_of_seeds

__all__ = [
    "Basis",
    "Calibration",
    "CalibrationBin",
    "Comparison",
    "Confusion",
    "DoubtfulLabel",
    "Estimate",
    "Family",
    "Gap",
    "Interval",
    "LabelErrors",
    "MixUp",
    "PairedShares",
    "Proportion",
    "RankedPair",
    "Ranking",
    "Sample",
    "Spread",
    "Verdict",
    "WouldTell",
    "best_first",
    "calibration",
    "compare",
    "compare_predictions",
    "confusion",
    "decide",
    "estimate",
    "find_label_errors",
    "generalisation_gap",
    "loss_interval",
    "luck",
    "most_confident_mistakes",
    "most_mixed_up",
    "plain_interval",
    "power_to_differ",
    "power_to_equal",
    "rank",
    "sample",
    "share_interval",
    "simultaneous_confidence",
    "spread",
    "spread_of_seeds",
    "wilson",
    "would_tell",
]
