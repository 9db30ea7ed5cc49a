"""Names that Keras makes up by itself, which say how many models a session has built, and those of a first model.

Keras names what has no name after its class and counts on: the second Sequential of a session is `sequential_1`, and
its first Dense layer may be `dense_2`. Were they kept, one network would be another one each time it is built.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.models.keras_words import snake_case
from classlab.records.network_names import named_parts, renamed

if TYPE_CHECKING:
    from classlab.models.keras_walk import Path
    from classlab.models.keras_words import Config

_MADE_UP = re.compile(r"(sequential|functional|model)(_[0-9]+)?")  # the last as Keras 2 called a functional model


def is_made_up(name: str) -> bool:
    """Whether Keras names models so that were given no name.

    Example:
        >>> is_made_up("functional_3"), is_made_up("model_of_mine")
        (True, False)
    """
    return _MADE_UP.fullmatch(name) is not None


def fresh_names(config: Config) -> dict[str, str]:
    """What the models and layers of a network would be called, had a fresh session built nothing else.

    Names that Keras made up keep their order and are counted from the first, so that those of a session's first model
    stay as they are. Two names never become one.

    Args:
        config: the serialised model.

    Returns:
        Each made-up name with the one that takes its place. A name of another form is the user's, and is not there.

    Example:
        >>> layers = [{"class_name": "Dense", "config": {"name": name}} for name in ("dense_4", "mine", "dense_5")]
        >>> fresh_names({"class_name": "Sequential", "config": {"name": "sequential_2", "layers": layers}})
        {'sequential_2': 'sequential', 'dense_4': 'dense', 'dense_5': 'dense_1'}
    """
    classes: dict[str, set[str]] = defaultdict(set)
    for name, kind in named_parts(config):
        classes[name].add(kind)
    counted: dict[str, list[tuple[int, str]]] = {}
    taken = set()  # by the user's own names
    for name, kinds in classes.items():
        base = snake_case(min(kinds))
        number = _count(name, base) if base and len(kinds) == 1 else None
        if number is None:
            taken.add(name)
        else:
            counted.setdefault(base, []).append((number, name))
    found: dict[str, str] = {}
    for base, names in counted.items():
        place = 0
        for _, name in sorted(names):
            while (fresh := f"{base}_{place}" if place else base) in taken:
                place += 1
            found[name] = fresh
            taken.add(fresh)
    return found


@dataclass(frozen=True, kw_only=True)
class FreshModel:
    """A serialised model under fresh names.

    Args:
        config: the model.
        own: for each new name the one that was there.
    """

    config: Config
    own: dict[str, str]

    def own_path(self, path: Path) -> Path:
        """The path of a layer as the model itself calls it, and what is around it."""
        return tuple(self.own.get(name, name) for name in path)


def with_fresh_names(config: Config) -> FreshModel:
    """The same serialised model under the names of a fresh session."""
    names = fresh_names(config)
    return FreshModel(config=renamed(config, names), own={fresh: name for name, fresh in names.items()})


def _count(name: str, base: str) -> int | None:
    """The number behind a made-up name, 0 where there is none; None where the name is another one."""
    if name == base:
        return 0
    number = name.removeprefix(f"{base}_")
    return int(number) if number != name and re.fullmatch(r"[1-9][0-9]{0,8}", number) else None
