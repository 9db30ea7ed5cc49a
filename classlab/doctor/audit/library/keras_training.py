"""Compiling, training, evaluating and predicting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.iteration import one_pass
from classlab.doctor.audit.library.keras_models import add, traced
from classlab.doctor.audit.naming import named
from classlab.doctor.audit.rows import is_fold
from classlab.doctor.audit.scopes import Function, Instance
from classlab.doctor.audit.trace import Evaluation, Searched
from classlab.doctor.audit.trainings import Compiled, Fit, History, Model, Network, Predicted, Score, Scores
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Foreign,
    Items,
    Mapping,
    Stream,
    SymbolicTensor,
    Value,
    number_of,
    text_of,
    whole_of,
)
from classlab.doctor.audit.words import OPTIMIZERS

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Request, Table


def model_of(interpreter: Interpreter, value: Value) -> Model | None:
    """The model that a value is; a subclassed one is followed when it is first needed."""
    if isinstance(value, Model):
        return value
    if not isinstance(value, Instance) or not {"keras.Model", "keras.Sequential"} & set(value.of.foreign()):
        return None
    found = value.fields.get("model of the audit")
    if isinstance(found, Model):
        return found
    model = Model(Network((), False), value.location, instance=value)
    outputs = value.kwargs.get("outputs")
    if isinstance(outputs, SymbolicTensor):
        model.network = Network(outputs.layers, outputs.certain)
    model.own_training = value.of.find("train_step") is not None or value.of.find("fit") is not None
    interpreter.put(value, "model of the audit", model)
    return model


def unseen_model(request: Request, owner: Foreign) -> Model | None:
    """The model that something from out of sight is: whatever is compiled with a loss or an optimizer is one of Keras.

    Its layers are not known, but what it is trained on and chosen by stands in the file.
    """
    models, key = request.interpreter.unseen, (owner.maker, owner.path)
    if request.name == "compile" and key not in models and {"loss", "optimizer"} & set(request.kwargs):
        models[key] = Model(Network((), False), owner.location)
    return models.get(key)


def compile_model(request: Request, model: Model) -> Value:
    """`model.compile(...)`."""
    trace, unknown = request.interpreter.trace, "?" in request.kwargs
    missing: Value = UNKNOWN if unknown else NONE
    compiled = Compiled(
        optimizer=request.get(0, "optimizer") or (UNKNOWN if unknown else Const("rmsprop")),
        loss=_own_loss(request, _one_of(request.get(1, "loss"))) or missing,
        metrics=_metrics(request) or missing,
        location=request.location,
    )
    request.interpreter.put(model, "compiled", compiled)
    if model not in trace.compiled and not trace.full:
        trace.compiled.append(model)
    return NONE


def _metrics(request: Request) -> Value | None:
    """Keras 3 takes them in the fourth place, Keras 2 took them in the third."""
    third = request.args[2] if len(request.args) > 2 else None
    given = request.get(3, "metrics") or (third if isinstance(third, Items) else None)
    weighted = request.kwargs.get("weighted_metrics")
    return given if weighted is None else weighted if given is None else Items((given, weighted))


def _own_loss(request: Request, value: Value | None) -> Value | None:
    """A function of the author's that only passes on to a loss of Keras is that loss."""
    if not isinstance(value, Function):
        return value
    result = request.interpreter.call(value, (UNKNOWN, UNKNOWN), {}, request.node)
    return result if isinstance(result, CallResult) and result.name.startswith("keras.losses.") else UNKNOWN


def _one_of(value: Value | None) -> Value | None:
    """A loss given as a list of one is that loss; several belong to several outputs."""
    if isinstance(value, Items) and len(value.items) == 1:
        return value.items[0]
    return UNKNOWN if isinstance(value, Items | Mapping) else value


def fit_model(request: Request, model: Model) -> Value:
    """`model.fit(...)`: notes everything that the rules look at."""
    interpreter = request.interpreter
    images, labels = pair_of(request.get(0, "x", "generator"), request.get(1, "y"))
    validation, known = _validation(request)
    if isinstance(model.instance, Instance) and model.instance.of.find("call") is not None:
        tensor = traced(interpreter, model.instance)
        interpreter.put(model, "network", Network(tensor.layers, tensor.certain) if tensor else Network((), False))
    earlier = model.fits
    trainables = tuple(layer.fields.get("trainable") for layer in model.network.layers)
    since = earlier[-1] if earlier else None
    fit = Fit(
        model=model,
        network=model.network,
        compiled=model.compiled,
        images=images,
        labels=labels,
        validation=validation,
        validation_split=number_of(request.kwargs.get("validation_split", Const(0))) != 0,
        validation_known=known,
        epochs=_epochs(request),
        batch_size=request.whole(2, "batch_size") if request.get(2, "batch_size") else 32,
        callbacks=_callbacks(request),
        location=request.location,
        path=interpreter.path,
        turns=interpreter.turns,
        functions=tuple(name.partition("@")[0] for name in interpreter.functions),
        seed=interpreter.seed,
        earlier=earlier,
        recompiled=since is not None and model.compiled is not since.compiled,
        thawed=not model.fresh or (since is not None and since.trainables != trainables),
        trainables=trainables,
        fold=images is not None and is_fold(images.rows),
    )
    if not interpreter.trace.full:
        interpreter.trace.fits.append(fit)
    interpreter.put(model, "fits", (*earlier, fit)[-100:])
    interpreter.put(model, "fresh", True)
    _name_by_function(interpreter, fit)
    return History(fit)


def _epochs(request: Request) -> int | None:
    given = request.get(3, "epochs", "nb_epoch")
    if given is None:
        return None if "?" in request.kwargs else 1
    epochs, begun = whole_of(given), whole_of(request.kwargs.get("initial_epoch", Const(0)))
    return epochs - begun if epochs is not None and begun is not None else None


def _callbacks(request: Request) -> tuple[CallResult, ...]:
    given = request.get(5, "callbacks")
    items = given.items if isinstance(given, Items) else (given,) if given is not None else ()
    return tuple(item for item in items if isinstance(item, CallResult))


def _name_by_function(interpreter: Interpreter, fit: Fit) -> None:
    """A function such as `train_rmsprop` names what it trains."""
    for name in fit.functions:
        named(interpreter, name, "the function", History(fit), fit.location)
    for text, location, how in fit.model.names:
        named(interpreter, text, how, History(fit), location)
    for callback in fit.callbacks:
        for value in (*callback.args[:1], *(callback.kwargs.get(word) for word in ("filepath", "filename", "log_dir"))):
            named(interpreter, text_of(value), "the file", History(fit), callback.location)


def pair_of(first: Value | None, second: Value | None) -> tuple[Facts | None, Facts | None]:
    """Images and labels, from two arrays or from a pipeline of pairs."""
    if isinstance(first, Stream):
        element = first.element
        pair = element.items[:2] if isinstance(element, Items) else ()
        first, second = pair if len(pair) == 2 else (None, None)
    images, labels = (as_array(value) for value in (first, second))
    if not isinstance(first, Array) and second is None:
        images = None  # a pipeline from out of sight
    return images.facts if images else None, labels.facts if labels else None


def _validation(request: Request) -> tuple[tuple[Facts | None, Facts | None] | None, bool]:
    given = request.kwargs.get("validation_data")
    if given is None or given == NONE:
        return None, "?" not in request.kwargs
    if isinstance(given, Items) and len(given.items) >= 2:
        found = pair_of(given.items[0], given.items[1])
    else:
        found = pair_of(given, None)
    return found, found[0] is not None


def evaluate_model(request: Request, model: Model) -> Value:
    """`model.evaluate(...)`: scores with the role of the rows that they were measured on."""
    images, labels = pair_of(request.get(0, "x", "generator"), request.get(1, "y"))
    _note(request, model, images, labels, scored=True)
    role = images.role if images is not None else "unknown"
    scores = Scores(model.fits[-1:], role, model)
    compiled = model.compiled
    if compiled is not None and compiled.metrics == NONE and request.kwargs.get("return_dict") != Const(True):
        return Score(scores.fits, role, "loss", None, model)
    return scores


def predict_model(request: Request, model: Model) -> Value:
    """`model.predict(...)`."""
    given = request.get(0, "x")
    images, _ = pair_of(given, None if isinstance(given, Stream) else UNKNOWN)
    _note(request, model, images, None, scored=False)
    if isinstance(given, Stream) and given.reshuffled and images is not None:
        images = replace(images, order=(*images.order, one_pass(request.interpreter)))
    return Predicted(model, images.role if images is not None else "unknown", images)


def _note(request: Request, model: Model, images: Facts | None, labels: Facts | None, *, scored: bool) -> None:
    trace = request.interpreter.trace
    if not trace.full:
        trace.evaluations.append(
            Evaluation(model, model.network, model.compiled, images, labels, model.fits, request.location, scored)
        )


def model_method(request: Request, model: Model, name: str) -> Value:
    """What a method of a model does."""
    interpreter, network = request.interpreter, model.network
    handler = _METHODS.get(name)
    if handler is not None:
        return handler(request, model)
    if name in ("save", "save_weights", "export"):
        interpreter.trace.saved.append(request.location)
        named(interpreter, text_of(request.first()), "the file", model, request.location)
    elif name in ("set_weights", "load_weights"):
        interpreter.put(model, "fits", ())
    elif name == "add":
        add(interpreter, model, request.first(), request.location)
    elif name == "pop":
        interpreter.put(model, "network", Network(network.layers[:-1], network.certain))
    if name in ("set_weights", "load_weights", "train_step"):
        interpreter.put(model, "fresh", False)
    return UNKNOWN


def _train_on_batch(request: Request, model: Model) -> Value:
    """A training of its own, once for every line: the turns of its loop are the batches."""
    if all(fit.location != request.location for fit in model.fits):
        fit_model(replace(request, args=request.args[:2], kwargs={"epochs": UNKNOWN}), model)
    return UNKNOWN


def searched(request: Request) -> Value:
    """A tuner's `search`: its validation rows choose."""
    validation, known = _validation(request)
    if known and validation is not None:
        request.interpreter.trace.searched.append(Searched(validation[0], request.location))
    return UNKNOWN


_METHODS = {
    "compile": compile_model,
    **dict.fromkeys(("fit", "fit_generator"), fit_model),
    **dict.fromkeys(("evaluate", "evaluate_generator"), evaluate_model),
    **dict.fromkeys(("predict", "predict_generator", "predict_proba"), predict_model),
    "train_on_batch": _train_on_batch,
}


def _optimizer_by_name(request: Request) -> Value:
    """`keras.optimizers.get("adam")`."""
    value = request.first()
    if isinstance(value, CallResult):
        return value
    kind = OPTIMIZERS.get((text_of(value) or "").lower())
    return CallResult(f"keras.optimizers.{kind}", (), {}, request.location) if kind else UNKNOWN


NAMES: Table = {"keras.optimizers.get": _optimizer_by_name}
