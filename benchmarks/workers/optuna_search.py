"""Optuna over a plain loop of Keras: TPE, its Hyperband pruner, and early stopping.

Options: `backend`. The network that it hands back is the best epoch of the best trial, kept while searching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.search_job import Clock, read_search_images, read_search_job, report_search
from benchmarks.search_space import drawn
from benchmarks.workers.searched_keras import Effort, accuracy, compiled, fit_arguments, keras_versions, start_keras

if TYPE_CHECKING:
    from benchmarks.search_space import Axis


def main() -> None:
    job = read_search_job()
    keras = start_keras(job)
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    images = read_search_images(job)
    arguments = fit_arguments(images)
    best: dict[str, Any] = {"accuracy": -1.0}

    class Pruning(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
        """What `optuna-integration` calls KerasPruningCallback."""

        def __init__(self, trial: Any) -> None:
            super().__init__()
            self._trial = trial

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            """Tells the study of the epoch, and ends a weak trial."""
            self._trial.report(float((logs or {})["val_accuracy"]), epoch + 1)
            if self._trial.should_prune():
                raise optuna.TrialPruned

    def objective(trial: Any) -> float:
        settings = drawn(job.space, lambda axis: _asked(trial, axis))
        model = compiled(keras, job, settings)
        history = model.fit(
            **arguments,
            batch_size=settings["batch_size"],
            epochs=job.most_epochs,
            callbacks=[effort.callback(), effort.patience(), Pruning(trial)],
        )
        found = max(history.history["val_accuracy"])
        if found > best["accuracy"]:
            best.update(accuracy=found, model=model, settings=settings)
        return float(found)

    # Optuna's own measurements found the Hyperband pruner best for TPE ("Efficient Optimization Algorithms", Optuna's
    # documentation); groups let conditional settings be modelled together.
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=job.seed, multivariate=True, group=True),
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=job.most_epochs, reduction_factor=3),
    )
    clock = Clock(job.minutes)
    effort = Effort(keras, clock)
    study.optimize(objective, timeout=60 * job.minutes)
    seconds = clock.seconds
    report_search(
        tried=len(study.trials),
        epochs=effort.epochs,
        seconds=seconds,
        validation_accuracy=accuracy(best["model"], images.x_validation, images.y_validation),
        test_accuracy=accuracy(best["model"], images.x_test, images.y_test),
        chosen=best["settings"],
        versions=keras_versions(job, "optuna"),
    )


def _asked(trial: Any, axis: Axis) -> Any:
    if axis.choices:
        return trial.suggest_categorical(axis.name, axis.choices)
    return trial.suggest_float(axis.name, axis.low, axis.high, step=axis.step, log=axis.log)


if __name__ == "__main__":
    main()
