"""Where a layer's arrays stand in `model.weights.h5`; works on JSON alone.

Keras 3 names a layer's group by its class and a number, counted within its model: `layers/conv2d_1`. The layer's own
name stands beside it at best.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classlab.models.keras_layers import OPERATIONS, Unsupported
from classlab.models.keras_walk import is_functional
from classlab.models.keras_words import snake_case

if TYPE_CHECKING:
    from classlab.models.keras_walk import Path
    from classlab.models.keras_words import Config


def layer_groups(model: Config, *, path: Path = (), within: str = "") -> dict[Path, str]:
    """The group of every layer of a serialised Sequential or functional model, models within it opened.

    Args:
        model: the serialised model.
        path: names of the models around its layers; none for the outermost model.
        within: the model's own group; "" for the outermost model.

    Raises:
        Unsupported: two layers of one model have one name.

    Example:
        >>> layer = {"module": "keras.layers", "class_name": "Conv2D", "config": {"name": "mine"}}
        >>> layer_groups({"class_name": "Sequential", "config": {"layers": [layer]}})
        {('mine',): 'layers/conv2d'}
    """
    seen: Counter[str] = Counter()
    found: dict[Path, str] = {}
    for entry in _kept(model):
        kind = "Functional" if is_functional(entry) else str(entry["class_name"])
        name = snake_case(kind)
        place = (*path, str(entry["config"].get("name")))
        group = f"{within}layers/{name}_{seen[name]}" if seen[name] else f"{within}layers/{name}"
        seen[name] += 1
        if place in found:
            raise Unsupported(f"its layer {place[-1]!r} is named twice")
        found[place] = group
        if "layers" in entry["config"]:
            found |= layer_groups(entry, path=place, within=f"{group}/")
    return found


def _kept(model: Config) -> list[Config]:
    """What has a group: layers and not operations, and of a Sequential model not its Input."""
    entries = [entry for entry in model["config"]["layers"] if entry.get("module") != OPERATIONS]
    if entries and not is_functional(model) and entries[0].get("class_name") == "InputLayer":
        return entries[1:]
    return entries
