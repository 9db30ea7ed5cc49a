"""Kinds of mistakes, each beside a script that looks alike and is sound; `# !A8` marks the line that is to be named."""


# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

from tests.doctor.audit.faults import COMPILE, DATA, FIT, MODEL, SCALED

ONE_HOT = SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n" + MODEL


def measured(metric: str, loss: str = "categorical_crossentropy") -> str:
    """A script whose model is compiled with a metric."""
    return (
        (ONE_HOT if loss[0] == "c" else SCALED + MODEL)
        + f"model.compile('adam', '{loss}', metrics={metric})  # !B6\n"
        + FIT
    )


KINDS: dict[str, tuple[str, str]] = {
    # --- B3, B6 -------------------------------------------------------------------------------------------------------
    "B3 one sigmoid unit for ten classes": (
        SCALED + "model = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])  # !B3\nmodel.compile('adam', 'binary_crossentropy')\n" + FIT,
        SCALED + "y_train = (y_train == 5).astype('float32')\nmodel = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])\nmodel.compile('adam', 'binary_crossentropy')\n" + FIT,
    ),
    **{
        f"B6 {metric}": (measured(metric), measured(sound))
        for metric, sound in (
            ("['BinaryAccuracy']", "['Accuracy']"), ("keras.metrics.binary_accuracy", "'acc'"),
            ("[[{'class_name': 'BinaryAccuracy', 'config': {}}]]", "{'out': ['categorical_accuracy']}"),
            ("[keras.metrics.Accuracy()]", "[keras.metrics.CategoricalAccuracy(name='accuracy')]"),
            ("[keras.metrics.Precision()]", "['accuracy', keras.metrics.Precision(), keras.metrics.Recall()]"),
            ("[keras.metrics.Recall()]", "[keras.metrics.Recall(class_id=3)]"),
        )
    },
    "B6 exact accuracy of numbers": (measured("[keras.metrics.Accuracy()]", "sparse_categorical_crossentropy"), measured("['Accuracy']", "sparse_categorical_crossentropy")),
}  # fmt: skip
