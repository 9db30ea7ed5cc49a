"""The words that a name or a text is made of, and the optimizers that it speaks of."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import DatasetRole

# Keras's optimizers by the word that names them; "rms" is how people shorten RMSprop.
OPTIMIZERS = {
    "sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "rms": "RMSprop", "adagrad": "Adagrad",
    "adadelta": "Adadelta", "adamax": "Adamax", "nadam": "Nadam", "ftrl": "Ftrl", "lion": "Lion",
    "adafactor": "Adafactor", "muon": "Muon", "lamb": "Lamb",
}  # fmt: skip
_SPLITS: Final[dict[str, DatasetRole]] = {
    "test": "test", "testing": "test", "val": "validation", "valid": "validation", "validation": "validation",
    "dev": "validation", "train": "train", "training": "train",
}  # fmt: skip


def splits_in(text: str) -> set[DatasetRole]:
    """The splits that a name or text speaks of."""
    return {_SPLITS[word] for word in words_of(text) if word in _SPLITS}


def split_of(text: str) -> str | None:
    """The one split that a name or text speaks of; None where it speaks of none or several.

    Example:
        >>> split_of("Test accuracy:"), split_of("x_val"), split_of("train and test")
        ('test', 'validation', None)
    """
    found = splits_in(text)
    return found.pop() if len(found) == 1 else None


def figure_of(text: str) -> Literal["loss", "accuracy"] | None:
    """Which of the two a name or text speaks of; None where it speaks of none or both.

    Example:
        >>> figure_of("test_acc"), figure_of("val_loss"), figure_of("loss and accuracy")
        ('accuracy', 'loss', None)
    """
    accuracy, loss = ({*words} & {*words_of(text)} for words in (("acc", "accuracy"), ("loss", "losses")))
    return None if bool(accuracy) == bool(loss) else "accuracy" if accuracy else "loss"


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Splits a name at underscores, digits and capitals, and a text at everything that is not a letter.

    Example:
        >>> words_of("historyRMSprop_20"), words_of("x_train"), words_of("SGD 0.01")
        (('history', 'rmsprop'), ('x', 'train'), ('sgd',))
    """
    found: list[str] = []
    word = ""
    for place, letter in enumerate(text):
        if not letter.isalpha():
            found, word = [*found, word], ""
            continue
        before = text[place - 1] if place else ""
        if word and letter.isupper() and before.islower():
            found, word = [*found, word], ""
        word += letter
    return tuple(each.lower() for each in _rejoined([*found, word]) if each)


def optimizers_in(text: str) -> set[str]:
    """Keras's names of the optimizers that a text speaks of.

    Example:
        >>> sorted(optimizers_in("rms_prop against Adam"))
        ['Adam', 'RMSprop']
    """
    return {OPTIMIZERS[word] for word in words_of(text) if word in OPTIMIZERS}


def _rejoined(words: list[str]) -> list[str]:
    """Puts "RMS" and "Prop", "Ada" and "grad" together again, where the author split them."""
    words = [word for word in words if word]
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1] + word).lower() in OPTIMIZERS:
            joined[-1] += word
        else:
            joined.append(word)
    return joined
