"""What the settings do: a heat map over two or three of them, and how much the learning rate matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.records.study import direction
from classlab.reports.document import Block, Gallery, Paragraph, Section
from classlab.reports.figures.heat_map import heat_map_figure
from classlab.reports.figures.heat_map_numbers import heat_map
from classlab.reports.figures.rate_sensitivity import RateSensitivity, rate_sensitivity, rate_sensitivity_figure
from classlab.reports.figures.varied_settings import SettledArm, value_words

if TYPE_CHECKING:
    from classlab.analysis import Analysis


def settings_effect_section(analysis: Analysis) -> Section | None:
    """The figures over the settings; None where neither two settings vary nor three learning rates were tried."""
    arms = settled_arms(analysis)
    cells, rates = heat_map(arms, analysis.select), rate_sensitivity(arms, analysis.select)
    if cells is None and rates is None:
        return None
    blocks: list[Block] = [
        Paragraph(
            text="Means by setting show where to look further. Which differences are more than chance stands in the "
            "ranking."
        )
    ]
    if rates is not None and (sentence := edge_sentence(rates)):
        blocks.append(Paragraph(text=sentence))
    figures = (
        *(() if cells is None else (heat_map_figure(cells),)),
        *(() if rates is None else (rate_sensitivity_figure(rates),)),
    )
    blocks.append(Gallery(figures=figures))
    return Section(title="What the settings do", blocks=tuple(blocks))


def settled_arms(analysis: Analysis) -> tuple[SettledArm, ...]:
    """The arms as the figures over settings take them."""
    tied = analysis.candidates
    return tuple(
        SettledArm(
            name=arm.name,
            settings=arm.settings,
            seeds=arm.selected,
            mean=arm.score.mean,
            candidate=place in tied,
        )
        for place, arm in enumerate(analysis.arms)
    )


def edge_sentence(rates: RateSensitivity) -> str | None:
    """For how many combinations the best learning rate is the lowest or highest tried; None where for none."""
    tried = [line for line in rates.lines if len(line.rates) > 1]
    sign = direction(rates.select)
    lowest = sum(line.best(sign) == 0 for line in tried)
    highest = sum(line.best(sign) == len(line.rates) - 1 for line in tried)
    if not lowest + highest:
        return None
    counts = ((lowest, "lowest"), (highest, "highest"))
    ends = " and ".join(f"{number} at the {end}" for number, end in counts if number)
    sets = {line.rates for line in tried}
    span = f", {value_words(tried[0].rates[0])} to {value_words(tried[0].rates[-1])}" if len(sets) == 1 else ""
    return (
        f"{lowest + highest} of {counted(len(tried), 'combination')} {'has' if lowest + highest == 1 else 'have'} the "
        f"best mean at an end of the learning rates tried{span}: {ends}. A rate beyond may do better."
    )
