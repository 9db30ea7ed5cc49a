"""Names that nobody in the file binds: those of Python and notebooks, and those of star imports."""

from __future__ import annotations

import builtins
from typing import Final

from classlab.doctor.audit.definitions import library_name
from classlab.doctor.audit.words import OPTIMIZERS

# Names by which Keras's modules are told apart; any other capitalised name is taken for a layer.
_HOMES: Final[dict[str, frozenset[str]]] = {
    "keras.models": frozenset({"Model", "Sequential", "load_model", "clone_model", "model_from_json"}),
    "keras.callbacks": frozenset({
        "Callback", "CSVLogger", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler",
        "ModelCheckpoint", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN", "BackupAndRestore",
    }),
    "keras.utils": frozenset({
        "to_categorical", "normalize", "plot_model", "set_random_seed", "get_file", "Sequence", "PyDataset",
        "image_dataset_from_directory", "load_img", "img_to_array", "array_to_img",
    }),
    "keras.datasets": frozenset({"mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing"}),
    "keras.preprocessing.image": frozenset({"ImageDataGenerator", "load_img", "img_to_array", "array_to_img"}),
    "keras.regularizers": frozenset({"l1", "l2", "l1_l2", "L1", "L2", "L1L2"}),
}  # fmt: skip


def starred(stars: list[str], name: str) -> str | None:
    """The full name of what a star import may have brought.

    Args:
        stars: the modules, in the order in which they were imported.
        name: the name.

    Returns:
        The full name; None where no module is likely to have it.

    Example:
        >>> starred(["keras.layers", "keras.models"], "Model"), starred(["keras.layers", "keras.models"], "Dense")
        ('keras.Model', 'keras.layers.Dense')
    """
    homes = [star for star in stars if name in _HOMES.get(star, ())]
    if "keras.optimizers" in stars and name.lower() in OPTIMIZERS and name[:1].isupper():
        homes.append("keras.optimizers")
    if not homes:
        others = [star for star in stars if star not in _HOMES and star != "keras.optimizers"]
        homes = [star for star in others or stars if not name[:1].islower() or star.startswith("keras")]
    return library_name(f"{homes[0]}.{name}") if homes else None


BUILTINS: Final = frozenset(dir(builtins)) | {"display", "get_ipython", "In", "Out", "_", "__file__", "exit", "quit"}
