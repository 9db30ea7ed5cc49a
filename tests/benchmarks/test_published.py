from benchmarks.published import SECTIONS
from classlab.lab.published import PUBLISHED


def test_the_benchmark_and_the_lab_hold_the_same_published_figures():
    ours = {(arm.train, arm.test) for section in SECTIONS.values() for arm in section.arms if arm.train is not None}
    theirs = {(figure.train, figure.test) for exercise in PUBLISHED.values() for figure in exercise.figures}
    assert ours <= theirs
    assert len(ours) > 10
