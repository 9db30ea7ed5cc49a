"""Models whose layers are computed directly, beside the same models as Keras calls them."""

import gc
import inspect

import pytest
import torch

from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.training.keras import direct
from classlab.training.keras.convolutions import quick_convolutions
from classlab.training.keras.direct import DirectModel
from classlab.training.keras.kinds import direct_kinds
from classlab.training.process import processor
from tests.training.keras.networks import own_layer

IMAGE, LINE, VOLUME = (8, 6, 4), (8, 4), (6, 6, 6, 2)
SIZES = {"1D": LINE, "2D": IMAGE, "3D": VOLUME}
OPTIONS = {
    "Conv": {"filters": 3, "kernel_size": 3, "activation": "relu", "kernel_regularizer": "l2"},
    "AveragePooling": {"pool_size": 2, "padding": "same"},
    "MaxPooling": {"pool_size": 2},
    "Depthwise": {"kernel_size": 3, "activation": "tanh"},
    "Separable": {"filters": 3, "kernel_size": 3, "padding": "same"},
    "Cropping": {"cropping": 1},
    "Dropout": {"rate": 0.4},
    "SpatialDropout": {"rate": 0.4},
    "GaussianDropout": {"rate": 0.4},
    "AlphaDropout": {"rate": 0.4},
    "GaussianNoise": {"stddev": 0.3},
    "GroupNormalization": {"groups": 2},
    "Activation": {"activation": "softsign"},
    "Dense": {"units": 3, "activation": "softmax"},
    "Reshape": {"target_shape": (6, 8, 4)},
    "Permute": {"dims": (2, 1, 3)},
    "RepeatVector": {"n": 3},
}
JOINS = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")


def options_of(name):
    found = [prefix for prefix in OPTIONS if name.startswith(prefix)]
    return OPTIONS[max(found, key=len)] if found else {}


def model_of(name):
    """One layer behind another that has weights, and in front of one."""
    k = keras()
    size = next((size for size in SIZES if size in name), "2D")
    shape = (7,) if name == "RepeatVector" else SIZES[size]
    images = k.Input(shape)
    x = k.layers.Dense(4, kernel_initializer=k.initializers.RandomNormal(seed=3))(images)
    kind = getattr(k.layers, name)
    x = kind(**options_of(name))([x, k.layers.Activation("tanh")(x)] if name in JOINS else x)
    return k.Model(images, k.layers.Dense(3)(k.layers.Flatten()(x)))


def passed(call, model, images, *, training):
    """Scores, losses, gradients and weights after one call that began with the same seeds."""
    keras().utils.set_random_seed(4)
    images = images.clone().requires_grad_()
    for variable in model.trainable_variables:
        variable.value.grad = None
    scores = call(images, training=training)
    total = scores.float().square().sum() + sum(model.losses)
    total.backward()
    gradients = [variable.value.grad for variable in model.trainable_variables]
    after = [variable.value.detach().clone() for variable in model.variables]
    return [scores.detach(), images.grad, *(loss.detach() for loss in model.losses), *gradients, *after]


def variables(model):
    """Those that hold the seeds of layers that draw among them."""
    return [variable.numpy().copy() for variable in model.variables]


def restore(model, values):
    for variable, value in zip(model.variables, values, strict=True):
        variable.assign(value)


def both(model, images, *, training):
    start = variables(model)
    expected = passed(model, model, images, training=training)
    restore(model, start)
    found = passed(DirectModel(model), model, images, training=training)
    restore(model, start)
    assert len(found) == len(expected)
    return found, expected


def same(found, expected):
    return all(
        one is other is None or (one.dtype == other.dtype and torch.equal(one, other))
        for one, other in zip(found, expected, strict=True)
    )


def pictures(model, count=5):
    return torch.randn(count, *model.inputs[0].shape[1:], generator=torch.Generator().manual_seed(1))


@pytest.fixture
def called(monkeypatch):
    """Names of the layers that Keras's own call went through."""
    names, layer = [], keras().layers.Layer
    original = layer.__call__

    def noting(self, *arguments, **options):
        names.append(self.name)
        return original(self, *arguments, **options)

    monkeypatch.setattr(layer, "__call__", noting)
    return names


@pytest.mark.parametrize("name", sorted(kind.__name__ for kind in direct_kinds()))
def test_every_kind_gives_the_bits_that_keras_gives(name, called):
    model = model_of(name)
    called.clear()
    for training in (True, False):
        with quick_convolutions():  # which reads images in the order that they have, as these computations do
            assert same(*both(model, pictures(model), training=training))
    # Both times the model itself with all its layers but the first, then something of ours around it, and no layer.
    assert len(called) == 2 * (2 + len(model.layers) - 1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "bias_initializer": "ones"}),
        ("Conv2D", {"filters": 4, "kernel_size": (1, 3), "groups": 2, "activation": "softmax"}),
        ("Conv2D", {"filters": 3, "kernel_size": 1, "strides": (2, 3), "use_bias": False, "activation": "relu"}),
        ("Conv2D", {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "valid", "activation": "gelu"}),
        ("MaxPooling2D", {"pool_size": (3, 2), "strides": (2, 1)}),
        ("Dense", {"units": 3, "activation": "relu", "bias_initializer": "ones"}),
        ("Activation", {"activation": "relu"}),
        ("GlobalAveragePooling2D", {"keepdims": True}),
    ],
)
def test_what_is_computed_anew_gives_the_bits_that_keras_gives(kind, options, monkeypatch):
    k = keras()
    layer = getattr(k.layers, kind)(**options)
    model = k.Sequential([k.Input(IMAGE), k.layers.Activation("tanh"), layer, k.layers.Flatten(), k.layers.Dense(3)])
    assert all(direct.computation(each) for each in model.layers)
    with quick_convolutions():
        assert same(*both(model, pictures(model), training=True))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("Conv2D", {"filters": 3, "kernel_size": 2, "padding": "same"}),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2}),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "dilation_rate": 2}),
        ("MaxPooling2D", {"pool_size": 2, "padding": "same"}),
        ("Dropout", {"rate": 0.5}),
    ],
)
def test_what_is_not_computed_anew_is_left_to_the_layer(kind, options):
    k = keras()
    model = k.Sequential([k.Input(IMAGE), getattr(k.layers, kind)(**options)])
    assert direct.computation(model.layers[0]) is None


def test_what_is_not_keras_own_is_called_as_keras_calls_it(called):
    k = keras()

    class Own(k.layers.Dense):
        """Not what its parent is."""

        def call(self, inputs):
            return super().call(inputs) + 1

    model = k.Sequential(
        [
            k.Input(IMAGE),
            k.layers.Conv2D(3, 3, activity_regularizer="l2", name="regularized"),
            own_layer()(name="own"),
            k.layers.BatchNormalization(),
            k.layers.Flatten(),
            k.layers.Dropout(0.5),
            Own(5, name="derived"),
            k.layers.Dense(4, dtype="mixed_bfloat16", name="mixed"),
            k.layers.Dense(4, activation="softmax"),
        ]
    )
    assert same(*both(model, pictures(model), training=True))
    called.clear()
    DirectModel(model)(pictures(model), training=True)
    assert called[1:] == ["regularized", "own", "derived", "mixed"]


def test_masks_travel_as_in_keras(called):
    k = keras()

    class Counting(k.layers.Layer):
        """Depends on the mask."""

        supports_masking = True

        def call(self, inputs, mask=None):
            return inputs * (1.0 if mask is None else mask.float().mean())

    model = k.Sequential(
        [
            k.Input(LINE),
            k.layers.Conv1D(4, 1, activation="relu"),
            k.layers.Masking(name="masking"),
            k.layers.Dropout(0.3, name="masked"),
            Counting(name="counting"),
            k.layers.GlobalAveragePooling1D(name="averaged"),
            k.layers.Dense(4),
        ]
    )
    images = pictures(model)
    images[:, 3:] = -100 * torch.sign(model.layers[0].kernel.value[0].detach().sum(1))
    found, expected = both(model, images, training=True)
    assert same(found, expected)
    called.clear()
    DirectModel(model)(images, training=True)
    assert called[1:] == ["masking", "masked", "counting", "averaged"]


def test_models_within_models_shared_layers_and_operations(called):
    k = keras()
    inner = k.Sequential([k.Input(IMAGE), k.layers.Conv2D(4, 3, padding="same"), k.layers.BatchNormalization()])
    images = k.Input(IMAGE)
    shared = k.layers.Conv2D(4, 1, name="shared")
    x = shared(inner(shared(images)))
    middle = k.Model(images, k.layers.Add()([k.layers.ReLU()(x) * 2, images]))
    frozen = k.Sequential([k.Input(IMAGE), k.layers.BatchNormalization(name="still"), k.layers.Dropout(0.5)])
    outer = k.Input(IMAGE)
    x = frozen(middle(outer), training=False)
    x = k.layers.Dropout(0.5, name="always")(x, training=True)
    model = k.Model(outer, k.layers.Dense(3)(k.layers.GlobalAveragePooling2D()(k.ops.tanh(x))))
    for training in (True, False):
        assert same(*both(model, pictures(model), training=training))
    called.clear()
    DirectModel(model)(pictures(model), training=True)
    assert len(called) == 1  # of something of ours around the model


def test_layers_within_own_layers_know_that_they_train():
    k = keras()

    class Around(k.layers.Layer):
        """Has no argument for it."""

        def __init__(self):
            super().__init__()
            self.dropout = k.layers.Dropout(0.5)

        def call(self, inputs):
            return self.dropout(inputs)

    model = k.Sequential([k.Input(LINE), Around(), k.layers.Flatten()])
    images = pictures(model)
    assert (DirectModel(model)(images, training=True) == 0).any()
    assert torch.equal(DirectModel(model)(images, training=False), images.flatten(1))


def test_losses_and_memory_do_not_grow_from_step_to_step():
    k = keras()
    layers = [k.layers.Conv2D(3, 3), own_layer()(), k.layers.Flatten(), k.layers.Dense(4, activity_regularizer="l2")]
    model = k.Sequential([k.Input(IMAGE), *layers])
    ours, images = DirectModel(model), pictures(model)
    counts = []
    for _ in range(4):
        passed(ours, model, images, training=True)
        gc.collect()
        counts.append((len(model.losses), sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())))
    assert counts[0][0] == 2
    assert counts[1] == counts[2] == counts[3]


def test_a_keras_without_the_private_names_is_called_as_it_is(monkeypatch):
    model = model_of("Conv2D")
    assert DirectModel(model).is_direct
    monkeypatch.setattr(direct, "_FUNCTIONAL", "keras.src.elsewhere")
    assert not DirectModel(model).is_direct
    assert same(*both(model, pictures(model), training=True))


def narrow_network():
    k = keras()
    x = images = k.Input(IMAGE)
    for _ in range(2):
        x = k.layers.Conv2D(8, 3, padding="same", use_bias=False, name=f"convolution_{_}")(x)
        x = k.layers.BatchNormalization(name=f"normalization_{_}")(x)
        x = k.layers.Activation("relu", name=f"activation_{_}")(x)
    x = k.layers.MaxPooling2D(name="pooling")(x)
    x = k.layers.Add(name="sum")([x, k.layers.Conv2D(8, 1, strides=2, name="beside")(images)])
    x = own_layer()(name="own")(x)
    x = k.layers.SeparableConv2D(8, 3, name="separable")(x)
    x = k.layers.Conv2D(8, 1, activation="softmax", name="softmax")(x)
    return k.Model(images, k.layers.Dense(3, name="dense")(k.layers.Flatten(name="flat")(x)))


def types_in(model, call, monkeypatch):
    """What every layer was given and gave, by its name, be it by its own `call` or anew."""
    seen, anew = {}, direct.computation

    def noted(layer):
        own = anew(layer)

        def noting(given):
            found = own(given)
            seen[layer.name] = tuple(str(one.dtype).removeprefix("torch.") for one in (given, found))
            return found

        return own and noting

    monkeypatch.setattr(direct, "computation", noted)
    for layer in model.layers[1:]:

        def noting(given, *, layer=layer, original=layer.call, **options):
            found = original(given, **options)
            seen[layer.name] = tuple(
                str(one.dtype).removeprefix("torch.") for one in (given[0] if isinstance(given, list) else given, found)
            )
            return found

        noting.__signature__ = inspect.signature(layer.call)
        monkeypatch.setattr(layer, "call", noting)
    call(pictures(model), training=True)
    return seen


def test_bfloat16_lasts_from_a_convolution_to_what_computes_in_float32(monkeypatch):
    monkeypatch.setattr(direct, "gains_from_bfloat16", lambda _: True)
    model = narrow_network()
    narrow, wide = "bfloat16", "float32"
    with quick_convolutions(torch.bfloat16):
        seen = types_in(model, DirectModel(model, dtype=torch.bfloat16), monkeypatch)
    assert seen == {
        "convolution_0": (narrow, narrow),
        "normalization_0": (narrow, wide),  # and narrow again behind it
        "activation_0": (narrow, narrow),
        "convolution_1": (narrow, narrow),
        "normalization_1": (narrow, wide),
        "activation_1": (narrow, narrow),
        "pooling": (narrow, narrow),
        "beside": (narrow, narrow),
        "sum": (narrow, narrow),
        "own": (wide, wide),
        "separable": (wide, wide),
        "softmax": (wide, wide),
        "flat": (wide, wide),
        "dense": (wide, wide),
    }


@pytest.mark.skipif(
    not processor.multiplies_bfloat16(), reason="without units for bfloat16 PyTorch's own gradients abort the process"
)
@pytest.mark.parametrize("training", [True, False])
def test_bfloat16_between_layers_is_as_near_to_float32_as_rounded_convolutions_and_only_in_training(
    monkeypatch, training
):
    model = narrow_network()
    start, images = variables(model), pictures(model, 32)

    def after(dtype, *, between):
        monkeypatch.setattr(direct, "gains_from_bfloat16", lambda _: between)
        restore(model, start)
        with quick_convolutions(dtype if training else torch.float32):
            return passed(DirectModel(model, dtype=dtype), model, images, training=training)

    exact = after(torch.float32, between=False)
    rounded, found = (after(torch.bfloat16, between=between) for between in (False, True))
    assert same(found, exact) != training
    assert same(found, rounded) != training
    assert (found[0] - exact[0]).norm() <= 0.02 * exact[0].norm()
    for one, other, wanted in zip(found, rounded, exact, strict=True):
        if one is not None:
            assert one.dtype == wanted.dtype
            assert (one - wanted).norm() <= 2 * (other - wanted).norm() + 0.02 * wanted.norm()


@pytest.mark.parametrize("missing", ["units", "scope"])
def test_without_units_or_scope_values_between_layers_are_float32(monkeypatch, missing):
    monkeypatch.setattr(direct, "gains_from_bfloat16", lambda _: missing == "scope")
    if missing == "scope":
        monkeypatch.setattr(direct, "_VARIABLES", "keras.src.elsewhere")
    model = narrow_network()
    with quick_convolutions(torch.bfloat16):
        seen = types_in(model, DirectModel(model, dtype=torch.bfloat16), monkeypatch)
    assert {found for pair in seen.values() for found in pair} == {"float32"}


def test_training_in_bfloat16_leads_where_the_engine_leads(bench, monkeypatch):
    monkeypatch.setattr(direct, "gains_from_bfloat16", lambda _: True)
    k = keras()
    network = k.Sequential(
        [
            k.Input((6, 6, 1)),
            k.layers.Conv2D(8, 3, padding="same"),
            k.layers.BatchNormalization(),
            k.layers.Activation("relu"),
            k.layers.Conv2D(8, 3, activation="relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Flatten(),
            k.layers.Dense(10, activation="softmax"),
        ]
    )
    outcomes = []
    for reason in ("", "it is to be compared"):
        found = from_keras(network, through_keras=reason)
        spec = bench.spec(architecture=found.architecture, epochs=3, precision="bfloat16")
        outcomes.append(bench.train(spec, initial_weights=[found.weights])[0])
    engine, ours = outcomes
    assert ours.history["loss"] == pytest.approx(engine.history["loss"], rel=0.05)
    assert ours.history["val_loss"] == pytest.approx(engine.history["val_loss"], rel=0.1)
    assert ours.history["loss"] != engine.history["loss"]
