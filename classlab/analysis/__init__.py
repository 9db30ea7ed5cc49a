"""The one reading of a study: order, candidates, comparisons and the sentences that say so; everyone shows this."""

from classlab.analysis.analysis import Analysis, analyse, divisible_images, judge_study, numbers_of
from classlab.analysis.arm import ArmAnalysis
from classlab.analysis.confirmation import Confirmation, arm_of
from classlab.analysis.judgement import Judgement, judge_arms
from classlab.analysis.other_rules import OtherWinner

__all__ = [
    "Analysis",
    "ArmAnalysis",
    "Confirmation",
    "Judgement",
    "OtherWinner",
    "analyse",
    "arm_of",
    "divisible_images",
    "judge_arms",
    "judge_study",
    "numbers_of",
]
