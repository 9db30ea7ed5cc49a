"""The written page: one file, nothing from outside, names that stay names, and a network that is the run's."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from classlab.errors import ExportError, SpecError
from classlab.offline import page as page_module
from classlab.studies.fit import fit
from classlab.studies.runs.run import Run

HOSTILE = ('</script><script>alert("0")</script>', "<img src=x onerror=alert(1)>", "&amp;\u2028\x00")


@pytest.fixture(scope="module")
def run():
    return fit("digits", "linear", epochs=2)


def written(run, tmp_path):
    path = tmp_path / "page.html"
    proof = run.to_html(path)
    assert (proof.images, proof.by) == (64, "classlab")
    assert proof.max_difference <= 1e-6
    return path.read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Every tag with its attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self._open = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data):
        if self._open in ("script", "style") and data.strip():
            self.texts.append((self._open, data))


def test_the_page_asks_for_nothing_and_runs_its_own_script_alone(run, tmp_path):
    text = written(run, tmp_path)
    found = Tags(text)
    policy = next(each["content"] for tag, each in found.tags if each.get("http-equiv"))
    script, style = next(found for kind, found in found.texts[::-1] if kind == "script"), dict(found.texts)["style"]
    script_hash, style_hash = (
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (script, style)
    )
    assert policy == (
        f"default-src 'none'; img-src data:; script-src 'sha256-{script_hash}'; style-src 'sha256-{style_hash}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert [
        each for _, each in found.tags if "src" in each or "style" in each or each.get("href", "#")[0] not in "#d"
    ] == []
    assert not re.search(r"\b(import|export)\b.*from|https?:|fetch\(|XMLHttpRequest|innerHTML", script)


def test_names_of_strangers_stay_names(run, tmp_path):
    record = run.record
    data = replace(record.spec.data, name="/home/me/<b>photos")
    strange = replace(
        record,
        class_names=(*HOSTILE, *record.class_names[len(HOSTILE) :]),
        spec=replace(record.spec, data=data),
    )
    run = Run(replace(run._stored, record=strange))
    text = written(run, tmp_path)
    found = Tags(text)
    assert [tag for tag, _ in found.tags].count("script") == 3
    assert "<img" not in text
    assert "<title>linear on &lt;b&gt;photos</title>" in text
    assert "/home/me" not in text


def test_the_page_says_which_run_it_is_and_its_test_figure_with_an_interval(run, tmp_path):
    text = written(run, tmp_path)
    test = run.record.test
    assert f"<dd>{run.record.identity}, seed 0, finished, {run.record.created[:10]}</dd>" in text
    assert f"<dd>{100 * test.accuracy:.2f} % of {test.images} images (95 % interval " in text
    assert ", for other images and this very network).</dd>" in text


def test_a_run_that_is_not_calibrated_says_so(run, tmp_path):
    text = written(Run(replace(run._stored, likeness=None)), tmp_path)
    assert "<dt>Unlike pictures</dt><dd>not told, because the run is not calibrated</dd>" in text


def test_a_network_of_keras_is_refused_with_its_layer(tmp_path, run):
    from classlab.offline.facts import OfflineRun
    from classlab.records import KerasArchitecture

    keras = KerasArchitecture(
        name="mine",
        input_shape=(8, 8, 1),
        config={},
        reason="its layer 'x' (Attention) is unknown",
    )
    with pytest.raises(SpecError) as refusal:
        page_module.write_page(
            tmp_path / "page.html",
            OfflineRun(
                record=run.record, network=keras, weights={}, preparation=run.preparation, style=None, border=None,
                likeness=None, false_alarms=0.05, untold=None,
            ),
            images=np.zeros((1, 8, 8, 1), np.uint8),
            predict=None,
        )  # fmt: skip
    assert str(refusal.value) == (
        "a page must have layers that classlab's engine knows, but 'mine' trains through Keras: its layer 'x' "
        "(Attention) is unknown. Export it with `--to keras`."
    )


def test_weights_beyond_all_numbers_are_refused(run, tmp_path):
    broken = {name: np.full_like(array, np.nan) for name, array in run.weights.items()}
    with pytest.raises(SpecError) as refusal:
        Run(replace(run._stored, weights=broken)).to_html(tmp_path / "page.html")
    assert str(refusal.value) == (
        "a page must have a network whose scores are numbers, but this run's weights are beyond all numbers. Train it "
        "anew, for example with a smaller learning rate."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_would_hold_something_else_is_not_written(run, tmp_path, monkeypatch):
    text = written(run, tmp_path)
    (path := tmp_path / "page.html").unlink()
    numbers = re.search(r'id="numbers">([^<]*)<', text)[1]
    others = "must hold the run's layers and weights, but reading it gives others."
    for found, sentence in {
        "": "the page must hold facts and numbers, but reading it finds none.",
        text.replace(numbers, "AAAA" + numbers[4:]): f"{path} {others}",
        text.replace('"1.kernel":[0,640]', '"1.kernel":[0,64]'): (
            "the page must hold the weights of its layers, but reading it gives others."
        ),
    }.items():
        monkeypatch.setattr(page_module, "page_text", lambda *_, found=found, **__: found)
        with pytest.raises(ExportError) as refusal:
            run.to_html(path)
        assert str(refusal.value) == f"{sentence} Nothing was written; please report this."
    assert list(tmp_path.iterdir()) == []
