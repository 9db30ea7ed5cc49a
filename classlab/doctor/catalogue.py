"""Every rule of the doctor and of the audit: its name, how grave it is, why that is bad, and what to do about it.

What a sentence leaves open in braces is filled in by the finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from classlab.options.words import Severity
    from classlab.records.finding import Cause, Setting

NAMES: Final = {
    "A1": "double-normalisation", "A2": "missing-normalisation", "A3": "split-inconsistent-preprocessing",
    "A4": "statistics-fitted-on-test", "A5": "label-range", "A6": "labels-without-signal", "A7": "class-imbalance",
    "A8": "split-overlap", "A9": "image-layout", "A10": "clipped-pixels", "A11": "label-changing-augmentation",
    "B1": "logits-as-probabilities", "B2": "double-softmax", "B3": "head-width", "B4": "loss-for-head",
    "B5": "label-form", "B6": "misleading-metric", "B7": "first-loss", "B8": "maximised-loss", "B9": "mixed-images",
    "C1": "misnamed-arm", "C2": "identical-arms", "C3": "test-as-validation", "C4": "choice-on-test",
    "C5": "training-rows-as-validation", "C6": "difference-below-noise", "C7": "unequal-budget",
    "C8": "trained-start", "C9": "best-epoch-reported", "C10": "not-reproducible", "C11": "misnamed-score",
    "E1": "without-effect",
    "I1": "chance-plateau", "I2": "learning-rate-too-high", "I3": "learning-rate-too-low", "I4": "non-finite",
    "I5": "dead-units", "I6": "vanishing-gradients", "I7": "bad-start", "I8": "one-batch", "I9": "same-answer",
    "I10": "held-back", "I11": "oscillation", "I12": "overfitting", "I13": "under-trained", "I14": "mode-gap",
    "I15": "unseen-at-chance", "I16": "behind",
    "N1": "undefined-name",
    "S1": "silence-without-reason",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of what a rule finds.

    Args:
        severity: how grave it is where nothing makes it graver or milder.
        cause: why that is bad, a sentence.
        remedy: what to change, a sentence in the imperative.
        limits: when the finding would be wrong.
    """

    severity: Severity
    cause: str
    remedy: str
    limits: str = ""


_ASIDE: Final = "Set a share of the training images aside, choose by those, and open the test images once at the end."

# By the rule's identifier; further words tell the kinds of one rule apart.
KINDS: Final[dict[str, Kind]] = {
    "A1": Kind("FAIL",
        "Images that are scaled twice are numbers near 0 that hardly differ, and the network stays at chance.",
        "Remove one of the scalings, and give scaled images names of their own so that a cell can run twice.",
        "Images that were multiplied in between by something that the audit cannot see."),
    "A1 cut off": Kind("FAIL",
        "Images that are scaled twice are numbers near 0 that hardly differ, and the network stays at chance.",
        "Scale the images first and cut them off, or compare them, afterwards.",
        "Images that were multiplied in between by something that the audit cannot see."),
    "A2": Kind("WARN", "The network meets numbers far beyond the few units that its initial weights are made for.",
        "Divide the images by 255, or begin the network with Rescaling(1 / 255).",
        "A small network may learn all the same, only worse."),
    "A2 application": Kind("WARN", "The network was trained on images between -1 and 1.",
        "Prepare the images by the network's own preprocess_input."),
    "A3": Kind("INVALID", "The figures are those of other inputs than the network was trained on.",
        "Prepare all splits by the same scaling and evaluate again; nothing has to be trained anew."),
    "A3 picture": Kind("INVALID", "The answers are those to other inputs than the network was trained on.",
        "Prepare the picture as the training images were; nothing has to be trained anew."),
    "A3 ink": Kind("INFO", "Ink on paper is dark on bright, which the network has never seen.",
        "Invert the picture, as in 255 - picture, unless it is bright on dark itself."),
    "A3 augmented": Kind("WARN",
        "The figures are those of changed images, other ones every time, and not of those that were set aside.",
        "Give the images that measure a generator or a pipeline of their own, without random changes."),
    "A4": Kind("WARN",
        "What is known of the test images goes into the preprocessing, and their score is a little too good.",
        "Compute the statistics from the training images alone, and apply those to every split."),
    "A5": Kind("FAIL", "A label without a unit gives an error, or a loss that is not a number.",
        "Give the last layer one unit per class, and number the classes from 0."),
    "A5 scaled": Kind("FAIL", "Class numbers that were divided are read as class 0, or refused.",
        "Scale the images only, and leave the labels as they are."),
    "A6": Kind("FAIL", "The labels do not belong to the images beside them, so there is nothing to learn.",
        "Shuffle and select images and labels together, by one and the same order."),
    "A6 predicted": Kind("FAIL",
        "Every prediction is held against the label of another image, and the score is that of guessing.",
        "Give the stream shuffle=False, or take images and labels from one pass over it."),
    "A8": Kind("INVALID", "A score on images that were trained on says nothing of unseen ones.",
        "Train on the training images alone."),
    "A9": Kind("FAIL", "A reshape keeps the order of the numbers in memory; what was a row of pixels is one no more.",
        "Move the axis with np.transpose or np.moveaxis."),
    "A9 channels": Kind("FAIL",
        "The windows of the convolution slide over channels and rows instead of rows and columns.",
        "Bring the channels to the end, as in np.moveaxis(images, 1, -1)."),
    "A10": Kind("WARN", "All pixels from 1 to 255 become 1, so that the images are black and white without a shade.",
        "Divide the images by 255 first and cut them off afterwards.", "Images that are meant to be black and white."),
    "A10 cast": Kind("FAIL", "Whole numbers have nothing between 0 and 1, so that nearly every pixel becomes 0.",
        "Make the images floats, and leave them that."),
    "A11": Kind("WARN", "The network learns signs that nobody writes, and that a 6 upside down is a 6 and not a 9.",
        "Shift, zoom and turn digits by a few degrees only."),
    "B1": Kind("FAIL",
        "The loss takes the logarithm of numbers that are no probabilities, and is chance or not a number.",
        "Give the loss from_logits=True, or end the model in softmax."),
    "B2": Kind("FAIL", "A second softmax flattens the probabilities, and the loss cannot fall to 0.",
        "Remove one of the two softmax functions."),
    "B2 in the loss": Kind("FAIL", "The loss sees probabilities as if they were raw scores, and cannot fall to 0.",
        "Leave from_logits out, or the last activation."),
    "B2 hidden": Kind("WARN", "Behind a hidden softmax the network has little left to tell images apart by.",
        "Give hidden layers relu, and keep softmax for the last one."),
    "B3": Kind("FAIL", "The network has not one score for every class.",
        "End the network in Dense({classes}, activation='softmax'){or_one_unit}."),
    "B3 wide": Kind("WARN", "Some units stand for classes that do not exist.", "Give the last layer {classes} units."),
    "B4": Kind("FAIL", "The loss takes the logarithm of numbers that are no probabilities.",
        "End the model in softmax."),
    "B4 numbers": Kind("WARN",
        "Its gradients are small where the model is wrong, and raw class numbers have no distances.",
        "Minimise the cross-entropy of the classes."),
    "B4 binary": Kind("WARN", "Every class is judged by itself although the probabilities add up to 1.",
        "Take categorical_crossentropy, or sparse_categorical_crossentropy for labels that are numbers."),
    "B4 sigmoid": Kind("WARN", "The scores do not add up to 1 and are no probabilities of the classes.",
        "End the model in softmax."),
    "B5": Kind("FAIL",
        "The loss reads the labels in another form than they have: an error, or a figure without meaning.",
        "Take the loss {other}."),
    "B5 twice": Kind("FAIL", "Rows of 0 and 1 are taken for class numbers, and become rows of rows.",
        "Convert the labels once, and give them a name of their own so that a cell can run twice."),
    "B6": Kind("WARN", "The metric counts something else than right images.",
        "Report the metric 'accuracy' beside a cross-entropy of classes; Keras fits it to loss and labels."),
    "B6 rounded": Kind("WARN", "The most probable class of many images has less than half of the probability.",
        "Take the class with the largest score, as in np.argmax(scores, axis=1), of the scores as they are."),
    "B6 axis": Kind("FAIL", "The result has one number per class, which is no prediction for any image.",
        "Look along the classes, as in np.argmax(scores, axis=1)."),
    "B8": Kind("FAIL", "A step against the sign of the rate goes uphill.", "Take {positive:g}."),
    "C1": Kind("INVALID", "What is shown under this name is not a result of the optimizer that it speaks of.",
        "Build {claimed}, or rename it.", "The name may mean something else by the word."),
    "C2": Kind("INVALID",
        "What the names say differs between the arms never reaches the model, its optimizer or its training.",
        "Pass the setting on, or leave one of the arms out."),
    "C3": Kind("INFO", "The test images are looked at after every epoch, and whoever looks at them chooses by them.",
        _ASIDE),
    "C4": Kind("INVALID", "The best of several scores is the luckiest too: what the test images chose, they flatter.",
        _ASIDE, "A table that is put in order only to be read is a choice for whoever reads it."),
    "C5": Kind("INVALID", "The network was trained on the images that are to tell how it does on unseen ones.",
        "Take the validation rows out of the training rows."),
    "C5 copies": Kind("INVALID", "The network is measured on copies of rows that it was trained on.",
        "Divide the rows first, and repeat rows of the training share alone."),
    "C7": Kind("WARN", "The arms differ in their epochs besides the setting that is compared.",
        "Train all arms for the same number of epochs, or each of them for both."),
    "C8": Kind("INVALID", "The arm starts where the one before it ended, so that the last one looks best.",
        "Build the model, and its optimizer, anew for every training that is compared."),
    "C9": Kind("WARN", "The best of many noisy figures is too good, the more so the more epochs there are.",
        "Report the last epoch, or that of the weights which early stopping restored."),
    "C10": Kind("INFO", "Initial weights and the order of images differ from run to run.",
        "Call keras.utils.set_random_seed before the model is built."),
    "C10 cells": Kind("WARN", "The results that the notebook shows may not be those of its code from top to bottom.",
        "Restart the kernel and run all cells."),
    "C10 classes": Kind("INFO",
        "Another start of Python, or another machine, numbers the classes differently, and reads the saved "
        "model's answers under wrong names.",
        "Number the classes by sorted(names), and keep the list beside the model."),
    "C11 figure": Kind("INVALID", "A loss and an accuracy have different scales, and only one of them is to be large.",
        "Take the other figure: evaluate gives the loss first, and the metrics after it.",
        "The name may mean something else by the word."),
    "C11": Kind("INVALID",
        "Images that a network was trained on flatter it, so that the two figures say different things.",
        "Measure the images that the name speaks of, or rename the figure.",
        "The name may mean something else by the word, as a test of the program."),
    "E1": Kind("WARN", "What is made and not handed on changes nothing, whatever the text around it says.",
        "Hand it on, or remove it."),
    "E1 no result": Kind("WARN", "An array is not changed by what is worked out of it.",
        "Keep the result under a name, or remove the line."),
    "E1 never acts": Kind("WARN", "What never acts changes nothing, whatever the text around it says.", "{remedy}"),
    "I6": Kind("INFO",
        "Every sigmoid on the way back multiplies the gradient by at most 1/4, and a step of SGD with it.",
        "Take relu, batch normalisation, or an optimizer such as Adam that divides by the gradient's size."),
    "I7": Kind("WARN", "Units that start equal stay equal, and weights far too large saturate or explode.",
        "Leave the initializer out; Keras's own fits the layer's size."),
    "I10": Kind("WARN", "Layers without an activation between them can do no more than a single one.",
        "Give the hidden layer an activation, as in activation='relu'."),
    "I10 dropout": Kind("WARN", "Too little of the signal is left to learn from.", "Begin with 0.2 to 0.5."),
    "I15": Kind("FAIL", "The network is measured on classes that it has not seen, and does not learn them.",
        "Shuffle images and labels together before a share is set aside, or divide them class by class."),
    "N1": Kind("WARN", "Python raises a NameError where this line is run, and a cell or script ends there.",
        "Define `{name}`, or write the name that was meant{meant}.",
        "A name that something outside the file puts there."),
    "S1": Kind("WARN", "Nobody can tell later whether the finding was looked at.",
        "Write the rule and the reason, or remove the comment."),
}  # fmt: skip


def cause(kind: str, change: dict[str, Setting] | None = None, **words: object) -> Cause:
    """The cause that a finding of a kind names.

    Args:
        kind: its key in the catalogue.
        change: the remedy for a machine, where it is an option.
        **words: what the remedy leaves open.
    """
    from classlab.records.finding import Cause  # brings pydantic, for which those who want a name do not wait

    known = KINDS[kind]
    rule, remedy = kind.partition(" ")[0], known.remedy.format(**words)
    return Cause(rule=rule, text=known.cause, remedy=remedy, change=change or {})
