"""scikit-learn's `SGDClassifier` on the linear classifier, for the arms of plain SGD.

It trains something else than the other tools: ten one-against-the-rest logistic regressions, each updated after every
single image. Its rates are those of the arms; a batch of 128 there is 128 updates here.
"""

from __future__ import annotations

import time

from benchmarks.measure import EpochClock, read_images, read_job, report, versions
from benchmarks.workloads import CLASSES


def main() -> None:
    job = read_job()
    import numpy as np
    from sklearn.linear_model import SGDClassifier

    images = read_images(job)
    # Its inner loop copies anything but float64 at every call.
    x_train, x_test = (part.reshape(len(part), -1) / 255 for part in (images.x_train, images.x_test))
    epochs, total, accuracy, trained = [], 0.0, [], []
    for arm in job.arms:
        if arm.optimizer != "sgd":
            continue
        model = SGDClassifier(
            loss="log_loss",
            alpha=0.0,
            learning_rate="constant",
            eta0=arm.learning_rate,
            n_jobs=job.threads,
            random_state=arm.seed,
        )
        clock, started = EpochClock(), time.perf_counter()
        for _ in range(job.epochs):
            model.partial_fit(x_train, images.y_train, classes=np.arange(CLASSES))
            clock.lap()
        total += time.perf_counter() - started
        epochs.append(clock.epochs)
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
