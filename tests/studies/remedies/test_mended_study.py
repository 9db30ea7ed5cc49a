"""Mended study files: written, read back by the same code as any other, and trained as the remedied run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.errors import SpecError, StorageError
from classlab.models.builtin import build
from classlab.records.layers import Initializer
from classlab.records.optimizers import RMSprop
from classlab.records.preparation import Preparation
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import read_study
from classlab.studies.fit import fit
from classlab.studies.remedies.mended_study import check_place, mended_study, write_mended_study
from classlab.studies.remedies.remedy import remedied
from classlab.studies.study import Study


@pytest.fixture(scope="module")
def sick(digits):
    return fit(
        digits,
        "mlp",
        units=(16, 8),
        activation="tanh",
        optimizer="rmsprop",
        learning_rate=5.0,
        epochs=1,
        batch_size=64,
        preprocessing="none",
        limit=500,
    ).record


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.01, "preprocessing": "unit"},
        {"optimizer": "adam", "schedule": "cosine", "early_stopping": 3},
        {"units": "9,7", "activation": "relu", "epochs": 4},
    ],
)
def test_the_file_reads_back_as_the_remedied_run(change, sick, digits, tmp_path):
    file = tmp_path / "better.toml"
    written = write_mended_study(file, sick, change, digits)
    (arm,) = build_study(read_study(file), digits).spec.arms
    assert replace(arm.spec, seed=sick.spec.seed) == written.spec == remedied(sick.spec, change)
    assert written.left_out == ()
    assert not written.model_file


def test_pictures_are_prepared_as_they_were(sick, digits, tmp_path):
    done = Preparation(size=(8, 6), channels=1, fit="pad", fill=255)
    text = mended_study(replace(sick, preparation=done), {"learning_rate": 0.01}, name="s", model="m.keras").text
    (tmp_path / "s.toml").write_text(text)
    draft = read_study(tmp_path / "s.toml")
    assert (draft.size, draft.fit) == ((8, 6), "pad")


def test_the_file_says_what_was_changed(sick, digits, tmp_path):
    file = tmp_path / "better.toml"
    write_mended_study(file, sick, {"learning_rate": 0.01}, digits)
    assert file.read_text(encoding="utf-8") == (
        f"# Run {sick.identity} with its fault mended.\n"
        "# Changed:\n"
        "#   learning_rate: 5 -> 0.01\n"
        "\n"
        'name = "better"\n'
        'data = "digits"\n'
        "seeds = 5\n"
        'model = "mlp"\n'
        "units = [16, 8]\n"
        'activation = "tanh"\n'
        'optimizer = "rmsprop"\n'
        "learning_rate = 0.01\n"
        'loss = "sparse_categorical_crossentropy"\n'
        "epochs = 1\n"
        "batch_size = 64\n"
        "validation = 0.1\n"
        "limit = 500\n"
        'preprocessing = "none"\n'
    )


def test_what_a_study_file_cannot_say_is_said_above_it(digits):
    record = fit(digits, "linear", optimizer=RMSprop(rho=0.5), epochs=1).record
    mended = mended_study(record, {"epochs": 2}, name="x", model="x.keras")
    assert mended.left_out == ("rmsprop's rho=0.5",)
    assert "# A study file cannot say, so it is left out:\n#   rmsprop's rho=0.5\n" in mended.text


def test_a_network_of_its_own_comes_as_a_file_beside_it(digits, tmp_path):
    plain = build("mlp", input_shape=digits.image_shape, classes=10, units=(16,))
    odd = replace(plain, layers=(*plain.layers[:1], replace(plain.layers[1], use_bias=False), plain.layers[2]))
    zeros = Initializer(name="zeros")
    dead = replace(odd, layers=(odd.layers[0], *(replace(x, kernel_initializer=zeros) for x in odd.layers[1:])))
    record = fit(digits, dead, epochs=1).record
    file = tmp_path / "better.toml"
    written = write_mended_study(file, record, {"initializer": "default"}, digits)
    assert written.model_file
    assert written.left_out == ()
    study = Study.from_file(file)
    (run,) = study.spec.arms
    assert run.spec.data.preprocessing == "none"
    assert run.spec.architecture.layers[1:] == odd.layers
    assert run.spec.initial_weights is None  # every seed draws its own
    result = Study(
        "short",
        data=digits,
        model=str(tmp_path / "better.keras"),
        preprocessing="none",
        epochs=8,
        seeds=1,
        batch_size=32,
    ).run()
    assert result.record.runs[0].validation.accuracy > 0.8


def test_nothing_is_overwritten_by_chance(sick, digits, tmp_path):
    file = tmp_path / "better.toml"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError) as refusal:
        write_mended_study(file, sick, {"learning_rate": 0.01}, digits)
    assert str(refusal.value) == (f"{file} must not be overwritten by chance, but it is there already. Give --again.")
    assert file.read_text(encoding="utf-8") == "mine"
    write_mended_study(file, sick, {"learning_rate": 0.01}, digits, again=True)
    assert file.read_text(encoding="utf-8").startswith("# Run ")


def test_another_ending_is_refused(sick, digits, tmp_path):
    with pytest.raises(SpecError) as refusal:
        write_mended_study(tmp_path / "better.txt", sick, {"learning_rate": 0.01}, digits)
    assert str(refusal.value) == (
        f"a study file's name must end in .toml, but got {tmp_path / 'better.txt'}. Give for example mended.toml."
    )


def test_a_place_that_takes_no_file_is_refused_beforehand(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    inside = tmp_path / "file" / "better.toml"
    with pytest.raises(StorageError) as refusal:
        check_place(inside)
    assert str(refusal.value) == (
        f"{inside} must be writable, but the system says: Not a directory. Choose another folder, because "
        "a file is in the way; nothing half-written was left behind."
    )
    deep = tmp_path / "new" / "folder" / "better.toml"
    check_place(deep)
    assert not deep.parent.exists()
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StorageError) as refusal:
        check_place(deep)
    assert str(refusal.value) == (
        f"{deep} must be writable, but the system says: Permission denied. Choose a folder that you may write to; "
        "nothing half-written was left behind."
    )


def test_images_that_came_from_python_cannot_be_named(digits):
    arrays = ((digits.train.images, digits.train.labels), (digits.test.images, digits.test.labels))
    record = fit(arrays, "linear", epochs=1).record
    with pytest.raises(SpecError) as refusal:
        mended_study(record, {"epochs": 2}, name="x", model="x.keras")
    assert str(refusal.value) == (
        "a study file must name images that can be loaded, but the run was trained on 'arrays', which came from "
        "Python. Apply the remedy there."
    )


@pytest.mark.parametrize(("file", "name"), [("-mended.toml", "mended"), ("___.toml", "mended"), ("a 📷.toml", "a 📷")])
def test_the_study_has_a_name_that_a_study_may_have(tmp_path, sick, digits, file, name):
    write_mended_study(tmp_path / file, sick, {"learning_rate": 0.01}, digits)
    assert read_study(tmp_path / file).name == name
