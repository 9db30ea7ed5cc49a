from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.datasets.safe_read.picture import FORMAT_WORDS
from classlab.errors import DataError
from classlab.records.preparation import Preparation
from classlab.studies.shown.pictures import read_foreign_picture

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

IMAGES = np.random.default_rng(9).integers(0, 256, (40, 6, 6), np.uint8)
IMAGES[0, 0, :2] = (0, 255)
LABELS = np.arange(40) % 4


def _png(image):
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG")
    return content.getvalue()


def _write(path, images=IMAGES, labels=LABELS, *, column="image", struct=True, names=None):
    cells = [{"bytes": _png(image), "path": None} if struct else _png(image) for image in images]
    table = pyarrow.table({column: cells, "label": labels})
    if names:
        features = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
    parquet.write_table(table, path)
    return path


def _refusal(path):
    with pytest.raises(DataError) as refusal:
        load(str(path))
    return str(refusal.value).replace(str(path), "FILE")


@pytest.mark.parametrize("struct", [False, True])
def test_encoded_pictures_are_read_with_the_names_of_their_classes(tmp_path, struct):
    path = _write(tmp_path / "train-00000-of-00001.parquet", struct=struct, names=["ant", "bee", "cat", "dog"])
    dataset = load(str(path))
    joined = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    assert sorted(map(bytes, joined)) == sorted(map(bytes, IMAGES))
    assert dataset.class_names == ("ant", "bee", "cat", "dog")


@pytest.mark.parametrize("names", [("jpg", "cls"), ("image.bytes", "label"), ("photo", "species")])
def test_the_only_encoded_column_holds_the_pictures_and_the_only_other_one_the_labels(tmp_path, names):
    table = pyarrow.table({names[1]: LABELS, names[0]: [_png(image) for image in IMAGES]})
    parquet.write_table(table, tmp_path / "a.parquet")
    dataset = load(str(tmp_path / "a.parquet"))
    for split in (dataset.train, dataset.test):
        rows = [int(file.rpartition("/")[2]) for file in split.files]
        assert (split.images[..., 0] == IMAGES[rows]).all()
        assert (split.labels == LABELS[rows]).all()


def test_all_pieces_of_all_splits_are_read(tmp_path):
    for piece in range(2):
        half = slice(20 * piece, 20 * piece + 20)
        _write(tmp_path / f"train-0000{piece}-of-00002.parquet", IMAGES[half], LABELS[half])
    for split in ("test", "validation"):
        _write(tmp_path / f"{split}-00000-of-00001.parquet", IMAGES[:8], LABELS[:8])
    dataset = load(str(tmp_path))
    assert (dataset.train.images[..., 0] == IMAGES).all()
    assert (len(dataset.test), len(dataset.validation)) == (8, 8)
    assert load(str(tmp_path / "test-00000-of-00001.parquet")).digest == dataset.digest


def test_columns_of_pixels_are_read(tmp_path):
    columns = {f"pixel{place}": IMAGES.reshape(40, 36)[:, place] for place in range(36)}
    parquet.write_table(pyarrow.table({"label": LABELS, **columns}), tmp_path / "a.parquet")
    assert load(str(tmp_path / "a.parquet")).image_shape == (6, 6, 1)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            {"text": ["a", "b"], "label": [0, 1]},
            "FILE must have a column of pictures or one for each pixel, but it has text, label. Say which, as in "
            "'FILE#images=text,labels=label'.",
        ),
        (
            {"image": [{"bytes": None, "path": "a.png"}], "label": [0]},
            f"FILE holds no readable picture of a class. Put {FORMAT_WORDS} files into its rows. "
            "Not readable: a.parquet/0 holds no picture, only where it lies (a.png). Give the folder of the pictures.",
        ),
        (
            {"image": [b"no picture"], "label": [0]},
            f"FILE holds no readable picture of a class. Put {FORMAT_WORDS} files into its rows. "
            f"Not readable: a.parquet/0 cannot be read as a {FORMAT_WORDS} picture. It is damaged or of another kind.",
        ),
        (
            {"image": [_png(IMAGES[0]), _png(IMAGES[0, :3])], "label": [0, 1]},
            "all pictures must have one size, but row 0 of FILE has 6x6 pixels (height x width) and row 1 of FILE has "
            "3x6. Give a size to bring them to, as in size=(32, 32).",
        ),
        (
            {"image": [[[1, 2], [3, 4]], [[1, 2]]], "label": [0, 1]},
            "all pictures of FILE must have one size, but they have several. Save them as files in one folder per "
            "class, and give that folder with a size.",
        ),
        (
            {"image": [[[1, 2], [3, 4]], None], "label": [0, 1]},
            "every row of FILE must hold the pixels of its image, but one does not. Get the file again.",
        ),
        (
            {"image": [_png(IMAGES[0]), _png(IMAGES[1])]},
            "FILE must have a column of labels, but none is called so. Give the table that has one.",
        ),
    ],
)
def test_other_tables_are_refused(tmp_path, table, sentence):
    parquet.write_table(pyarrow.table(table), tmp_path / "a.parquet")
    assert _refusal(tmp_path / "a.parquet") == sentence


def test_a_column_that_is_not_there_is_refused(tmp_path):
    path = _write(tmp_path / "a.parquet")
    with pytest.raises(DataError) as refusal:
        load(f"{path}#labels=none")
    assert str(refusal.value) == f"{path} must have the column 'none', but it has image, label. Name one of these."


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(50))
    assert _refusal(tmp_path / "a.parquet") == "FILE is no Parquet file, or it is damaged. Get the file again."


def test_a_table_without_rows_is_refused(tmp_path):
    path = _write(tmp_path / "a.parquet", IMAGES[:0], LABELS[:0])
    parquet.write_table(parquet.read_table(path).slice(0, 0), path)
    assert _refusal(path) == "FILE must hold images, but it holds none. Get the file again."


def test_more_images_than_fit_are_refused(tmp_path, monkeypatch):
    from classlab.datasets.safe_read import parquet as reader

    monkeypatch.setattr(reader, "MAX_BYTES", 500)
    parquet.write_table(pyarrow.table({"image": IMAGES.tolist(), "label": LABELS}), tmp_path / "a.parquet")
    assert _refusal(tmp_path / "a.parquet") == (
        "images must not need more than 500 bytes of memory, but FILE holds more. Use fewer."
    )


def test_pieces_of_different_sizes_are_refused(tmp_path):
    for piece, images in enumerate((IMAGES, IMAGES[:, :4])):
        path = tmp_path / f"train-0000{piece}-of-00002.parquet"
        parquet.write_table(pyarrow.table({"image": images.tolist(), "label": LABELS}), path)
    assert _refusal(path) == (
        "all pieces of FILE must have images of one shape, but have [(4, 6), (6, 6)]. Give one piece."
    )


def test_classes_are_numbered_as_the_file_says_and_rows_without_a_picture_or_label_are_listed(tmp_path):
    cells = [{"bytes": _png(image), "path": None} for image in IMAGES[:8]]
    cells[3] = {"bytes": _png(IMAGES[3])[:40], "path": None}
    labels = [2, 0, 2, 0, 2, 0, None, 0]
    path = tmp_path / "a.parquet"
    names = {"huggingface": json.dumps({"info": {"features": {"label": {"names": ["zebra", "yak", "ant"]}}}})}
    table = pyarrow.table({"image": cells, "label": labels, "extra": range(8)}).replace_schema_metadata(names)
    parquet.write_table(table, path)
    dataset = load(str(path))
    assert dataset.class_names == ("zebra", "ant")  # the file's order; no row is a yak
    for split in (dataset.train, dataset.test):
        for image, label, file in zip(split.images, split.labels, split.files, strict=True):
            row = int(file.removeprefix("a.parquet/"))
            assert (image[..., 0] == IMAGES[row]).all()
            assert label == labels[row] // 2
    assert {each.path: each.reason for each in dataset.left_out} == {
        "a.parquet/3": f"cannot be read as a {FORMAT_WORDS} picture. It is damaged or of another kind.",
        "a.parquet/6": "has no label.",
    }
    assert "a.parquet also has the column extra, which was not used." in dataset.notes


@pytest.mark.parametrize("size", [None, (5, 4)])
def test_pictures_are_the_same_pixels_from_a_folder_an_archive_rows_and_a_prediction(tmp_path, size):
    pictures = peculiar_pictures()
    root = tmp_path / "root"
    for number, (name, content) in enumerate(pictures):
        path = root / "ab"[number % 2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    archive = tmp_path / "root.zip"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w") as packed:
        for path in files:
            packed.write(path, path.relative_to(root))
    cells = [{"bytes": path.read_bytes(), "path": None} for path in files]
    table = pyarrow.table({"image": cells, "label": [path.parent.name for path in files]})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    folder, *others = (load(str(place), size=size) for place in (root, archive, tmp_path / "a.parquet"))
    for other in others:
        assert (other.digest, other.reading) == (folder.digest, folder.reading)
        assert other.preparation == folder.preparation
    preparation = folder.preparation or Preparation(size=(6, 8), channels=3, fit="pad")  # what a run of these has
    splits = (folder.train, folder.test)
    seen = [pair for split in splits for pair in zip(split.files, split.images, strict=True)]
    assert len(seen) == len(pictures)
    for file, image in seen:
        foreign = read_foreign_picture(root / file, preparation, reading=folder.reading)
        np.testing.assert_array_equal(foreign.pixels, image)


def peculiar_pictures():
    """Pictures of 6 x 8 pixels, each stored in a way of its own: names and contents."""
    random = np.random.default_rng(4)
    grey, deep = random.integers(0, 256, (6, 8), np.uint8), random.integers(0, 4096, (6, 8)).astype(np.uint16)
    colour = random.integers(0, 256, (6, 8, 3), np.uint8)
    clear = np.dstack([colour, random.integers(0, 256, (6, 8), np.uint8)])
    turned = Image.Exif()
    turned[274] = 6  # orientation: to be turned by a quarter
    every = [
        ("grey.png", Image.fromarray(grey), {}),
        ("deep.png", Image.fromarray(deep), {}),
        ("deep.tif", Image.fromarray(deep), {}),
        ("palette.png", Image.fromarray(colour).quantize(16), {}),
        ("palette.gif", Image.fromarray(grey), {}),
        ("alpha.png", Image.fromarray(clear), {}),
        ("grey-alpha.png", Image.fromarray(clear).convert("LA"), {}),
        ("bits.png", Image.fromarray(grey > 99), {}),
        ("print.jpg", Image.fromarray(colour).convert("CMYK"), {}),
        ("turned.jpg", Image.fromarray(colour.swapaxes(0, 1)), {"exif": turned}),
        ("turned.png", Image.fromarray(grey.T), {"exif": turned}),
        ("animated.gif", Image.fromarray(grey), {"save_all": True, "append_images": [Image.fromarray(255 - grey)]}),
    ]
    found = []
    for name, picture, options in every:
        content = io.BytesIO()
        picture.save(content, format=Image.registered_extensions()[name[name.rindex(".") :]], **options)
        found.append((name, content.getvalue()))
    return found
