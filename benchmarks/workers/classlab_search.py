"""classlab's own search, its finalists trained again on fresh seeds within the minutes.

Options: `sampler`. The network that it hands back is the winner of the finalists' study: its figures are means over
that study's seeds.
"""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any

from benchmarks.measure import versions
from benchmarks.search_job import Clock, read_search_images, read_search_job, report_search
from benchmarks.search_space import PATIENCE

if TYPE_CHECKING:
    from benchmarks.search_job import SearchJob
    from benchmarks.search_space import Axis, SearchedModel

# Finalists and their fresh seeds. Of convolutional networks one whole training is minutes: the usual three finalists on
# five seeds each would take longer than the search, and a search whose minutes are few trains one finalist anyway.
FINALS: dict[SearchedModel, tuple[int, int]] = {"mlp": (3, 5), "cnn": (1, 1)}


def main() -> None:
    job = read_search_job()
    import classlab
    from classlab.datasets import from_arrays
    from classlab.training import set_threads

    set_threads(job.threads)
    images = read_search_images(job)
    dataset = from_arrays(
        images.x_train,
        images.y_train,
        images.x_test,
        images.y_test,
        x_val=images.x_validation,
        y_val=images.y_validation,
    )
    clock = Clock(job.minutes)
    result = classlab.find_network(
        dataset,
        job.model,
        **classlab_space(job),
        epochs=job.most_epochs,
        minutes=job.minutes,
        seed=job.seed,
        finalists=FINALS[job.model][0],
        seeds=FINALS[job.model][1],
        sampler=job.options["sampler"],
        early_stopping=PATIENCE,  # as both of Keras's tools have it
        monitor="val_accuracy",
    )
    seconds = clock.seconds
    study = result.study
    if study is None or result.best is None:
        raise SystemExit("no candidate could be judged")
    runs = study.record.runs_of([arm.name for arm in study.record.spec.arms].index(study.best))
    report_search(
        tried=len(result.record.candidates),
        epochs=result.record.epochs + sum(run.epochs_done for run in study.record.runs),
        seconds=seconds,
        validation_accuracy=mean(run.validation.accuracy for run in runs if run.validation is not None),
        test_accuracy=mean(run.test.accuracy for run in runs if run.test is not None),
        chosen=result.best.settings,
        versions=versions("classlab", "optuna", "torch", "numpy"),
    )


def classlab_space(job: SearchJob) -> dict[str, Any]:
    """The space in the words of a search file.

    Perceptrons of one width throughout are choices of `units`. Every block of convolutions draws its own number of
    filters from the choices, as classlab's spaces have it: there are more networks to look at, not better ones.
    """
    axes = {axis.name: axis for axis in job.space}
    rules = axes.pop("optimizer").choices
    rates = {rule: axes.pop(f"{rule}_rate") for rule in rules}
    found: dict[str, Any] = {}
    if job.model == "mlp":
        widths, layers = axes.pop("units").choices, axes.pop("layers").choices
        found["units"] = [[width] * count for count in layers for width in widths]
    found |= {name: _values(axis) for name, axis in axes.items()}
    found["arms"] = [{"optimizer": rule, "learning_rate": _values(rate)} for rule, rate in rates.items()]
    return found


def _values(axis: Axis) -> Any:
    if axis.choices:
        return list(axis.choices)
    step = {} if axis.step is None else {"step": axis.step}
    return {"low": axis.low, "high": axis.high, "log": axis.log, **step}


if __name__ == "__main__":
    main()
