"""What tells the arms of a study from each other, and names made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from classlab.options.words import NO_BACKBONE
from classlab.records.optimizers import OPTIMIZERS
from classlab.studies.asked.spec_settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.run import RunSpec
    from classlab.records.study import Setting
    from classlab.studies.asked.study_draft import Options

# Words that say by themselves what they are; the others are shown with their option's name.
_SPEAKING = (
    "model", "backbone", "activation", "optimizer", "schedule", "preprocessing", "loss", "precision", "monitor",
)  # fmt: skip
_SHORT = {"batch_size": "batch", "learning_rate": "learning rate", "early_stopping": "patience"}


def settings_of(
    specs: Sequence[RunSpec], options: Sequence[Options], models: Sequence[str]
) -> list[dict[str, Setting]]:
    """For every arm the settings that differ between arms, in the study file's words.

    A setting counts where at least one arm's options name it and its value is not the same throughout. Arms that do
    not name it show what they use all the same, so that all arms have the same settings where those apply to them.

    Args:
        specs: one run of each arm.
        options: what the user chose for each arm.
        models: what each arm's network is called.
    """
    named = dict.fromkeys(name for each, spec in zip(options, specs, strict=True) for name in _named(each, spec))
    used = [{**settings(spec), "model": model} for spec, model in zip(specs, models, strict=True)]
    values = [{name: each.get(name) for name in named} for each in used]
    differing = [name for name in named if len({repr(each[name]) for each in values}) > 1]
    return [{name: value for name in differing if (value := each[name]) is not None} for each in values]


def arm_names(given: Sequence[str], differing: Sequence[dict[str, Setting]], models: Sequence[str]) -> list[str]:
    """A unique, readable name for every arm.

    Args:
        given: the user's names, "" where there is none; one name may stand for several arms of a grid.
        differing: what differs between arms.
        models: what each arm's network is called, the name of last resort.

    Example:
        >>> arm_names(["", ""], [{"optimizer": "sgd", "learning_rate": 0.01}, {"optimizer": "adam"}], ["mlp", "mlp"])
        ['sgd 0.01', 'adam']
    """
    counts = Counter(given)
    names = []
    for position, (name, own) in enumerate(zip(given, differing, strict=True)):
        if name and counts[name] == 1:
            names.append(name)
            continue
        relatives = [differing[other] for other in range(len(given)) if given[other] == name]
        varying = {key for key in own if name == "" or len({repr(each.get(key)) for each in relatives}) > 1}
        words = _words({key: value for key, value in own.items() if key in varying})
        names.append(" ".join(filter(None, (name, words))) or models[position])
    # A model's name comes from a foreign file: what a terminal would obey has no place in a name.
    return _unique(["".join(letter if letter.isprintable() else "?" for letter in name) for name in names])


def _words(chosen: dict[str, Setting]) -> str:
    """Settings as a phrase: `sgd 0.01`, `relu, adam`, `128-64, batch 32`."""
    parts = []
    for name, value in chosen.items():
        if name == "learning_rate" and "optimizer" in chosen:
            continue
        if name == "optimizer" and "learning_rate" in chosen:
            parts.append(f"{value} {chosen['learning_rate']:g}")
        elif isinstance(value, bool):
            parts.append(_label(name) if value else f"no {_label(name)}")
        elif name == "backbone" and value == NO_BACKBONE:
            parts.append("no backbone")
        elif name in _SPEAKING:
            parts.append(str(value))
        elif name == "units":
            parts.append(str(value).replace(",", "-"))
        else:
            parts.append(f"{_label(name)} {value if isinstance(value, str) else format(value, 'g')}")
    return ", ".join(parts)


def _label(name: str) -> str:
    return _SHORT.get(name, name.replace("_", " "))


def _unique(names: list[str]) -> list[str]:
    taken: set[str] = set(names)
    seen: set[str] = set()
    unique = []
    for name in names:
        chosen, number = name, 2
        while chosen in seen or (chosen != name and chosen in taken):
            chosen, number = f"{name} ({number})", number + 1
        seen.add(chosen)
        unique.append(chosen)
    return unique


def _named(options: Options, spec: RunSpec) -> list[str]:
    """The settings that the user chose for an arm; a ready optimizer names those that are not its defaults."""
    names = [name for name, value in options.items() if value is not None]
    chosen = options.get("optimizer")
    if chosen is not None and not isinstance(chosen, str):
        plain = OPTIMIZERS[spec.optimizer.kind]()
        names += [
            field.name
            for field in fields(chosen)
            if getattr(chosen, field.name) != getattr(plain, field.name, None) and field.name != "kind"
        ]
    return names
