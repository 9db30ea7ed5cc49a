"""What is said of a class or function in a Keras model's description that is not on the list, with the next step."""

from __future__ import annotations

from typing import Any

REGISTER = (
    "Put @keras.saving.register_keras_serializable() above the class, and give it a get_config where it takes options."
)
_BY_SCRIPT = ("", "None", "__main__", "builtins")  # modules that cannot be imported for what a user's script defines


def unlisted(part: dict[str, Any], layer: str) -> tuple[str, str]:
    """Why an object may not be made, and the step that fits it.

    Args:
        part: the object as Keras writes it.
        layer: the name of the layer that it is, or belongs to.

    Returns:
        A clause, and a sentence.

    Example:
        >>> scale = {"module": "my_layers", "class_name": "Scale", "registered_name": "mine>Scale", "config": {}}
        >>> unlisted(scale, "x")[0]
        "its layer 'x' is of the class my_layers.Scale, whose module is not imported here"
    """
    kind, module = _printable(part["class_name"]), _printable(part.get("module") or "")
    own = f"its layer {layer[:80]!r}"
    if kind == "__lambda__":
        return f"{own} holds Python code", (
            "Write it with keras.ops in a functional model, or as a layer with a class of its own that is registered "
            "with keras.saving.register_keras_serializable."
        )
    if kind == "function":
        name = str(part.get("config"))[:80]
        if ">" in name:
            return f"{own} uses the function {name!r}, whose module is not imported here", _import("")
        return f"{own} uses the function {name!r}, which is not registered", (
            "Put @keras.saving.register_keras_serializable() above the function."
        )
    named = f"{module}.{kind}" if module else kind
    if ">" in str(part.get("registered_name")):  # as Keras registers: package and name
        return f"{own} is of the class {named}, whose module is not imported here", _import(module)
    clause = f"{own} is of the class {named}, which is no layer that classlab lets Keras make"
    if module.partition(".")[0] == "keras":
        return clause, "Leave it out, or put a layer of your own with a registered class in its place."
    return clause, REGISTER


def _printable(name: object) -> str:
    """A name from a folder that may be anyone's, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name)[:80])


def _import(module: str) -> str:
    """How to make a registered class known; the module of one that a script defined cannot be told."""
    told = module not in _BY_SCRIPT and all(part.isidentifier() for part in module.split("."))
    what, name = ("it", module) if told else ("the module that registers it", "MODULE")
    return f"Where you trust {what}, give --import {name} on the command line, or `import {name}` in Python first."
