from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.records.augmentation import Augmentation
from classlab.records.optimizers import SGD, Adam
from classlab.training.kernels import augmented
from classlab.training.kernels.augmented import AugmentedEpoch, epoch_orders
from classlab.training.kernels.library import kernels
from classlab.training.kernels.structures import Images, address
from classlab.training.loop.augmentation import changes_of
from classlab.training.loop.randomness import SeedGroups

ALL = Augmentation(shift=0.2, rotate=0.3, zoom=0.4, flip="horizontal_and_vertical", cutout=0.3, brightness=0.4)
KINDS = (
    ALL,
    Augmentation(shift=0.4),
    Augmentation(flip="vertical"),
    Augmentation(shift=0.9, flip="horizontal_and_vertical"),
    Augmentation(rotate=0.99, zoom=0.9, shift=0.99),
    Augmentation(cutout=0.5),
    Augmentation(brightness=0.9),
)
SHAPES = ((28, 28, 1), (32, 32, 3), (5, 7, 2), (1, 1, 1), (3, 40, 1), (17, 16, 1))
VARIANTS = ("AVX512", "AVX2", "NEON", "DEFAULT")


def pictures(count: int, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def epoch_of(images: np.ndarray, asked: Augmentation, *, seed: int = 3, epoch: int = 1) -> AugmentedEpoch:
    order = np.random.default_rng(1).permutation(len(images))
    return AugmentedEpoch(images, order, asked, seed=seed, epoch=epoch)


def changed(images: np.ndarray, **fields: int) -> np.ndarray:
    """One change for every image, computed in NumPy."""
    changes = np.zeros((len(images), 12), np.int32)
    for name, value in fields.items():
        changes[:, augmented.CHANGE.index(name)] = value
    to = np.empty_like(images)
    augmented.changed(images, changes, to)
    return to


@pytest.mark.light
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("asked", KINDS)
def test_every_instruction_set_and_numpy_give_the_same_bits(monkeypatch, shape, asked):
    images = pictures(60, shape)
    with monkeypatch.context() as without:
        without.setenv("CLASSLAB_KERNELS", "off")
        expected = epoch_of(images, asked).whole()
    for name in VARIANTS:
        if (found := kernels(name)) is not None:
            monkeypatch.setattr(augmented, "kernels", lambda found=found: found)
            assert (epoch_of(images, asked).whole() == expected).all(), name


@pytest.mark.light
@pytest.mark.parametrize("shape", SHAPES)
def test_shifts_between_pixels_have_the_same_bits_as_well(monkeypatch, shape):
    """No option asks for such a map, but a zoom of 0 with a fraction of a pixel is one the kernels take another way."""
    images, rng = pictures(60, shape), np.random.default_rng(4)
    changes = np.zeros((60, 12), np.int32)
    place = {name: number for number, name in enumerate(augmented.CHANGE)}
    changes[:, place["moved"]] = 1
    for name in ("xx", "yy"):
        changes[:, place[name]] = rng.choice([-(2**16), 2**16], 60)
    for name, side in (("x", shape[1]), ("y", shape[0])):
        changes[:, place[name]] = rng.integers(-2 * side * 2**16, 3 * side * 2**16, 60)
    monkeypatch.setattr(augmented, "changes_of", lambda *_, **__: changes)
    expected = np.empty_like(images)
    augmented.changed(images, changes, expected)
    for name in VARIANTS:
        if (found := kernels(name)) is not None:
            monkeypatch.setattr(augmented, "kernels", lambda found=found: found)
            epoch = AugmentedEpoch(images, np.arange(60), ALL, seed=0, epoch=0)
            assert (epoch.whole() == expected).all(), name


@pytest.mark.parametrize("brightness", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_listed_as_they_are_written(monkeypatch, shape, brightness):
    """Where they are made brighter, as what they differ by from what their zeros became."""
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    images = pictures(30, shape) * (pictures(30, shape, seed=1) > 180)
    epoch, inputs = epoch_of(images, replace(ALL, brightness=brightness)), int(np.prod(shape))
    expected = epoch.whole().reshape(30, inputs)
    block = min(23, inputs)
    blocks = -(-inputs // block)
    for name in VARIANTS:
        if (library := kernels(name)) is None:
            continue
        monkeypatch.setattr(augmented, "kernels", lambda library=library: library)
        starts, pairs = np.zeros((20, blocks + 1), np.uint32), np.zeros(2 * 20 * inputs + 64, np.uint8)
        grounds = np.full(20, 77, np.uint8)
        room = Images(inputs=inputs, block=block, blocks=blocks, pairs=address(pairs), starts=address(starts))
        if epoch.moves_ground:
            room.grounds = address(grounds)
        else:
            grounds[:] = 0
        epoch_of(images, replace(ALL, brightness=brightness)).list_nonzero(library, room, 5, 25)
        found = np.zeros((20, blocks * block), np.uint8)
        for image, block_starts in enumerate(starts.astype(int)):
            for number, (first, last) in enumerate(pairwise(block_starts)):
                places = pairs[2 * first : 2 * last : 2].astype(int)
                assert (np.diff(places) > 0).all()
                found[image, number * block + places] = pairs[2 * first + 1 : 2 * last : 2]
        found += grounds[:, None]  # modulo 256
        assert (found[:, :inputs] == expected[5:25]).all(), name
        assert starts[-1, -1] == np.count_nonzero(expected[5:25] != grounds[:, None]), name
        darkened = (grounds == 0).mean()
        assert darkened == 1 if not brightness else 0 < darkened < 1


@pytest.mark.parametrize("hidden", [(), ((24, "relu"),), ((17, "tanh"), (9, "relu"))])
def test_brightened_images_train_as_on_pytorch(workbench, hidden):
    """What zeros became enters by one sum over all inputs; several rules, two seeds, a batch with a rest."""
    brighter = Augmentation(brightness=0.6, cutout=0.3, shift=0.2)
    division, network = workbench.division((9, 7, 1)), workbench.network(*hidden, shape=(9, 7, 1))
    specs = [
        workbench.spec(network, optimizer=rule, seed=seed, augmentation=each, batch_size=48)
        for rule in (SGD(learning_rate=0.1, momentum=0.9), Adam(learning_rate=0.01))
        for seed in (0, 1)
        for each in (brighter, None, replace(brighter, brightness=0.0))
    ]
    found = workbench.in_kernels(specs, division)
    workbench.assert_alike(found, workbench.on_pytorch(specs, division))
    alone = workbench.in_kernels([specs[3]], division)  # bits do not depend on who else is there
    assert all(alone[0].weights[key].tobytes() == array.tobytes() for key, array in found[3].weights.items())


@pytest.mark.light
@pytest.mark.parametrize("kernels_are", ["on", "off"])
def test_batches_and_threads_give_the_bits_of_the_whole(monkeypatch, kernels_are):
    monkeypatch.setenv("CLASSLAB_KERNELS", kernels_are)
    epoch = epoch_of(pictures(50, (9, 11, 1)), ALL)
    whole = epoch.whole()
    for first, count, threads in ((0, 7, 1), (7, 30, 3), (37, 13, 20)):
        part = np.zeros((count, 9, 11, 1), np.uint8)
        epoch.write(part, first, threads=threads)
        assert (part == whole[first : first + count]).all()


@pytest.mark.light
def test_nothing_is_written_beyond_what_was_asked_for():
    epoch = epoch_of(pictures(5, (3, 5, 1)), ALL)
    room = np.full((7, 3, 5, 1), 123, np.uint8)
    epoch.write(room[1:6], 0)
    assert (room[0] == 123).all()
    assert (room[6] == 123).all()


@pytest.mark.light
@pytest.mark.parametrize("shape", SHAPES)
def test_changes_that_change_nothing_return_the_images(shape):
    images = pictures(4, shape)
    assert (changed(images) == images).all()
    assert (changed(images, moved=1, xx=2**16, yy=2**16) == images).all()
    half = 2**8  # what is added so that weights are rounded
    assert (changed(images, moved=1, xx=2**16, yy=2**16, x=half, y=half) == images).all()


@pytest.mark.light
def test_whole_shifts_flips_brightness_and_a_cut_by_hand():
    images = pictures(2, (4, 5, 1))
    right = changed(images, moved=1, xx=2**16, yy=2**16, x=-(2**16))
    assert (right == images[:, :, [0, 0, 1, 2, 3]]).all()  # the edge is repeated
    up = changed(images, moved=1, xx=2**16, yy=2**16, y=2 * 2**16)
    assert (up == images[:, [2, 3, 3, 3]]).all()
    assert (changed(images, moved=1, xx=-(2**16), yy=2**16, x=4 * 2**16) == images[:, :, ::-1]).all()
    quarter = changed(images[:, :, :4], moved=1, xy=2**16, yx=-(2**16), y=3 * 2**16)
    assert (quarter[0] == np.rot90(images[0, :, :4], k=-1)).all()
    assert (changed(images, brighter=100) == np.minimum(images.astype(int) + 100, 255)).all()
    assert (changed(images, brighter=-100) == np.maximum(images.astype(int) - 100, 0)).all()
    cut = changed(images, top=1, bottom=3, left=2, right=5)
    assert (cut[:, 1:3, 2:5] == 0).all()
    cut[:, 1:3, 2:5] = images[:, 1:3, 2:5]
    assert (cut == images).all()


@pytest.mark.light
def test_half_a_pixel_is_the_mean_of_two():
    images = np.array([10, 20, 60], np.uint8).reshape(1, 1, 3, 1)
    assert changed(images, moved=1, xx=2**16, yy=2**16, x=2**15).ravel().tolist() == [15, 40, 60]


@pytest.mark.light
def test_an_empty_ground_stays_empty_up_to_the_middle_between_two_pixels():
    images = np.array([0, 0, 200, 200, 0], np.uint8).reshape(1, 1, 5, 1)
    quarter = {"moved": 1, "xx": 2**16, "yy": 2**16}
    assert changed(images, **quarter, x=2**14).ravel().tolist() == [0, 0, 200, 150, 0]
    assert changed(images, **quarter, x=3 * 2**14).ravel().tolist() == [0, 150, 200, 0, 0]


@pytest.mark.light
@pytest.mark.parametrize("shape", [(28, 28, 1), (40, 33, 2), (6, 5, 1)])
def test_ink_anywhere_is_found_wherever_it_is_turned(monkeypatch, shape):
    """The kernels look up only what may be other than 0."""
    images, rng = np.zeros((300, *shape), np.uint8), np.random.default_rng(5)
    for image in images[1:]:
        top, left = rng.integers(shape[0]), rng.integers(shape[1])
        image[top : top + rng.integers(1, 9), left : left + rng.integers(1, 9)] = rng.integers(1, 256)
    for asked in (Augmentation(rotate=0.5, zoom=0.6, shift=0.3), Augmentation(rotate=0.001, zoom=0.9)):
        with monkeypatch.context() as without:
            without.setenv("CLASSLAB_KERNELS", "off")
            expected = epoch_of(images, asked).whole()
        for name in VARIANTS:
            if (found := kernels(name)) is not None:
                monkeypatch.setattr(augmented, "kernels", lambda found=found: found)
                assert (epoch_of(images, asked).whole() == expected).all(), name


def test_scipy_moves_turns_and_zooms_alike():
    ndimage = pytest.importorskip("scipy.ndimage")
    images = np.maximum(pictures(20, (15, 12, 1)), 1)
    asked = Augmentation(shift=0.2, rotate=0.1, zoom=0.3, flip="horizontal")
    epoch = epoch_of(images, asked)
    rows = changes_of(asked, seed=3, epoch=1, images=20, shape=(15, 12, 1))
    for found, place, row in zip(epoch.whole(), epoch.order, rows, strict=True):
        of = dict(zip(augmented.CHANGE, row / 2**16, strict=True))
        matrix, offset = [[of["yy"], of["yx"]], [of["xy"], of["xx"]]], [of["y"], of["x"]]
        image = images[place, ..., 0].astype(float)
        expected = ndimage.affine_transform(image, matrix, offset, order=1, mode="nearest")
        assert np.abs(found[..., 0] - expected).max() <= 3  # places are rounded to 1/128 of a pixel


@pytest.mark.light
def test_draws_depend_on_seed_epoch_and_place_alone():
    def drawn(**changes: int) -> np.ndarray:
        return changes_of(ALL, **{"seed": 3, "epoch": 1, "images": 20, "shape": (9, 9, 1), **changes})

    assert (drawn() == drawn()).all()
    assert (drawn(images=30)[:20] == drawn()).all()
    assert (drawn(seed=4) != drawn()).any()
    assert (drawn(epoch=2) != drawn()).any()


@pytest.mark.light
def test_members_of_one_seed_draw_alike_where_their_settings_agree():
    place = {name: number for number, name in enumerate(augmented.CHANGE)}
    both = changes_of(Augmentation(brightness=0.3, cutout=0.2), seed=0, epoch=0, images=9, shape=(8, 8, 1))
    one = changes_of(Augmentation(brightness=0.3, shift=0.2), seed=0, epoch=0, images=9, shape=(8, 8, 1))
    twice = changes_of(Augmentation(shift=0.4), seed=0, epoch=0, images=9, shape=(8, 8, 1))
    assert (both[:, place["brighter"]] == one[:, place["brighter"]]).all()
    near, far = (rows[:, place["x"]] >> 16 for rows in (one, twice))  # up to 2 and 3 pixels
    assert (np.abs(far) >= np.abs(near)).all()
    assert (near * far >= 0).all()


@pytest.mark.light
def test_changes_stay_within_what_was_asked_for_and_use_all_of_it():
    rows = changes_of(ALL, seed=0, epoch=0, images=4000, shape=(20, 10, 1))
    of = dict(zip(augmented.CHANGE, rows.T, strict=True))
    assert of["brighter"].min() in range(-102, -95)
    assert of["brighter"].max() in range(96, 103)
    assert (of["bottom"] - of["top"]).max() == 6
    assert (of["right"] - of["left"]).max() == 3
    assert of["top"].min() == 0
    assert of["bottom"].max() == 20
    scale = np.hypot(of["xx"], of["xy"]) / 2**16
    assert 0.6 <= scale.min() < 0.62
    assert 1.38 < scale.max() <= 1.4001
    shifts = changes_of(Augmentation(shift=0.2), seed=0, epoch=0, images=4000, shape=(20, 10, 1))
    down, across = (shifts[:, augmented.CHANGE.index(name)] >> 16 for name in "yx")
    assert set(down) == set(range(-4, 5))
    assert set(across) == set(range(-2, 3))


@pytest.mark.light
def test_the_smallest_shift_is_one_pixel_and_blurs_nothing():
    images = pictures(300, (20, 10, 1))
    found = epoch_of(images, Augmentation(shift=0.001))
    assert set(np.unique(found.whole())) <= set(np.unique(images))
    assert (found.whole() != images[found.order]).any()


@pytest.mark.light
def test_groups_are_of_one_seed_and_one_augmentation():
    one, other = Augmentation(shift=0.1), Augmentation(shift=0.2)
    groups = SeedGroups((0, 0, 0, 1), (None, one, one, other))
    assert groups.spans == ((0, 1), (1, 3), (3, 4))
    assert groups.group_augmentations == (None, one, other)
    orders = epoch_orders(groups, pictures(6, (4, 4, 1)), epoch=0)
    assert orders[0].augmented is None
    assert (orders[0].places == orders[1].places).all()
    assert orders[1].augmented is not None


@pytest.mark.light
def test_pictures_too_large_for_the_arithmetic_are_refused():
    with pytest.raises(SpecError) as refusal:
        changes_of(ALL, seed=0, epoch=0, images=1, shape=(5000, 10, 1))
    assert str(refusal.value) == (
        "images that are augmented must have at most 4,096 rows and columns, but got 5000 x 10. Make them smaller, or "
        "leave augmentation out."
    )
