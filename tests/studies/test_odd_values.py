"""Every option of `classlab.fit` with odd values: refused by a sentence, or the run that came of it opens again."""

import pytest

from benchmarks.reliability.values import OPTIONS, PAIRS, outcome


@pytest.mark.parametrize(("option", "value"), PAIRS, ids=[f"{option}-{n}" for n, (option, _) in enumerate(PAIRS)])
def test_an_odd_value_is_refused_or_trains_a_run_that_opens(tmp_path, option, value):
    assert outcome(option, value, tmp_path / "run") in ("refused", "reopened")


def test_the_table_names_every_option():
    import inspect

    import classlab

    quiet = {
        "start",
        "global_clipnorm",
        "clipvalue",
        "step_epochs",
        "step_factor",
        "device",
        "resume",
        "again",
        "quiet",
    }
    asked = set(inspect.signature(classlab.fit).parameters) - {"options"}
    assert asked - quiet <= OPTIONS.keys()
    assert len(PAIRS) >= 115
