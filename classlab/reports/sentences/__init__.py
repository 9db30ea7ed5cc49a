"""What the numbers of single networks say, in words; what is said of arms comes from `classlab.analysis`."""

from classlab.reports.sentences.errors import calibration_sentence, mistakes_sentence

__all__ = ["calibration_sentence", "mistakes_sentence"]
