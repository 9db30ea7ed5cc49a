import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from classlab.errors import RecordError, StorageError
from classlab.files.tensor_file import read_arrays, write_arrays
from classlab.records.codec import from_plain
from classlab.records.layers import Dropout
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.records.run import EarlyStopping, RunSpec
from classlab.records.schedules import Cosine
from classlab.training.loop.checkpoint import read_checkpoint

EARLIER = Path(__file__).parent / "checkpoints"

RULES = [SGD(momentum=0.9), Adam(), AdamW(), RMSprop(momentum=0.5, centered=True), Adagrad(), Nadam()]


@pytest.mark.parametrize("after", [1, 2, 3])
def test_resuming_at_any_epoch_gives_the_uninterrupted_bits(bench, interrupted, same, tmp_path, after):
    specs = [bench.spec(architecture=bench.moody, optimizer=rule, seed=s, epochs=4) for s in (0, 1) for rule in RULES]
    straight = bench.train(*specs)
    assert all(map(same, straight, interrupted(specs, tmp_path / "checkpoint.safetensors", after=after)))


def test_resuming_keeps_those_who_ended_and_the_memory_of_early_stopping(bench, interrupted, same, tmp_path):
    rule = EarlyStopping(monitor="val_accuracy", patience=1)
    specs = [
        bench.spec(epochs=1),
        bench.spec(epochs=6, early_stopping=rule),
        bench.spec(epochs=6, schedule=Cosine(warmup_epochs=1)),
        bench.spec(epochs=6, optimizer=SGD(learning_rate=1e30)),
    ]
    straight = bench.train(*specs)
    for after in (1, 2, 4):
        resumed = interrupted(specs, tmp_path / f"{after}.safetensors", after=after)
        assert all(map(same, straight, resumed))
        assert [o.state for o in resumed] == [o.state for o in straight]


def test_a_finished_checkpoint_gives_its_outcomes_without_training(bench, same, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    (first,) = bench.train(bench.spec(), checkpoint=path)
    (again,) = bench.train(bench.spec(), checkpoint=path, resume=True)
    assert same(first, again)


def test_a_flipped_bit_anywhere_in_a_checkpoint_is_refused(bench, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    bench.train(bench.spec(epochs=1), checkpoint=path)
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 97)):  # header, facts, digests and values
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        with pytest.raises(RecordError, match=r"is damaged|has layout|belongs to other runs"):
            bench.train(bench.spec(epochs=2), checkpoint=path, resume=True)


def test_a_checkpoint_without_digest_is_taken_and_the_run_says_so(bench, same, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    (first,) = bench.train(bench.spec(epochs=1), checkpoint=path)
    arrays, facts = read_arrays(path)
    old = {"facts": facts["facts"].replace('"layout": 2', '"layout": 1')}
    path.write_bytes(save(arrays, metadata=old))  # as version 0.1.0 wrote it
    (again,) = bench.train(bench.spec(epochs=1), checkpoint=path, resume=True)
    assert same(first, again)
    assert first.notes == ()
    assert again.notes == (
        "Resumed from a checkpoint of an older classlab, which carried no digest: a value that was damaged on the disk "
        "would not have been noticed.",
    )


def test_a_checkpoint_of_other_runs_is_refused(bench, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    bench.train(bench.spec(epochs=1), checkpoint=path)
    with pytest.raises(RecordError) as refusal:
        bench.train(bench.spec(epochs=1, seed=1), checkpoint=path, resume=True)
    assert str(refusal.value) == (
        f"the checkpoint {path} belongs to other runs than the ones asked for. "
        "Resume with the settings it was begun with, or choose another folder."
    )


@pytest.mark.parametrize("keep", [0, 5, 200, -20])
def test_a_damaged_checkpoint_is_refused(bench, tmp_path, keep):
    path = tmp_path / "checkpoint.safetensors"
    bench.train(bench.spec(epochs=1), checkpoint=path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RecordError, match=r"the checkpoint .* is damaged \(.*\)\. Delete it and train again\."):
        bench.train(bench.spec(epochs=1), checkpoint=path, resume=True)


def test_a_checkpoint_of_another_layout_is_refused(bench, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    bench.train(bench.spec(epochs=1), checkpoint=path)
    arrays, facts = read_arrays(path)
    assert '"layout": 2' in facts["facts"]
    write_arrays(path, arrays, {"facts": facts["facts"].replace('"layout": 2', '"layout": 9')})
    with pytest.raises(RecordError) as refusal:
        bench.train(bench.spec(epochs=1), checkpoint=path, resume=True)
    assert str(refusal.value) == (
        f"the checkpoint {path} has layout 9, but this classlab reads layout 2. "
        "Finish the run with the version that began it, or train again."
    )


def test_a_checkpoint_that_cannot_be_written_names_its_path(bench, tmp_path):
    path = tmp_path / "missing" / "checkpoint.safetensors"
    with pytest.raises(StorageError) as refusal:
        bench.train(bench.spec(epochs=1), checkpoint=path)
    assert str(refusal.value) == (
        f"{path} must be writable, but the system says: No such file or directory. "
        "Choose another folder; nothing half-written was left behind."
    )


@pytest.mark.parametrize("name", ["dense", "engine", "keras"])
def test_a_checkpoint_of_version_0_1_goes_on_to_where_it_would_have_ended(bench, tmp_path, name):
    """Trainings in the kernels, on PyTorch and through Keras that ended at a kill; some of their runs had finished."""
    specs = [from_plain(RunSpec, plain) for plain in json.loads((EARLIER / f"{name}.json").read_text(encoding="utf-8"))]
    path = Path(shutil.copy(EARLIER / f"{name}.safetensors", tmp_path))
    kept = read_checkpoint(path).facts["members"]
    assert 0 < sum(facts["state"] is None for facts in kept) < len(specs)
    straight = bench.train(*specs)
    for facts, one, other in zip(kept, straight, bench.train(*specs, checkpoint=path, resume=True), strict=True):
        assert (other.state, other.epochs_done) == (one.state, one.epochs_done)
        for figure, values in facts["history"].items():
            assert list(other.history[figure][: len(values)]) == values
        # Version 0.1 dropped other values, before the kill, than a training drops that begins now.
        dropped = name == "engine" and any(isinstance(layer, Dropout) for layer in specs[0].architecture.layers)
        if dropped:
            assert list(other.history["loss"]) == sorted(other.history["loss"], reverse=True)
        else:
            assert other.history["loss"] == pytest.approx(one.history["loss"], rel=1e-4)
            for key, array in one.weights.items():
                np.testing.assert_allclose(other.weights[key], array, rtol=1e-3, atol=1e-5)
        done = len(facts["history"].get("loss", ())) if name == "keras" else 0  # of which it noted none but the first
        expected = [probe.epoch for probe in one.diagnostics.probes if not 0 < probe.epoch <= done]
        assert [probe.epoch for probe in other.diagnostics.probes] == expected
