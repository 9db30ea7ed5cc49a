"""The first batch of a training as PyTorch hands it to the model: its images, and what each layer makes of them.

Keras gives a callback no images. On the PyTorch backend a model is a `torch.nn.Module`, and the hooks of that class see
what is called; they are taken away after the first batch. On other backends nothing is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.keras_answers import AnswerFacts, answer_facts
from classlab.doctor.keras_data import finite
from classlab.doctor.keras_input import entrance, split_facts
from classlab.measures.keras_gradients import outputs_and_gradients
from classlab.measures.keras_layers import output_of
from classlab.measures.keras_probe import HandedSplit, by_units
from classlab.measures.layers import OutputSums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.measures.keras_layers import KerasLayer
    from classlab.measures.keras_probe import KerasProbe
    from classlab.records.diagnostics import LayerProbe, SplitFacts

    Figures = Mapping[int, Mapping[str, Any]]

_MOST = 64  # images that are kept and looked at


@dataclass(kw_only=True, eq=False)
class FirstBatch:
    """What the hooks have seen.

    Args:
        probe: the model with its layers.
        images: of the batch; None until it has come.
        start: by position, what each layer answered before the first step; see `OutputSums`.
        handles: of the hooks.
    """

    probe: KerasProbe
    images: Any = None
    start: dict[int, Mapping[str, float]] = field(default_factory=dict)
    handles: list[Any] = field(default_factory=list)

    @classmethod
    def wait(cls, probe: KerasProbe) -> FirstBatch | None:
        """Hangs hooks on a model that is about to train; None where there is nothing to hang them on.

        Args:
            probe: the model with its layers, without images of its own; its batches pass by (`passes_by`).
        """
        model = probe.model
        if not _one_input(model):
            return None
        batch = cls(probe=probe)
        batch.handles.append(model.register_forward_pre_hook(lambda _, given: batch._enters(given)))
        makers = {id(output_of(layer)): layer for layer in model.layers}
        for found in probe.layers:
            if found.entering:
                batch.handles.append(found.layer.register_forward_pre_hook(_asked(batch, found)))
            elif found.values is not None and id(found.values) in makers:
                hook = _answered(batch, found)
                batch.handles.append(makers[id(found.values)].register_forward_hook(hook))
        return batch

    def close(self) -> None:
        """Takes the hooks away."""
        for handle in self.handles:
            handle.remove()
        self.handles = []

    def facts(self, *, classes: int, images: int) -> SplitFacts | None:
        """What reached the first layer with weights; None where that cannot be read or no batch came.

        Args:
            classes: how many classes there are.
            images: how many images an epoch has.
        """
        met = None if self.images is None else entrance(self.probe.model)
        if met is None:
            return None
        split = HandedSplit(images=self.images, labels=np.zeros(len(self.images), np.int64))
        if not finite(split):
            return None
        return replace(split_facts(split, met, classes=classes), images=images, class_counts=())

    def answers(self) -> AnswerFacts:
        """What the network says of the images; the labels are not seen, and shares of classes stand for them."""
        if self.images is None or not self.probe.read:
            return AnswerFacts()
        said = outputs_and_gradients(self.probe.opened, self.images, None)[0][0]
        split = HandedSplit(images=self.images, labels=np.full_like(said, 1 / said.shape[-1]))
        return answer_facts(replace(self.probe, split=split), said)

    def now(self) -> Figures:
        """What the layers answer to the same images now, in evaluation mode, by position."""
        if self.images is None or not self.probe.read:
            return {}
        outputs, _ = outputs_and_gradients(self.probe.opened, self.images, None)
        read = [self.probe.layers[place] for place in self.probe.read]
        return {each.position: _figures(each, values) for each, values in zip(read, outputs[1:], strict=True)}

    def _enters(self, given: tuple[Any, ...]) -> None:
        images = _values(given[0]) if given else None
        if images is not None and self.images is None:
            self.images = images

    def _note(self, found: KerasLayer, values: Any) -> None:
        seen = _values(values)
        if seen is not None and self.images is not None and found.position not in self.start:
            self.start[found.position] = _figures(found, seen)


def with_outputs(layers: tuple[LayerProbe, ...], figures: Figures) -> tuple[LayerProbe, ...]:
    """Layers with what they answered, where that is known."""
    return tuple(replace(layer, **figures.get(layer.layer, {})) for layer in layers)


def _asked(batch: FirstBatch, found: KerasLayer) -> Any:
    return lambda _, given: batch._note(found, given[0] if given else None)


def _answered(batch: FirstBatch, found: KerasLayer) -> Any:
    return lambda _, __, output: batch._note(found, output)


def _values(tensor: Any) -> Any:
    """At most so many rows of a tensor as an array; None for what has no values, as a tensor on no device."""
    if str(getattr(getattr(tensor, "device", None), "type", "meta")) == "meta":
        return None
    return tensor.detach()[:_MOST].float().cpu().numpy()


def _figures(found: KerasLayer, values: Any) -> Mapping[str, float]:
    rows = by_units(values, found)[None]
    sums = OutputSums(found.activation, members=1, like=rows)
    sums.add(rows, slice(0, 1))
    return {name: figures[0] for name, figures in sums.figures().items()}


def _one_input(model: Any) -> bool:
    return len(getattr(model, "inputs", None) or ()) == 1
