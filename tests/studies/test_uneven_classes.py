"""One rare class from end to end: figures, notes, weights, and a study that ranks by what counts classes alike."""

import numpy as np
import pytest
from sklearn import metrics

import classlab
from classlab.datasets import from_arrays

EASY = {"epochs": 6, "batch_size": 16, "learning_rate": 0.01, "validation": 0.3}


@pytest.fixture(scope="module")
def rare():
    """Two classes 95 to 5; a patch of brighter pixels is all that tells the rare one."""

    def drawn(count, seed):
        draw = np.random.default_rng(seed)
        labels = (np.arange(count) % 20 == 7).astype(np.int64)
        images = draw.integers(0, 120, (count, 8, 8))
        images[labels == 1, 2:6, 2:6] += 45
        return images.astype(np.uint8), labels

    return from_arrays(*drawn(400, 1), *drawn(200, 2), class_names=("usual", "rare"))


def test_a_majority_is_named_and_every_class_counted_alike(rare):
    run = classlab.fit(rare, "linear", **EASY | {"epochs": 1, "learning_rate": 1e-6})
    assert run.record.notes[-1] == (
        "95.0 % of the training images are of class usual: on such images a network that always answers it has an "
        "accuracy of 95.0 %. Balanced accuracy and macro F1 count every class alike, and class_weights=balanced (on "
        "the command line --class-weights balanced) does so in training."
    )
    answers = run.predict(rare.test.images).argmax(axis=1)
    test = run.record.test
    assert test.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(rare.test.labels, answers))
    assert test.macro_f1 == pytest.approx(metrics.f1_score(rare.test.labels, answers, average="macro"))
    assert run.evaluate((rare.test.images, rare.test.labels)).macro_f1 == pytest.approx(test.macro_f1)
    assert run.record.training.balanced_accuracy is None


def test_weights_are_noted_and_lift_the_rare_class(rare):
    plain, weighed = (classlab.fit(rare, "mlp", class_weights=each, **EASY).record for each in (None, {"rare": 19.0}))
    assert weighed.spec.class_weights == (1.0, 19.0)
    assert weighed.notes[-1] == (
        "In training each image's loss is multiplied by its class's weight (1 for usual, 19 for rare); validation and "
        "test losses are not weighted."
    )
    assert weighed.validation.balanced_accuracy > plain.validation.balanced_accuracy


def test_a_study_ranks_by_either_figure_and_says_what_it_holds_for(rare, tmp_path):
    for select, name in (("val_balanced_accuracy", "balanced accuracy"), ("val_macro_f1", "macro F1")):
        study = classlab.Study(
            name, data=rare, model="mlp", seeds=2, select=select, class_weights=["none", {"rare": 19}], **EASY
        )
        found = study.run(store=tmp_path / "store")
        first = found.analysis.first
        assert first.score.holds_for == "seeds and images"
        assert first.score.mean == pytest.approx(
            np.mean(
                [
                    getattr(run.validation, select.removeprefix("val_"))
                    for run in found.record.runs_of(found.analysis.order[0])
                ]
            )
        )
        assert any(f"a validation {name} of" in sentence for sentence in found.analysis.sentences)
        assert f"Its {name} there, the mean over 2 seeds, is" in found.analysis.sentences[-1]
