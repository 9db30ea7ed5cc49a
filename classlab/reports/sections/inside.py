"""Inside a network: its first weights, what its layers make of a training image, and what a prediction rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Block, Figure, Folded, Paragraph, Section
from classlab.reports.figures.activation_pictures import activations_figure
from classlab.reports.figures.gradient_norms import gradient_norms_figure
from classlab.reports.figures.occlusion_map import occlusion_figure, occlusion_sentence
from classlab.reports.figures.weight_pictures import first_layer_figure

if TYPE_CHECKING:
    from classlab.records import RunRecord
    from classlab.reports.evidence import NetworkLook


def inside_section(look: NetworkLook | None, record: RunRecord) -> Section | None:
    """The pictures, folded away; None where nothing could be seen.

    Args:
        look: into the network.
        record: of its run.
    """
    if look is None:
        return None
    gradients = gradient_norms_figure(record)
    blocks: tuple[Block, ...] = (
        *((first_layer_figure(look.first_layer),) if look.first_layer is not None else ()),
        activations_figure(look.activations),
        Paragraph(text=occlusion_sentence(look.occlusion)),
        occlusion_figure(look.occlusion),
        *((gradients,) if gradients is not None else ()),
    )
    figures = sum(isinstance(block, Figure) for block in blocks)
    text = f"One network, {look.label}, and one image that it could train or validate on: {look.image}."
    return Section(
        title="Inside the network",
        blocks=(
            Paragraph(text=text),
            Folded(summary=f"Weights, activations, heat map and gradients ({figures} figures)", blocks=blocks),
        ),
    )
