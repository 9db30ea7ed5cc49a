"""Members that leave because whoever watches says so."""

import pytest

from classlab.records.architecture import Architecture
from classlab.records.layers import Conv2D, Dense, Flatten

SMALL_CNN = Architecture(
    name="cnn",
    input_shape=(6, 6, 1),
    layers=(Conv2D(filters=4), Flatten(), Dense(units=10, activation="softmax")),
)


class Leaves:
    """Lets the second member go after two epochs, and is killed after some."""

    def __init__(self, *, killed_after: int = 99) -> None:
        self.left = killed_after

    def leaving(self, report):
        return {1: "it was the weaker one"} if len(report.members[1].history["loss"]) == 2 else {}

    def epoch_finished(self, report):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("killed")


@pytest.mark.parametrize("architecture", [None, SMALL_CNN], ids=["kernels", "PyTorch"])
def test_a_member_leaves_and_the_others_go_on_as_if_it_had_stayed(bench, same, architecture):
    changes = {} if architecture is None else {"architecture": architecture}
    specs = [bench.spec(seed=seed, epochs=4, **changes) for seed in (0, 1, 2)]
    left = bench.train(*specs, observer=Leaves())
    stayed = bench.train(*specs)
    assert (left[1].state, left[1].reason, left[1].epochs_done) == ("stopped_early", "it was the weaker one", 2)
    assert left[1].history["val_loss"] == stayed[1].history["val_loss"][:2]
    assert same(left[0], stayed[0])
    assert same(left[2], stayed[2])


@pytest.mark.parametrize("after", [1, 2, 3])
def test_who_left_has_left_after_an_interruption_too(bench, same, tmp_path, after):
    specs = [bench.spec(seed=seed, epochs=4) for seed in (0, 1)]
    straight = bench.train(*specs, observer=Leaves())
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(RuntimeError, match="killed"):
        bench.train(*specs, observer=Leaves(killed_after=after), checkpoint=path)
    resumed = bench.train(*specs, observer=Leaves(), checkpoint=path, resume=True)
    assert all(map(same, straight, resumed))
    assert [each.reason for each in resumed] == [each.reason for each in straight]
