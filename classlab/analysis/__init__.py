"""The one reading of a study: order, candidates, comparisons and the sentences that say so; everyone shows this."""

from classlab.analysis.analysis import analyse, arm_of, divisible_images, judge_study, numbers_of
from classlab.analysis.judgement import judge_arms
from classlab.analysis.records import Analysis, ArmAnalysis, Confirmation, Judgement, OtherWinner

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
