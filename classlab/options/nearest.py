"""The known word that a wrong one was probably meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKENESS = 0.7  # of 1: "resnet" is 0.67 like "lenet5", which it was not meant to be

_OTHERWISE = {  # what other libraries and papers call an option
    **dict.fromkeys(("lr", "eta", "step_size", "learnrate"), "learning_rate"),
    **dict.fromkeys(("wd", "decay", "l2"), "weight_decay"),
    **dict.fromkeys(("bs", "batch"), "batch_size"),
    **dict.fromkeys(("iterations", "passes"), "epochs"),
    **dict.fromkeys(("optim", "opt", "solver"), "optimizer"),
    **dict.fromkeys(("patience",), "early_stopping"),
}


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word with almost the same letters, in either case, or the same in another order; None for none.

    Example:
        >>> nearest("adm", ["sgd", "adam"]), nearest("sdg", ["sgd", "adam"]), nearest("resnet", ["mlp", "lenet5"])
        ('adam', 'sgd', None)
        >>> nearest("lr", ["epochs", "learning_rate"]), nearest("--lr", ["--epochs", "--learning-rate"])
        ('learning_rate', '--learning-rate')
    """
    folded = {each.casefold(): each for each in known}
    meant = str(word).casefold()
    other = _OTHERWISE.get(_plain(meant))
    if other is not None and (here := next((folded[each] for each in folded if _plain(each) == other), None)):
        return here
    close = get_close_matches(meant, folded, n=1, cutoff=_LIKENESS)
    return folded[close[0]] if close else next((folded[e] for e in folded if sorted(e) == sorted(meant)), None)


def _plain(name: str) -> str:
    """A name or a flag as Python spells it."""
    return name.lstrip("-").replace("-", "_")


def did_you_mean(word: object, known: Iterable[str], *, otherwise: str = "Choose one of them.") -> str:
    """A question after the nearest known word, where one is near."""
    close = nearest(word, known)
    return otherwise if close is None else f"Did you mean {close!r}?"
