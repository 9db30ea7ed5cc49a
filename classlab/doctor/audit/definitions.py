"""Functions, classes and imports, and names that nobody in the file binds: of Python, of notebooks, of star imports."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.scopes import ClassOf, Frame, Function, Module, Scope
from classlab.doctor.audit.values import UNKNOWN, Symbol, Value
from classlab.doctor.audit.words import OPTIMIZERS

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter

# The same part of Keras under its several names; the longest first.
_ALIASES = (
    ("tensorflow.compat.v2.", "tensorflow."),
    ("tensorflow.compat.v1.", "tensorflow."),
    ("tensorflow._api.v2.", "tensorflow."),
    ("tensorflow.python.keras.", "keras."),
    ("tensorflow.contrib.keras.", "keras."),
    ("tensorflow.keras.", "keras."),
    ("tf_keras.", "keras."),
    ("tensorflow.optimizers.", "keras.optimizers."),
    ("tensorflow.losses.", "keras.losses."),
    ("tensorflow.metrics.", "keras.metrics."),
    ("tensorflow.initializers.", "keras.initializers."),
)
_KERAS = (
    ("keras.api.", "keras."),
    ("keras._tf_keras.", ""),
    ("keras.src.", "keras."),
    ("keras.layers.experimental.preprocessing.", "keras.layers."),
    ("keras.layers.preprocessing.", "keras.layers."),
    ("keras.layers.core.", "keras.layers."),
    ("keras.layers.convolutional.", "keras.layers."),
    ("keras.layers.pooling.", "keras.layers."),
    ("keras.layers.normalization.", "keras.layers."),
    ("keras.optimizers.legacy.", "keras.optimizers."),
    ("keras.optimizers.experimental.", "keras.optimizers."),
    ("keras.utils.np_utils.", "keras.utils."),
    ("keras.preprocessing.image_dataset_from_directory", "keras.utils.image_dataset_from_directory"),
    ("keras.models.Sequential", "keras.Sequential"),
    ("keras.models.Model", "keras.Model"),
    ("keras.engine.training.Model", "keras.Model"),
    ("keras.layers.Input", "keras.Input"),
)


def library_name(name: str) -> str:
    """The name that the audit knows a part of a library by, whichever way it was imported.

    Example:
        >>> library_name("tensorflow.keras.layers.Dense"), library_name("keras.optimizers.legacy.Adam")
        ('keras.layers.Dense', 'keras.optimizers.Adam')
    """
    for _ in range(4):
        before = name
        for start, instead in (*_ALIASES, *_KERAS):
            if (name + ".").startswith(start) or name.startswith(start):
                name = (instead + (name + ".")[len(start) :]).rstrip(".")
                break
        if name == before:
            break
    return name


def import_module(interpreter: Interpreter, node: ast.Import) -> None:
    """`import a.b` binds `a`, `import a.b as c` binds `a.b`."""
    for alias in node.names:
        own = interpreter.module(alias.name if alias.asname else alias.name.partition(".")[0])
        if own is not None:
            interpreter.put(interpreter.frame.names, alias.asname or own.name, own)
        elif alias.asname:
            interpreter.put(interpreter.frame.names, alias.asname, Symbol(library_name(alias.name)))
        else:
            top = alias.name.partition(".")[0]
            interpreter.put(interpreter.frame.names, top, Symbol(library_name(top)))


def import_from(interpreter: Interpreter, node: ast.ImportFrom) -> None:
    """`from a import b`, where a module beside the file comes first."""
    own = interpreter.module(node.module or "") if node.level <= 1 and (node.module or node.level) else None
    for alias in node.names:
        if own is not None:
            _from_own(interpreter, own, alias)
            continue
        if alias.name == "*":
            interpreter.stars.append(library_name(node.module or ""))
            continue
        known = node.module and not node.level
        value: Value = Symbol(library_name(f"{node.module}.{alias.name}")) if known else UNKNOWN
        interpreter.put(interpreter.frame.names, alias.asname or alias.name, value)


def _from_own(interpreter: Interpreter, own: Module, alias: ast.alias) -> None:
    every = [name for name in own.fields if not name.startswith("_")]
    for name in every if alias.name == "*" else (alias.name,):
        interpreter.put(interpreter.frame.names, alias.asname or name, member_of(interpreter, own, name))


def member_of(interpreter: Interpreter, own: Module, name: str) -> Value:
    """A name of a module beside the file, or a module within it."""
    found: Value | None = own.fields.get(name)
    return found or interpreter.module(f"{own.name}.{name}".lstrip(".")) or UNKNOWN


def define_function(interpreter: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Binds a function; a decorator of TensorFlow or functools leaves it as it is, any other makes it unknown."""
    function = Function(node, interpreter.frame, node.name)
    take_defaults(interpreter, function)
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        value = interpreter.evaluate(called)
        if not (isinstance(value, Symbol) and value.name.startswith(_TRANSPARENT)):
            function.decorated = True
        if isinstance(called, ast.Name) and called.id in ("property", "staticmethod", "classmethod"):
            function.decorated = False
            function.defaults[f" {called.id}"] = UNKNOWN
    interpreter.put(interpreter.frame.names, node.name, function)


def take_defaults(interpreter: Interpreter, function: Function) -> None:
    """Works out the default values of a function's parameters."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(
        positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
    ):
        function.defaults[argument.arg] = interpreter.evaluate(default)
    for argument, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if given is not None:
            function.defaults[argument.arg] = interpreter.evaluate(given)


def define_class(interpreter: Interpreter, node: ast.ClassDef) -> None:
    """Binds a class with its methods."""
    bases = tuple(interpreter.evaluate(base) for base in node.bases)
    outer, frame = interpreter.frame, Frame(names=Scope(), parent=interpreter.frame)
    interpreter.frame = frame
    try:
        interpreter.follow(node.body)
    finally:
        interpreter.frame = outer
    for method in frame.names.fields.values():
        if isinstance(method, Function) and method.frame is frame:
            method.frame = outer  # names of a class body are not seen from inside its methods
    made = ClassOf(node.name, bases, frame.names.fields, interpreter.at(node))
    made.annotated = tuple(
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    )
    interpreter.put(interpreter.frame.names, node.name, made)


_TRANSPARENT = (
    "tensorflow.function",
    "functools.",
    "tensorflow.autograph",
    "keras.saving",
    "keras.utils.register",
    "contextlib",
)


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
