"""KerasTuner's Hyperband, with early stopping, the Hyperband algorithm repeated until the time is up.

Options: `backend`. The network that it hands back is `get_best_models()`: the best epoch of the best trial.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from benchmarks.search_job import Clock, read_search_images, read_search_job, report_search
from benchmarks.search_space import drawn
from benchmarks.workers.searched_keras import Effort, accuracy, compiled, fit_arguments, keras_versions, start_keras

if TYPE_CHECKING:
    from benchmarks.search_space import Axis, Settings

OFTEN = 1000  # iterations of Hyperband: more than fit into any budget


def main() -> None:
    job = read_search_job()
    keras = start_keras(job)
    import keras_tuner

    images = read_search_images(job)
    arguments = fit_arguments(images)

    class TimeIsUp(keras_tuner.errors.FatalError):  # type: ignore[misc]  # KerasTuner ships no types
        """The one kind of error that KerasTuner hands on."""

    class Candidates(keras_tuner.HyperModel):  # type: ignore[misc]  # KerasTuner ships no types
        """The space, and how one of its points is trained."""

        def build(self, hp: Any) -> Any:
            return compiled(keras, job, asked(hp))

        def fit(self, hp: Any, model: Any, **given: Any) -> Any:
            return model.fit(**{**arguments, **given}, batch_size=hp.get("batch_size"))

    def asked(hp: Any) -> Settings:
        def ask(axis: Axis) -> Any:
            if axis.only_with is None:
                return _asked(hp, axis)
            with hp.conditional_scope(axis.only_with[0], [axis.only_with[1]]):
                return _asked(hp, axis)

        return drawn(job.space, ask)

    class Timed(keras_tuner.Hyperband):  # type: ignore[misc]  # KerasTuner ships no types
        """KerasTuner knows no limit in time; a trial that ran when it was reached has its result."""

        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            if clock.over:
                raise TimeIsUp

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clock = Clock(job.minutes)
        effort = Effort(keras, clock)
        tuner = Timed(
            Candidates(),
            objective="val_accuracy",
            max_epochs=job.most_epochs,
            hyperband_iterations=OFTEN,
            seed=job.seed,
            directory=folder,
            project_name="search",
        )
        with suppress(TimeIsUp):
            tuner.search(callbacks=[effort.callback(), effort.patience()], verbose=0)
        model, best = tuner.get_best_models(1)[0], tuner.oracle.get_best_trials(1)[0]
        seconds = clock.seconds
        plain = [
            frozenset((name, value) for name, value in trial.hyperparameters.values.items() if "tuner/" not in name)
            for trial in tuner.oracle.trials.values()
        ]
        report_search(
            tried=len(set(plain)),  # a trial that goes on from another one is no new configuration
            epochs=effort.epochs,
            seconds=seconds,
            validation_accuracy=accuracy(model, images.x_validation, images.y_validation),
            test_accuracy=accuracy(model, images.x_test, images.y_test),
            chosen=asked(best.hyperparameters),
            versions=keras_versions(job, "keras-tuner"),
        )


def _asked(hp: Any, axis: Axis) -> Any:
    if axis.choices == (False, True):
        return hp.Boolean(axis.name)
    if axis.choices:
        return hp.Choice(axis.name, list(axis.choices))
    return hp.Float(axis.name, axis.low, axis.high, step=axis.step, sampling="log" if axis.log else "linear")


if __name__ == "__main__":
    main()
