"""Trains a perceptron on the 5,000 MNIST images that need no download, from three seeds, and uses it."""

from __future__ import annotations

from statistics import fmean, stdev

import classlab


def main() -> None:
    data = classlab.load("mnist5k")
    runs = classlab.fit_seeds(data, "mlp", units=(128, 64), epochs=10, seeds=3)

    accuracies = [run.record.test.accuracy for run in runs if run.record.test]
    images = len(data.test)
    print(f"test accuracy {fmean(accuracies):.3f} ± {stdev(accuracies):.3f} (3 seeds, {images:,} images)")

    best = max(runs, key=lambda run: run.record.validation.accuracy if run.record.validation else 0.0)
    shown = slice(0, images, images // 10)  # the images come sorted by class
    probabilities = best.predict(data.test.images[shown])
    for row, label in zip(probabilities, data.test.labels[shown], strict=True):
        said = best.class_names[row.argmax()]
        print(f"said {said} ({100 * row.max():.0f} %), is {best.class_names[label]}")

    # The claim: thousands of images and a small network are enough for nine digits in ten.
    assert fmean(accuracies) > 0.9


if __name__ == "__main__":
    main()
