import json
from pathlib import Path

import pytest

from benchmarks import precision_study
from classlab.statistics import compare, sample

MACHINE = {
    "processor": "a processor",
    "cores": 2,
    "threads": 1,
    "platform": "a system",
    "load_before": 0.0,
    "measured": "2026-01-02T00:00:00",
}
SETTINGS = {"images": 4000, "held_out": 10_000, "epochs": 5, "threads": 1, "native": False, "compared": "bfloat16"}
TINY = ["--data", "mnist5k", "--models", "cnn-small", "--images", "100", "--held-out", "50", "--epochs", "1"]


def _runs(*pairs: tuple[float, float]) -> list[dict]:
    return [
        {"data": "mnist", "model": "cnn", "seed": seed, "precision": precision, "accuracy": accuracy}
        for seed, pair in enumerate(pairs)
        for precision, accuracy in zip(("float32", "bfloat16"), pair, strict=True)
    ]


def test_pairs_are_trained_and_a_stopped_study_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(precision_study, "interrupt_on_terminate", lambda: None)
    page = tmp_path / "page.md"
    page.write_text("<!-- precision:start -->\n<!-- precision:end -->\n", encoding="utf-8")
    told = [*TINY, "--threads", "1", "-o", str(tmp_path / "precision.json"), "--page", str(page)]
    precision_study.main([*told, "--seeds", "2"])
    text = capsys.readouterr().out
    assert text.strip() in page.read_text(encoding="utf-8")
    found = json.loads((tmp_path / "precision.json").read_text(encoding="utf-8"))["measurements"]
    assert [(one["seed"], one["precision"]) for one in found] == [
        (0, "float32"),
        (0, "bfloat16"),
        (1, "float32"),
        (1, "bfloat16"),
    ]
    by_precision, by_seed = (abs(found[0]["loss"] - found[other]["loss"]) for other in (1, 2))
    assert 0 < by_precision < 0.2 * by_seed  # other arithmetic, but the same weights and batches to begin with

    trained = []
    real = precision_study.train
    monkeypatch.setattr(precision_study, "train", lambda spec, division: trained.append(spec) or real(spec, division))
    precision_study.main([*told, "--seeds", "3"])
    assert [(spec.seed, spec.precision) for spec in trained] == [(2, "float32"), (2, "bfloat16")]


def test_held_out_images_are_no_training_images_and_all_are_there() -> None:
    division = precision_study._division("mnist5k", 100, 50)
    assert (len(division.train), len(division.validation)) == (100, 50)
    rows = {split: {image.tobytes() for image in getattr(division, split).images} for split in ("train", "validation")}
    assert not rows["train"] & rows["validation"]
    with pytest.raises(SystemExit, match="Give less of --images or --held-out"):
        precision_study._division("mnist5k", 4000, 4000)


def test_networks_for_color_pictures_get_the_same_images_in_a_frame_and_three_channels() -> None:
    gray, color = (precision_study._division("mnist5k", 100, 50, color=wanted) for wanted in (False, True))
    assert color.train.images.shape == (100, 32, 32, 3)
    assert color.validation.images.shape == (50, 32, 32, 3)
    assert (color.train.images[:, 2:-2, 2:-2, 0] == gray.train.images[..., 0]).all()
    assert (color.train.labels == gray.train.labels).all()


def test_a_brought_network_is_trained_in_both_arithmetics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(precision_study, "interrupt_on_terminate", lambda: None)
    told = [*TINY, "--models", "convnet,own-layer", "--seeds", "1", "--threads", "1"]
    precision_study.main([*told, "-o", str(tmp_path / "precision.json")])
    text = capsys.readouterr().out
    found = json.loads((tmp_path / "precision.json").read_text(encoding="utf-8"))["measurements"]
    for network in ("convnet", "own-layer"):
        assert len({one["loss"] for one in found if one["model"] == network}) == 2
        assert f"| {network}, mnist5k | 1 |" in text


def test_the_text_has_every_pair_the_interval_and_what_it_allows() -> None:
    runs = [*_runs((0.90, 0.901), (0.91, 0.909), (0.92, 0.922), (0.93, 0.93)), {**_runs((0.5, 0.5))[0], "seed": 9}]
    document = {"machine": MACHINE, "settings": SETTINGS, "measurements": runs}
    text = precision_study.figures_text(document, margin=0.005)
    interval = compare(sample([0.901, 0.909, 0.922, 0.93]), sample([0.90, 0.91, 0.92, 0.93])).interval
    assert interval is not None
    low, high = (f"{100 * end:+.2f}" for end in interval)
    assert f"| cnn, mnist | 4 | 0.9150 | 0.9155 | +0.05 | {low} .. {high} | 0.13 |" in text
    assert "| cnn, mnist | 2 | 0.9200 | 0.9220 | +0.20 |" in text
    assert (
        f"- cnn, mnist: bfloat16 costs at most {low[1:]} points of accuracy (95 % confidence) and is practically"
        in text
    )
    assert "no bfloat16 units: operands and results of the convolutions were rounded" in text


@pytest.mark.parametrize(
    ("bfloat16", "expected"),
    [
        ([0.5], "1 pair give no interval"),
        ([0.515, 0.52, 0.518], "bfloat16 costs nothing: it is better by {low} to {high} points (95 % confidence)."),
        ([0.485, 0.48, 0.482], "bfloat16 costs {high} to {low} points of accuracy (95 % confidence)."),
        (
            [0.501, 0.504, 0.503],
            "costs at most {low} points of accuracy (95 % confidence), within the margin of 0.3 points, and may gain",
        ),
        ([0.49, 0.51, 0.505], "costs at most {low} points of accuracy (95 % confidence); these pairs do not tell"),
        ([0.5, 0.501, 0.5005], "costs at most {low} points of accuracy (95 % confidence) and is practically equal"),
    ],
)
def test_a_sentence_says_what_the_interval_allows(bfloat16: list[float], expected: str) -> None:
    found = compare(sample(bfloat16), sample([0.5] * len(bfloat16)), margin=0.003)
    low, high = (f"{100 * abs(end):.2f}" for end in found.interval or (0.0, 0.0))
    assert expected.format(low=low, high=high) in precision_study.allowed(found)


def test_a_model_without_convolutions_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        precision_study.main(["--models", "linear"])
    assert "there is no model 'linear' here. Choose from cnn, cnn-small, convnet, vgg," in capsys.readouterr().err
