"""What is put on record of a run beside what the engine hands back."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.studies.fit import fit


@pytest.mark.parametrize("validation", [0.1, "test"])
def test_every_class_is_counted_on_the_images_that_choose(validation):
    run = fit("digits", "linear", epochs=2, validation=validation)
    noted, found = run.record.diagnostics, run.predictions
    own = validation != "test"
    labels = found.validation_labels if own else found.labels
    named = np.argmax(found.validation_probabilities if own else found.probabilities, axis=1)
    expected = [int(np.sum((labels == label) & (named == label))) for label in range(10)]
    assert noted.unseen_right == tuple(expected)
    assert noted.unseen_present == tuple(np.bincount(labels, minlength=10).tolist())
    assert sum(noted.unseen_right) / sum(noted.unseen_present) == pytest.approx(run.record.validation.accuracy)
