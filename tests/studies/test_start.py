"""Where a Keras model's training starts: drawn anew by every seed, or from the weights that it came with."""

from __future__ import annotations

from functools import partial
from math import sqrt

import numpy as np
import pytest
from scipy import stats

import classlab
from classlab.cli.main import main
from classlab.errors import SpecError
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import KerasArchitecture
from classlab.studies.asked.model_choice import choose_model
from classlab.training.keras.model import first_weights

keras = load_keras()
L = keras.layers
# Nothing is learnt, so that a run's weights are those that it started from.
STILL = {"optimizer": "sgd", "learning_rate": 1e-30, "epochs": 1, "limit": 20}


def chain(**initializers):
    hidden = L.Dense(300, activation="relu", name="hidden", **initializers)
    return keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), hidden, L.Dense(10, activation="softmax")])


def branching(**initializers):
    """The same layers with a join that the engine does not know, so that it trains through Keras."""
    x = keras.Input((8, 8, 1))
    hidden = L.Dense(300, activation="relu", name="hidden", **initializers)(L.Flatten()(x))
    joined = L.Minimum()([hidden, L.Dropout(0.5)(hidden)])
    return keras.Model(x, L.Dense(10, activation="softmax")(joined))


def kernels(run) -> list[np.ndarray]:
    return [array for array in run.weights.values() if array.ndim > 1]


# Keras's initialisers by their formulas, for a kernel of 64 inputs and 300 outputs.
UNIFORM = stats.uniform(-sqrt(6 / 364), 2 * sqrt(6 / 364))
HE = stats.truncnorm(-2, 2, scale=sqrt(2 / 64) / stats.truncnorm(-2, 2).std())
NORMAL = stats.norm(0.5, 0.1)


@pytest.mark.parametrize("make", [chain, branching])
@pytest.mark.parametrize(
    ("initializer", "law"),
    [
        ("glorot_uniform", UNIFORM),
        ("he_normal", HE),
        (keras.initializers.RandomNormal(0.5, 0.1), NORMAL),
        (keras.initializers.RandomNormal(0.5, 0.1, seed=1), NORMAL),
    ],
)
def test_every_seed_draws_as_the_layers_initialisers_say(digits, make, initializer, law):
    runs = classlab.fit_seeds(digits, make(kernel_initializer=initializer), seeds=2, **STILL)
    draws = [kernels(run)[0].ravel() for run in runs]
    assert draws[0].size == 64 * 300
    for draw in draws:
        assert draw.mean() == pytest.approx(law.mean(), abs=4 * law.std() / sqrt(draw.size))
        assert draw.var() == pytest.approx(law.var(), rel=0.05)
        assert stats.kstest(draw, law.cdf).pvalue > 1e-4
    assert abs(np.corrcoef(draws)[0, 1]) < 0.03
    biases = [array for run in runs for array in run.weights.values() if array.ndim == 1]
    assert all(np.abs(bias).max() < 1e-20 for bias in biases)


@pytest.mark.parametrize("make", [chain, branching])
def test_the_weights_follow_from_the_seed_and_the_model_stays_as_it_is(digits, make):
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy")
    before = [array.copy() for array in model.get_weights()]
    first, second = (classlab.fit_seeds(digits, model, seeds=2, seed=5, **STILL) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        for mine, theirs in zip(kernels(one), kernels(other), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert not np.array_equal(kernels(first[0])[0], kernels(first[1])[0])
    assert not np.array_equal(kernels(first[0])[0], before[0])
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert model.optimizer.iterations == 0
    assert {run.record.spec.initial_weights for run in first} == {None}


def test_a_network_of_the_engine_starts_where_the_built_in_one_starts(digits):
    ours = classlab.fit_seeds(digits, "mlp", units=(300,), seeds=2, **STILL)
    theirs = classlab.fit_seeds(digits, chain(), seeds=2, **STILL)
    for one, other in zip(ours, theirs, strict=True):
        for mine, own in zip(kernels(one), kernels(other), strict=True):
            np.testing.assert_array_equal(mine, own)


def test_a_given_start_is_the_models_own_for_every_seed(digits):
    for model in (chain(), branching()):
        runs = classlab.fit_seeds(digits, model, seeds=2, start="given", **STILL)
        for run in runs:
            np.testing.assert_allclose(kernels(run)[0], model.get_weights()[0], atol=1e-7)
            assert "Training started from given weights, not from weights drawn by the seed." in run.record.notes
        assert runs[0].record.spec.initial_weights is not None


def test_what_was_not_asked_for_is_said(digits, tmp_path):
    model = chain()
    said = (
        "The weights that the Keras model 'sequential' came with are not used: every seed draws its own. `start` = "
        "given keeps them."
    )
    model.save(tmp_path / "m.keras")
    assert said in classlab.fit_seeds(digits, model, seeds=1, **STILL)[0].record.notes
    assert said in classlab.fit_seeds(digits, tmp_path / "m.keras", seeds=1, **STILL)[0].record.notes
    assert said not in classlab.fit_seeds(digits, model, seeds=1, start="fresh", **STILL)[0].record.notes
    assert said not in classlab.fit_seeds(digits, chain, seeds=1, **STILL)[0].record.notes
    assert said not in classlab.fit(digits, model, **STILL).record.notes


def test_one_fit_goes_on_from_the_models_weights_unless_told_otherwise(digits):
    model = chain()
    np.testing.assert_allclose(kernels(classlab.fit(digits, model, **STILL))[0], model.get_weights()[0], atol=1e-7)
    drawn = classlab.fit(digits, model, start="fresh", seed=3, **STILL)
    (built_in,) = classlab.fit_seeds(digits, "mlp", units=(300,), seeds=1, seed=3, **STILL)
    np.testing.assert_array_equal(kernels(drawn)[0], kernels(built_in)[0])


def described():
    """Statistics of training images, a frozen body, figures of a training, and layers within layers."""
    norm = L.Normalization()
    norm.adapt(np.random.default_rng(0).random((20, 8, 8, 1)) * 9)
    body = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(3, 3), L.BatchNormalization()], name="body")
    body.trainable = False
    inner = keras.Sequential([keras.Input((108,)), L.Dense(50), L.BatchNormalization()], name="inner")
    x = keras.Input((8, 8, 1))
    flat = L.Flatten()(body(norm(x)))
    return keras.Model(x, L.Dense(10, activation="softmax")(L.Concatenate()([inner(flat), flat])))


def test_frozen_layers_and_statistics_of_the_data_stay_while_all_else_is_drawn(digits):
    model = described()
    rng = np.random.default_rng(1)
    model.set_weights([rng.random(array.shape) if array.ndim else array for array in model.get_weights()])
    choice = choose_model(model, digits)
    architecture = choice.architecture
    assert isinstance(architecture, KerasArchitecture)
    first, second = (first_weights(architecture, choice.weights, seed=seed) for seed in (0, 1))
    names = [weight.path for weight in model.weights]
    for place, (name, own) in enumerate(zip(names, model.get_weights(), strict=True)):
        one, other = first[str(place)], second[str(place)]
        body = name.startswith("body")
        if body or name.split("/")[-2].startswith("normalization"):
            np.testing.assert_array_equal(one, own.astype(np.float32), err_msg=name)
        else:
            assert not np.array_equal(one, own), name
        if "kernel" in name and not body:
            assert not np.array_equal(one, other), name
        if "/moving_" in name and not body:
            assert (one == (1 if name.endswith("variance") else 0)).all()


def test_what_stays_is_part_of_the_runs_identity(digits):
    model, other = described(), described()
    options = {"seeds": 2, "epochs": 1, "limit": 40, "preprocessing": "none"}
    runs = classlab.fit_seeds(digits, model, **options)
    again = classlab.fit_seeds(digits, model, **options)
    apart = classlab.fit_seeds(digits, other, **options)
    assert [run.record.identity for run in runs] == [run.record.identity for run in again]
    assert not {run.record.identity for run in runs} & {run.record.identity for run in apart}
    assert runs[0].record.spec.initial_weights is None
    assert (
        "Frozen layers and statistics of Normalization layers in 'functional' keep the values they came with; the "
        "seed draws the other weights." in runs[0].record.notes
    )
    frozen = model.get_layer("body").get_weights()
    for run in runs:
        for array in frozen:
            assert any(np.array_equal(array, each) for each in run.weights.values())


def test_a_study_with_a_frozen_body_is_kept_and_found_again(digits, tmp_path):
    model = described()
    study = classlab.Study(
        "s", data=digits, model=model, preprocessing="none", epochs=[1, 2], limit=40, seeds=2, batch_size=16
    )
    first, again = study.run(tmp_path), study.run(tmp_path)
    assert first.record.runs == again.record.runs
    assert all(run.state == "finished" for run in first.record.runs)


def test_weights_that_stay_must_be_there(digits):
    architecture = choose_model(described(), digits).architecture
    with pytest.raises(SpecError) as refusal:
        first_weights(architecture, None, seed=0)
    assert str(refusal.value) == (
        f"the model {architecture.name!r} must come with the weights that no seed draws (frozen layers, statistics of "
        "Normalization layers), but they were not given. Train it from the Keras model or file that holds them."
    )


def test_copies_of_a_network_give_the_same_figures_in_a_study(digits):
    models = []
    for number in range(2):
        keras.utils.set_random_seed(number)
        models.append(branching())
    result = classlab.Study("s", data=digits, model=models, epochs=1, limit=100, seeds=2).run()
    first, second = (result.record.runs_of(arm) for arm in (0, 1))
    assert [run.history for run in first] == [run.history for run in second]
    assert result.record.notices[0].endswith(
        "are one and the same configuration under 2 names; a difference between them cannot mean anything."
    )


def small():
    return keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10, activation="softmax")])


def named():
    model = small()
    model.name = "mine"
    return model


def sized(units):
    return keras.Sequential([L.Flatten(), L.Dense(units, activation="relu"), L.Dense(10, activation="softmax")])


def test_functions_that_build_models_are_arms_and_give_them_their_names(digits):
    study = classlab.Study("s", data=digits, model=[small, named, partial(sized, 12)], epochs=1, limit=60, seeds=2)
    assert [arm.name for arm in study.spec.arms] == ["small", "mine", "sized"]
    result = study.run()
    assert all(run.state == "finished" and run.spec.initial_weights is None for run in result.record.runs)


def test_the_seed_draws_also_where_a_function_builds_the_model_of_one_fit(digits):
    one, other, again = (classlab.fit(digits, small, seed=seed, **STILL) for seed in (0, 1, 0))
    assert not np.array_equal(kernels(one)[0], kernels(other)[0])
    np.testing.assert_array_equal(kernels(one)[0], kernels(again)[0])
    keras.utils.set_random_seed(7)
    expected = small().get_weights()[0]
    keras.utils.set_random_seed(7)
    given = classlab.fit(digits, small, start="given", **STILL)
    np.testing.assert_allclose(kernels(given)[0], expected, atol=1e-7)


def test_a_function_is_compiled_as_its_model_is(digits):
    def compiled():
        model = small()
        model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy")
        return model

    assert classlab.fit(digits, compiled, epochs=1).record.spec.optimizer.learning_rate == 0.25


def rows():
    return keras.Sequential([L.SimpleRNN(8), L.Dense(10, activation="softmax")])


def flat():
    return keras.Sequential([L.Dense(8, activation="relu"), L.Dense(10, activation="softmax")])


@pytest.mark.parametrize(("make", "taken"), [(partial(sized, 12), (8, 8, 1)), (rows, (8, 8)), (flat, (64,))])
def test_a_sequential_without_input_takes_the_shape_of_the_data(digits, make, taken):
    model = make()
    model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy")
    runs = [classlab.fit(digits, model, epochs=1, limit=60), *classlab.fit_seeds(digits, model, seeds=2, epochs=1)]
    assert not model.built
    for run in runs:
        assert run.record.spec.optimizer.learning_rate == 0.25
        architecture = run.record.spec.architecture
        if isinstance(architecture, KerasArchitecture):
            assert architecture.config["config"]["layers"][0]["config"]["batch_shape"] == [None, *taken]
        assert architecture.input_shape == (8, 8, 1)


def test_statistics_of_a_model_without_input_are_taken_along(digits):
    norm = L.Normalization(axis=None)
    norm.adapt(digits.train.images)
    model = keras.Sequential([norm, L.Flatten(), L.Dense(10, activation="softmax")])
    (run,) = classlab.fit_seeds(digits, model, seeds=1, epochs=1, preprocessing="none")
    (mean,) = run.record.spec.architecture.layers[0].mean
    assert mean == pytest.approx(digits.train.images.mean(), rel=1e-4)


def nothing():
    return 3


def needing(units):
    return sized(units)


def half_built():
    body = L.Dense(4)
    body.build((None, 64))
    return keras.Sequential([L.Flatten(), body, L.Dense(10)], name="half")


@pytest.mark.parametrize(
    ("model", "options", "sentence"),
    [
        (
            "mlp",
            {"start": "given"},
            "`start` must be left out for the built-in model 'mlp', which has no weights before its training, but got "
            "start='given'. It belongs to Keras models and .keras files.",
        ),
        (
            "mlp",
            {"start": "fresh"},
            "`start` must be left out for the built-in model 'mlp', which has no weights before its training, but got "
            "start='fresh'. It belongs to Keras models and .keras files.",
        ),
        (
            classlab.build("mlp", input_shape=(8, 8, 1), classes=10),
            {"start": "given"},
            "`start` must be left out for the architecture 'mlp', which has no weights before its training, but got "
            "start='given'. It belongs to Keras models and .keras files.",
        ),
        (
            small,
            {"start": "old"},
            "`start` must be one of fresh, given, but got start='old'. Choose one of them.",
        ),
        (
            nothing,
            {},
            "a function that builds a model must return a Keras model, but nothing returned an int. Let it end with "
            "`return model`.",
        ),
        (
            needing,
            {},
            "a function that builds a model must be callable without arguments, but needing is not (missing a required "
            "argument: 'units'). Wrap it, as in `lambda: needing(...)`.",
        ),
        (
            half_built(),
            {},
            "the Keras model 'half' must be built to start from its weights, but it has no Input, and so layers "
            "without weights. Call model.build((None, 8, 8, 1)) first, or give start='fresh' to draw all.",
        ),
        (
            keras.Sequential([L.Flatten(), L.Dense(10)], name="open"),
            {"start": "given"},
            "the Keras model 'open' must be built to start from its weights, but it has no Input, and so layers "
            "without weights. Call model.build((None, 8, 8, 1)) first, or give start='fresh' to draw all.",
        ),
        (
            keras.Sequential([], name="empty"),
            {},
            "the Keras model 'empty' must be built, but its input shape is not known yet. Add "
            "keras.Input(shape=(height, width, channels)) as its first entry.",
        ),
        (
            keras.Sequential([L.Conv2D(2, 3), L.MaxPooling2D(2)], name="maps"),
            {},
            "the Keras model 'maps' has no Input, so it must be one that can be built for the images, which have "
            "(height, width, channels) = (8, 8, 1), but it cannot (its output is (3, 3, 2) and not one row of class "
            "scores). Add keras.Input(shape=...) as its first entry.",
        ),
    ],
)
def test_a_start_that_cannot_be_is_refused(digits, model, options, sentence):
    with pytest.raises(SpecError) as refusal:
        classlab.fit(digits, model, **options)
    assert str(refusal.value) == sentence


def test_the_command_line_draws_anew_for_several_seeds_and_keeps_weights_where_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small().save("m.keras")
    still = ["--optimizer", "sgd", "--learning-rate", "1e-30", "--epochs", "1", "--limit", "20", "--quiet"]
    train = ["train", "--data", "digits", "--model", "m.keras", *still]
    for options, alike in (
        (["--seeds", "2", "-o", "fresh"], False),
        (["--seeds", "2", "--start", "given", "-o", "g"], True),
    ):
        assert main([*train, *options]) == 0
        runs = [classlab.open_run(f"{options[options.index('-o') + 1]}/seed-{seed}") for seed in (0, 1)]
        assert np.array_equal(kernels(runs[0])[0], kernels(runs[1])[0]) == alike
    assert main([*train, "-o", "one"]) == 0
    np.testing.assert_array_equal(kernels(classlab.open_run("one"))[0], kernels(runs[0])[0])
    capsys.readouterr()
    assert main(["train", "--data", "digits", "--start", "given"]) == 4
    assert "`--start` must be left out for the built-in model 'mlp'" in capsys.readouterr().err


def test_a_study_file_says_where_arms_start(tmp_path, digits):
    small().save(tmp_path / "m.keras")
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "m.keras"\nepochs = 1\nstart = ["fresh", "given"]\n', encoding="utf-8"
    )
    spec = classlab.Study.from_file(path).spec
    assert [arm.name for arm in spec.arms] == ["start fresh", "start given"]
    assert [arm.spec.initial_weights is None for arm in spec.arms] == [True, False]


def test_a_written_network_that_branches_is_an_arm_again(digits, tmp_path):
    run = classlab.fit(digits, branching, epochs=2)
    run.to_keras(tmp_path / "net.keras")
    further = classlab.fit(digits, tmp_path / "net.keras", preprocessing="none", **STILL)
    assert further.record.spec.loss == run.record.spec.loss
    np.testing.assert_allclose(
        further.predict(digits.test.images), run.predict(digits.test.images), rtol=1e-4, atol=1e-5
    )
    result = classlab.Study(
        "s", data=digits, model=str(tmp_path / "net.keras"), preprocessing="none", epochs=1, limit=60, seeds=2
    ).run()
    assert [run.state for run in result.record.runs] == ["finished", "finished"]


def test_raw_scores_of_a_written_network_are_still_raw_scores(digits, tmp_path):
    def scores():
        x = keras.Input((8, 8, 1))
        flat = L.Flatten()(x)
        return keras.Model(x, L.Dense(10)(L.Minimum()([flat, flat])))

    run = classlab.fit(digits, scores, epochs=1)
    run.to_keras(tmp_path / "net.keras")
    again = classlab.fit(digits, tmp_path / "net.keras", preprocessing="none", epochs=1)
    assert (run.record.spec.loss.from_logits, again.record.spec.loss.from_logits) == (True, True)
