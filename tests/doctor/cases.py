"""Cases for the tests of the doctor: a healthy one, and what makes it sick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from classlab.doctor.case import Case, LabelFacts
from classlab.doctor.layer_facts import LayerFacts
from classlab.records.diagnostics import LayerProbe, Probe, SplitFacts

LAYERS = (
    LayerFacts(position=0, kind="Flatten"),
    LayerFacts(position=1, kind="Dense", activation="relu", width=64, initializer="glorot_uniform"),
    LayerFacts(position=2, kind="Dense", activation="relu", width=32, initializer="glorot_uniform"),
    LayerFacts(position=3, kind="Dense", activation="softmax", width=10, initializer="glorot_uniform"),
)


def facts(**changes: Any) -> SplitFacts:
    basis = SplitFacts(images=4000, minimum=0.0, maximum=1.0, mean=0.13, deviation=0.31, class_counts=(400,) * 10)
    return replace(basis, **changes)


def layer(position: int, **changes: Any) -> LayerProbe:
    basis = LayerProbe(
        layer=position,
        name="Dense",
        activation="softmax" if position == 3 else "relu",
        gradient_norm=0.3,
        weight_norm=8.0,
        unit_spread=0.99,
        update_ratio=3e-3,
        epoch_change=0.1,
        dead_share=None if position == 3 else 0.05,
        output_spread=0.4,
    )
    return replace(basis, **changes)


def probe(epoch: int, *, layers: dict[int, dict[str, Any]] | None = None, **changes: Any) -> Probe:
    first = {"update_ratio": None, "epoch_change": None} if epoch == 0 else {}
    own = layers or {}
    basis = Probe(
        epoch=epoch,
        images=512,
        loss=2.35 if epoch == 0 else 0.3,
        accuracy=0.1 if epoch == 0 else 0.9,
        penalty=0.0,
        predicted=(51,) * 10,
        layers=tuple(layer(place, **first, **own.get(place, {})) for place in (1, 2, 3)),
        present=(51,) * 10,
        right=(45,) * 10,
    )
    return replace(basis, **changes)


def history(loss: tuple[float, ...], accuracy: tuple[float, ...], **more: tuple[float, ...]) -> dict[str, Any]:
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy, **more}


HEALTHY = Case(
    classes=10,
    layers=LAYERS,
    input_shape=(28, 28, 1),
    outer_scalings=("preprocessing unit (/255)",),
    splits={"train": facts(), "validation": facts(images=400), "test": facts(images=1000)},
    labels=LabelFacts(minimum=0, maximum=9),
    labels_converted=True,
    metric_counts_images=True,
    overlap={"train/validation": 0, "train/test": 0, "validation/test": 0},
    baseline_accuracy=0.8,
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    learning_rate=0.001,
    batch_size=32,
    steps_per_epoch=125,
    epochs=4,
    epochs_done=4,
    history=history((0.7, 0.4, 0.32, 0.318), (0.8, 0.88, 0.905, 0.91)),
    probes=(probe(0), probe(1), probe(2), probe(3)),
    fitted_accuracy=0.91,
    label="plain",
)

CHANCE = history((2.31, 2.303, 2.3027, 2.3026), (0.1, 0.1, 0.099, 0.1))


def healthy(**changes: Any) -> Case:
    return replace(HEALTHY, **changes)


def at_chance(**changes: Any) -> Case:
    """A run whose figures never moved."""
    probes = tuple(probe(epoch, loss=2.3026, accuracy=0.1) for epoch in range(4))
    return replace(HEALTHY, **{"history": CHANCE, "probes": probes, "fitted_accuracy": 0.1, **changes})


def swapped(position: int, **changes: Any) -> tuple[LayerFacts, ...]:
    """The healthy layers with one of them changed."""
    return tuple(replace(each, **changes) if each.position == position else each for each in LAYERS)


def probes(*, layers: dict[int, dict[str, Any]], start: dict[int, dict[str, Any]] | None = None, **changes: Any) -> Any:
    """Probes of a run at chance level, whose later ones differ in some layers."""
    figures = {"loss": 2.3026, "accuracy": 0.1, **changes}
    return (probe(0, layers=start, loss=2.3026, accuracy=0.1), *(probe(e, layers=layers, **figures) for e in (1, 2, 3)))
