from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.errors import DataError

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
            "every row of FILE must hold its picture, but one holds none or only where it lies. Give the folder of the "
            "pictures.",
        ),
        (
            {"image": [b"no picture"], "label": [0]},
            "every row of FILE must hold a readable picture, but one does not. Get the file again.",
        ),
        (
            {"image": [_png(IMAGES[0]), _png(IMAGES[0, :3])], "label": [0, 1]},
            "all pictures of FILE must have one size, but they have several. Save them as files in one folder per "
            "class, and give that folder with a size.",
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
    assert _refusal(_write(tmp_path / "a.parquet")) == (
        "images must not need more than 500 bytes of memory, but FILE holds more. Use fewer."
    )


def test_pieces_of_different_sizes_are_refused(tmp_path):
    _write(tmp_path / "train-00000-of-00002.parquet")
    path = _write(tmp_path / "train-00001-of-00002.parquet", IMAGES[:, :4])
    assert _refusal(path) == (
        "all pieces of FILE must have images of one shape, but have [(4, 6), (6, 6)]. Give one piece."
    )
