"""Names in the tables of others: columns of arms, seeds and figures, and runs whose name holds their seed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


# In each list an earlier name is preferred. `docs/judge.md` shows them.
ARMS = ("arm", "arms", "variant", "method", "system")
SETTINGS = (
    "model", "architecture", "network", "arch", "backbone", "optimizer", "optimiser", "algorithm", "algo", "config",
    "configuration", "setting", "learning_rate", "lr", "optimizer_settings", "schedule", "scheduler", "epochs",
    "batch_size", "weight_decay", "momentum", "dropout", "activation", "units", "preprocessing", "augmentation",
)  # fmt: skip
GROUPS = ("group", "run_group", "experiment", "experiment_name")
NAMES = ("name", "run_name", "runname", "display_name", "run")
SEEDS = (
    "seed", "random_seed", "rng_seed", "random_state", "repeat", "repetition", "replicate", "rep", "trial",
    "fold", "cv_fold", "split_index",
)  # fmt: skip
FOLDS = ("fold", "cv_fold", "split_index")
_ACCURACY = ("accuracy", "sparse_categorical_accuracy", "categorical_accuracy", "acc", "top1", "top_1", "acc1")
_ERROR = ("error", "error_rate", "err")
_SPLITS = ("val", "valid", "validation", "dev", "test", "eval")
FIGURES = (
    *(f"{split}_{word}" for split in _SPLITS for word in _ACCURACY),
    *_ACCURACY, "epoch_accuracy", "evaluation_accuracy_vs_iterations", "metric", "score", "figure", "result",
    *(f"{split}_{word}" for split in _SPLITS for word in _ERROR), *_ERROR,
    *(f"{split}_loss" for split in _SPLITS),  # a bare `loss` is one of training where programs write both
)  # fmt: skip
IMAGES = ("images", "n_images", "num_images", "num_examples", "n_examples", "num_samples", "n_samples", "support", "n")
STATES = ("state", "status")
DATASETS = ("data", "dataset", "task", "data_digest")
GOOD_STATES = frozenset(
    ("finished", "stopped_early", "stopped early", "success", "succeeded", "completed", "complete", "done", "ok")
)
BAD_STATES = frozenset(
    ("crashed", "failed", "fail", "killed", "running", "diverged", "error", "errored", "preempted", "preempting",
     "pending", "scheduled", "queued", "unfinished", "aborted", "timeout", "cancelled", "canceled", "pruned", "stopped")
)  # fmt: skip
_PREFIXES = ("params_", "metrics_", "config_", "summary_", "hparams_", "hyperparameters_", "tags_mlflow_")
_LOSSES = re.compile(r"(^|_)(loss|err|error|error_rate|nll|mse|mae|rmse|perplexity|brier|ece|cross_entropy)($|_)")
_ERRORS = re.compile(r"(^|_)(err|error|error_rate)($|_)")
# Shares of something else than images, to which the number of images does not apply as it does to an accuracy.
_NOT_OF_IMAGES = re.compile(
    r"(^|_)(f1|f_?score|auc|auroc|roc|ap|map|kappa|mcc|precision|recall|iou|dice|r2|balanced)($|_)"
)


def forms(column: str) -> tuple[str, ...]:
    """The names under which a column is looked for: whole, without what a tracker puts before it, and its last part.

    Example:
        >>> forms("params.Random-State"), forms("test/acc")
        (('params_random_state', 'random_state'), ('test_acc', 'acc'))
    """
    # "runName" is written "run_name" nowhere, so capitals within a word part nothing.
    whole = _words(column)
    bare = next((whole.removeprefix(prefix) for prefix in _PREFIXES if whole.startswith(prefix)), whole)
    last = _words(re.split(r"[./]", column)[-1])
    return tuple(dict.fromkeys((whole, bare, last)))


def matching(columns: tuple[str, ...], words: tuple[str, ...], *, parts: bool = True) -> tuple[str, ...]:
    """The columns that go by one of the words, in the order of the words.

    Args:
        columns: all of a table.
        words: in the order of preference.
        parts: whether the last part of a column's name is enough, as in `test/acc`.
    """
    named = {column: forms(column) for column in columns}
    found = [
        column
        for word in words
        for place in range(3 if parts else 2)
        for column in columns
        if word in named[column][place : place + 1]
    ]
    return tuple(dict.fromkeys(found))


def is_loss(metric: str) -> bool:
    """Whether a metric is better when lower, as far as its name tells."""
    return bool(_LOSSES.search(_words(metric)))


def may_be_share(metric: str, *, higher_is_better: bool) -> bool:
    """Whether a metric's figures may be shares of images: accuracies and error rates, not losses or areas."""
    words = _words(metric)
    return not _NOT_OF_IMAGES.search(words) and (higher_is_better or bool(_ERRORS.search(words)))


def of_training(column: str) -> bool:
    """Whether a column is about training images, which say nothing about new ones."""
    return bool(re.search(r"(^|_)(train|training|fitted)($|_)", _words(column)))


def of_new_images(column: str) -> bool:
    """Whether a column is about images that were not trained on, as far as its name tells."""
    return bool(re.search(rf"(^|_)({'|'.join(_SPLITS)})($|_)", _words(column)))


def _words(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", text.casefold()).strip("_")


Split: TypeAlias = "tuple[str, str | None]"

_SEED = re.compile(
    r"(?P<before>^|.*?[-_ .=/(])(?:random_?state|seed|repeat|trial|rep|fold|run|s)[-_ =]?(?P<seed>\d+)"
    r"(?P<after>[-_ .)/].*|)",
    re.IGNORECASE,
)
# A letter, a separator, digits: "adam-3" may be run 3; in "mlp-128-3" the digits may all be widths.
_ENDING = re.compile(r"(?P<arm>.*[^-_ .\d])[-_ .](?P<seed>\d{1,5})")
_EDGES = " -_./=()"


def split_seeds(names: Sequence[str]) -> list[Split]:
    """Parts names of runs into arms and seeds.

    A seed is a number behind a word for it, where every name has one. A bare number at the end counts only where
    every name has one and it leaves two arms or more with two runs or more each: `resnet-18` and `resnet-50` are two
    arms, not two runs of `resnet`.

    Returns:
        For each name its arm and its seed; the whole name and None where the names hold no seeds.

    Example:
        >>> split_seeds(["adam-lr0.01_seed3", "cnn.s12"])
        [('adam-lr0.01', '3'), ('cnn', '12')]
        >>> split_seeds(["resnet-18", "resnet-50"])
        [('resnet-18', None), ('resnet-50', None)]
        >>> split_seeds(["sgd-0", "sgd-1", "adam-0", "adam-1"])
        [('sgd', '0'), ('sgd', '1'), ('adam', '0'), ('adam', '1')]
    """
    named = [_named_seed(name) for name in names]
    if all(seed is not None for _, seed in named):
        return named
    ended = [_ENDING.fullmatch(name) for name in names]
    runs = Counter(found["arm"] for found in ended if found)
    if all(ended) and len(runs) > 1 and min(runs.values()) > 1:
        return [(found["arm"], str(int(found["seed"]))) for found in ended if found]
    return [(name, None) for name in names]


def _named_seed(name: str) -> Split:
    found = _SEED.fullmatch(name)
    if not found:
        return name, None
    arm = "-".join(part for part in (found["before"].strip(_EDGES), found["after"].strip(_EDGES)) if part)
    return (arm, str(int(found["seed"]))) if arm else (name, None)
