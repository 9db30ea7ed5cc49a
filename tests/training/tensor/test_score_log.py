import math

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss, top_k_accuracy_score

from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.losses import CrossEntropyFromScores, MeanSquaredError
from classlab.training.tensor.score_log import ScoreLog

IMAGES, BATCH, CLASSES = 23, 5, 4


def logged(scores, labels, *, seeds, loss=None, top_k=None):
    """Scores `(members, images, classes)` and labels `(groups, images)`, noted batch by batch."""
    targets = torch.nn.functional.one_hot(labels, CLASSES).float().transpose(1, 2)
    loss = loss or CrossEntropyFromScores()
    log = ScoreLog(SeedGroups(seeds), batch=BATCH, targets=targets, labels=labels, loss=loss, top_k=top_k)
    for start in range(0, scores.shape[1], BATCH):
        part = scores[:, start : start + BATCH]
        log.add(slice(0, len(seeds)), part)
        log.end_step(part.shape[1], None)
    return log.figures()


def drawn(members, groups):
    source = torch.Generator().manual_seed(3)
    scores = torch.randn(members, IMAGES, CLASSES, generator=source)
    return scores, torch.randint(0, CLASSES, (groups, IMAGES), generator=source)


@pytest.mark.parametrize("layout", ["classes innermost", "images innermost"])
@pytest.mark.parametrize(("seeds", "groups"), [((0, 0, 0), 1), ((0, 1, 2), 3), ((0, 0, 7), 2)])
def test_figures_are_those_of_scikit_learn_in_either_memory_order(layout, seeds, groups):
    scores, labels = drawn(len(seeds), groups)
    if layout == "images innermost":
        scores = scores.transpose(1, 2).contiguous().transpose(1, 2)
    found = logged(scores, labels, seeds=seeds, top_k=2)
    for member, group in enumerate(SeedGroups(seeds).group_of):
        own, chances = labels[group].numpy(), torch.softmax(scores[member], -1).double().numpy()
        chances /= chances.sum(1, keepdims=True)
        assert found.accuracy[member] == pytest.approx(accuracy_score(own, chances.argmax(1)))
        assert found.top_k[member] == pytest.approx(top_k_accuracy_score(own, chances, k=2, labels=range(CLASSES)))
        assert found.loss[member] == pytest.approx(log_loss(own, chances, labels=range(CLASSES)), rel=1e-5)
    assert found.first_bad_step == [-1] * len(seeds)


def test_of_equal_scores_the_first_class_counts_as_it_does_in_keras():
    labels = torch.arange(CLASSES).repeat(2)[None, :6]  # a dead network says the same to every image
    assert logged(torch.zeros(1, 6, CLASSES), labels, seeds=(0,)).accuracy == [pytest.approx(2 / 6)]


def test_a_few_ties_change_no_other_image():
    scores, labels = drawn(2, 1)
    scores[0, ::7, 1] = scores[0, ::7, 3] = 9.0
    found = logged(scores, labels, seeds=(0, 0))
    assert found.accuracy == pytest.approx([float((each.argmax(1) == labels[0]).float().mean()) for each in scores])


def test_squared_errors_ask_for_the_targets_of_every_member():
    scores, labels = drawn(3, 2)
    found = logged(scores, labels, seeds=(0, 0, 7), loss=MeanSquaredError())
    wanted = torch.nn.functional.one_hot(labels[[0, 0, 1]], CLASSES).float()
    assert found.loss == pytest.approx(((scores - wanted) ** 2).mean((1, 2)).tolist(), rel=1e-5)


def test_the_first_step_with_a_loss_that_is_not_finite_is_named():
    scores, labels = drawn(2, 1)
    scores[1, 2 * BATCH] = math.nan
    assert logged(scores, labels, seeds=(0, 0)).first_bad_step == [-1, 2]
