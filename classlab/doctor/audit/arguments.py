"""What the arguments of a call tell, whatever is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.naming import carriers, named
from classlab.doctor.audit.scopes import Function
from classlab.doctor.audit.trainings import Model
from classlab.doctor.audit.values import Items, Mapping, Value, text_of
from classlab.doctor.audit.words import optimizers_in, words_of

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter

Args = tuple[Value, ...]
Kwargs = dict[str, Value]


def note_arguments(interpreter: Interpreter, args: Args, kwargs: Kwargs, node: ast.AST) -> None:
    """A name that is passed on with an optimizer or a result names it, as in `train("RMSprop", Adam())`."""
    texts = [text_of(value) for value in (*args, *(kwargs[word] for word in kwargs if _names(word)))]
    texts = [text for text in texts if text is not None and optimizers_in(text)]
    if len(texts) != 1 or texts[0] is None:
        return
    values = (*args, *kwargs.values())
    # A model may be about to be compiled anew, with what the text says.
    built = [each for value in values for each in carriers(value) if not isinstance(each, Function | Model)]
    if len(built) == 1:
        named(interpreter, texts[0], "the argument", built[0], interpreter.at(node))


def _names(parameter: str) -> bool:
    """Whether a parameter takes the name of something, rather than what it is compared with."""
    return bool(
        set(words_of(parameter)) & {"name", "title", "label", "key", "tag", "caption", "arm", "run", "file", "path"}
    )


def unknown_use(interpreter: Interpreter, args: Args, kwargs: Kwargs) -> None:
    """Something unknown got these values: it may have changed lists and models."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Model):
            interpreter.put(value, "fresh", False)
        elif isinstance(value, Items) and value.kind == "list":
            interpreter.put(value, "contents", type(value.contents)(value.items, True))
        elif isinstance(value, Mapping):
            interpreter.put(value, "entries", type(value.entries)(value.pairs, True))
