"""scikit-learn's `MLPClassifier`; without hidden layers it is the linear classifier."""

from __future__ import annotations

import time
import warnings

from benchmarks.measure import read_images, read_job, report, versions

ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic"}  # by their names there


def main() -> None:
    job = read_job()
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is given
    images = read_images(job)
    x_train, x_test = (part.reshape(len(part), -1).astype("float32") / 255 for part in (images.x_train, images.x_test))
    hidden = tuple(layer.width for layer in job.workload.layers if layer.kind == "dense")[:-1]
    epochs, total, accuracy, trained = [], 0.0, [], []
    for arm in job.arms:
        if arm.optimizer == "rmsprop":  # not among its solvers
            continue
        model = MLPClassifier(
            hidden,
            activation=ACTIVATIONS[arm.activation],
            solver=arm.optimizer,
            learning_rate_init=arm.learning_rate,
            momentum=0.0,
            alpha=0.0,
            batch_size=job.batch_size,
            max_iter=job.epochs,
            tol=0.0,
            n_iter_no_change=job.epochs + 1,
            random_state=arm.seed,
        )
        started = time.perf_counter()
        model.fit(x_train, images.y_train)
        seconds = time.perf_counter() - started
        total += seconds
        epochs.append([seconds / job.epochs] * job.epochs)  # it has no call-back; nothing is compiled
        accuracy.append(float(model.score(x_test, images.y_test)))
        trained.append(arm)
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        arms=trained,
        versions=versions("scikit-learn", "numpy"),
    )


if __name__ == "__main__":
    main()
