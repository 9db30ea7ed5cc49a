"""A run before it is trained: images, a specification, and perhaps weights to start from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlab.files.tensor_file import digest
from classlab.models.builtin import build
from classlab.records import Architecture, RunSpec, identity
from classlab.records.progress import Silent
from classlab.studies.asked.spec_options import run_specs
from classlab.studies.work.plan import PlannedPopulation
from classlab.studies.work.population_training import PopulationTrainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from classlab.records import RunRecord
    from classlab.records.layers import Layer
    from classlab.training import Weights


@dataclass(frozen=True, kw_only=True, eq=False)
class Setup:
    """What one run needs.

    Args:
        dataset: the images.
        spec: what is trained on them.
        initial: given weights, where the run does not draw its own.
    """

    dataset: Dataset
    spec: RunSpec
    initial: Weights | None = None

    @property
    def architecture(self) -> Architecture:
        """The network, which here always consists of layers."""
        assert isinstance(self.spec.architecture, Architecture)  # noqa: S101 - setups are built below
        return self.spec.architecture

    def options(self, **changed: Any) -> Setup:
        """The same run with other fields of its specification."""
        return replace(self, spec=replace(self.spec, **changed))

    def data(self, **changed: Any) -> Setup:
        """The same run on the same images, divided or scaled otherwise."""
        return self.options(data=replace(self.spec.data, **changed))

    def layers(self, edit: Callable[[tuple[Layer, ...]], tuple[Layer, ...]]) -> Setup:
        """The same run with other layers."""
        return self.options(architecture=replace(self.architecture, layers=edit(self.architecture.layers)))

    def images(self, dataset: Dataset) -> Setup:
        """The same run on other images of the same kind."""
        return replace(self, dataset=dataset).data(name=dataset.name, digest=dataset.digest)

    def starting_from(self, weights: Weights) -> Setup:
        """The same run from given weights."""
        return replace(self.options(initial_weights=digest(weights)), initial=weights)


def healthy(
    dataset: Dataset,
    model: str,
    *,
    units: tuple[int, ...] | None = None,
    activation: Any = None,
    dropout: float | None = None,
    seed: int = 0,
    **options: Any,
) -> Setup:
    """A run as somebody would set it up who knows the trade.

    Args:
        dataset: the images.
        model: a built-in name.
        units: hidden widths of `mlp`.
        activation: of the hidden layers.
        dropout: of the built-in model.
        seed: of the run.
        **options: of the training, as in `classlab.fit`.
    """
    shape = {"units": units, "activation": activation, "dropout": dropout}
    architecture = build(
        model,
        input_shape=dataset.image_shape,
        classes=len(dataset.class_names),
        **{name: value for name, value in shape.items() if value is not None},
    )
    spec = run_specs(dataset, architecture, seeds=[seed], options=options)[0]  # type: ignore[arg-type]
    return Setup(dataset=dataset, spec=spec)


_trained: dict[str, tuple[RunRecord, Weights]] = {}


def trained(setup: Setup) -> tuple[RunRecord, Weights]:
    """Trains a run as studies do, but without asking beforehand whether it makes sense; the same run only once."""
    name = identity(setup.spec)
    if name not in _trained:
        given = {} if setup.initial is None else {str(setup.spec.initial_weights): setup.initial}
        trainer = PopulationTrainer(dataset=setup.dataset, initial=given, device="cpu", command="planted")
        stored = trainer.train(PlannedPopulation(specs=(setup.spec,)), folder=None, observer=Silent())[0]
        _trained[name] = (stored.record, stored.weights)
    return _trained[name]
