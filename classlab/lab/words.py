"""The words of the lab and what they mean: each is explained where it first appears, whichever steps are run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Word(NamedTuple):
    """A word.

    Args:
        name: as a heading.
        pattern: what it looks like in a sentence, a regular expression.
        meaning: a clause.
    """

    name: str
    pattern: str
    meaning: str


WORDS = (
    Word("accuracy", r"accurac", "the share of images whose most probable class is the true one"),
    Word("arm", r"\barms?\b", "one combination that is compared: a network with an optimizer and its settings"),
    Word("batch", r"\bbatch(?:es)?\b", "the images that are shown before the weights change once"),
    Word(
        "cannot be told apart",
        r"be told apart|cannot tell|tell (?:the|'|which)",
        "the evidence leaves open which of two is the better one, and whether either is",
    ),
    Word("class", r"\bclass(?:es)?\b", "what an image may show, such as the digit 3; its label says which it is"),
    Word(
        "convolution",
        r"convolution",
        "a layer whose small windows of weights slide over the image, the same weights at every place; what a window "
        "finds is a channel",
    ),
    Word(
        "corrected",
        r"\bcorrected for\b",
        "intervals are made longer where several comparisons are asked together, so that all hold at once",
    ),
    Word("dead channel", r"\bdead\b", "one that is zero at every place of every image, and so passes nothing on"),
    Word("epoch", r"\bepochs?\b", "one pass over all training images"),
    Word(
        "gap",
        r"\bgaps?\b",
        "the accuracy on the training images minus that on the test images, both after the training",
    ),
    Word(
        "gradient", r"\bgradients?\b", "for every weight, how fast the loss grows with it; a step goes the opposite way"
    ),
    Word(
        "interval",
        r"\binterval\b|% confidence",
        "the range in which the true value lies, but for the 5 in 100 such statements that are allowed to be wrong",
    ),
    Word("learning rate", r"\blearning rates?\b", "how long a step is, as a multiple of the gradient"),
    Word("ln 10", r"\bln \d+", "the loss of a network that gives each of ten classes the probability 1/10"),
    Word("loss", r"\bloss(?:es)?\b", "the mean of minus the logarithm of the true class's probability; 0 is perfect"),
    Word("optimizer", r"\boptimizers?\b|\b(?:SGD|Adam|RMSprop)\b", "the rule that turns gradients into steps"),
    Word(
        "overfitting",
        r"overfit",
        "a network learns what holds for its training images alone; its gap grows and its accuracy on others does not",
    ),
    Word("perceptron", r"perceptron", "Dense layers one after the other: every unit sums all inputs, each by a weight"),
    Word("point", r"\bpoints\b", "a difference of accuracies: from 90 % to 92 % are 2 points"),
    Word("relu", r"\brelu\b", "what a unit does with its sum: negative becomes 0, positive stays"),
    Word("run", r"\bruns\b|\b1 run\b|\bNo run\b", "one training of one arm, from one seed"),
    Word(
        "seed",
        r"\bseeds?\b",
        "the number from which initial weights and the order of images are drawn; another seed is another try",
    ),
    Word("sigmoid", r"\bsigmoid\b", "what a unit does with its sum: squeezed between 0 and 1, and flat at both ends"),
    Word("softmax", r"\bsoftmax\b", "turns the last layer's sums into probabilities: positive, and together 1"),
    Word(
        "validation",
        r"\b[Vv]alidation\b",
        "a tenth of the training images, set aside to choose by; test images only judge",
    ),
)


def new_words(texts: Iterable[str], known: Collection[str]) -> tuple[Word, ...]:
    """The words that occur in these texts, and in the meanings of such words, and are not known yet.

    Args:
        texts: sentences, in the order in which they are read.
        known: names of the words that were explained before.
    """
    found: dict[str, Word] = {}
    waiting = ["\n".join(texts)]
    while waiting:
        text = waiting.pop()
        for word in WORDS:
            if word.name not in found and word.name not in known and re.search(word.pattern, text):
                found[word.name] = word
                waiting.append(word.meaning)
    return tuple(word for word in WORDS if word.name in found)
