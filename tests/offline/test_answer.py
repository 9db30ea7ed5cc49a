"""What the page says of a picture is what the run says of it."""

from __future__ import annotations

import json
import re

import numpy as np

from classlab.datasets import load
from classlab.offline.facts import Numbers
from classlab.studies.fit import fit
from classlab.studies.shown.pictures import foreign_picture
from tests.offline.drawings import DRAWINGS, in_javascript


def said_in_node(in_node, run, tmp_path, pictures, **options):
    run.to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    facts, numbers = (re.search(rf'id="{name}">([^<]*)<', text)[1] for name in ("facts", "numbers"))
    given = {
        "facts": json.loads(facts),
        "numbers": numbers,
        "options": options,
        "pictures": [in_javascript(each) for each in pictures],
    }
    code = """(() => {
        const bytes = Uint8Array.from(atob(given.numbers), (letter) => letter.charCodeAt(0));
        const run = openRun(given.facts, new Float32Array(bytes.buffer));
        return { difference: differenceOf(run), said: given.pictures.map(({ data, ...rest }) => {
            const { image, ...said } = answer(run, { ...rest, data: Uint8Array.from(data) }, given.options);
            return { ...said, pixels: [...image.data] };
        }) };
    })()"""
    found = in_node(code, given)
    assert found["difference"] < 1e-5
    return found["said"]


def test_drawings_are_answered_as_the_command_answers_them(in_node, inked, tmp_path):
    found = said_in_node(in_node, inked, tmp_path, DRAWINGS.values())
    for (name, drawing), said in zip(DRAWINGS.items(), found, strict=True):
        picture = foreign_picture(drawing, inked.preparation, name=name, style=inked.ink_style)
        np.testing.assert_allclose(said["pixels"], picture.pixels.ravel(), atol=1, err_msg=name)
        mine = np.array(said["pixels"], np.uint8).reshape(1, 28, 28, 1)
        np.testing.assert_allclose(said["scores"], inked.predict(mine)[0], atol=1e-4, err_msg=name)
        assert said["label"] == inked.predict(mine)[0].argmax()


def test_what_is_unlike_is_told_by_the_same_score(in_node, inked, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1), np.uint8)
    pictures = np.concatenate([load("mnist5k").test.images[:8], noise])
    found = said_in_node(in_node, inked, tmp_path, pictures, asIs=True)
    unlike = inked.unlikeness(pictures)
    np.testing.assert_allclose([said["score"] for said in found], unlike.scores, rtol=1e-3, atol=1e-3)
    assert [said["alarm"] for said in found] == unlike.alarms.tolist()
    assert found[-1]["remarks"] == [
        "The picture is unlike the training images (its score is above that of 95 % of the "
        f"{unlike.images:,} validation images): the answer is not to be trusted."
    ]


def test_the_other_background_is_said_where_turning_it_helps(in_node, tmp_path):
    run = fit("digits", "linear", epochs=2)
    dark = load("digits").test.images[:2]
    plain, turned = said_in_node(in_node, run, tmp_path, np.concatenate([dark[:1], 255 - dark[1:]]), asIs=True)
    assert plain["remarks"] == []
    assert turned["remarks"] == [
        "The picture's border is bright, but the training images have a dark one. Swap dark and bright, so that the "
        "network sees it as it saw its training images."
    ]
    (inverted,) = said_in_node(in_node, run, tmp_path, 255 - dark[1:], invert=True)
    assert inverted["pixels"] == dark[1].ravel().tolist()


def test_a_page_that_computes_something_else_finds_it_out(in_node, inked, tmp_path):
    inked.to_html(tmp_path / "page.html")
    facts = json.loads(re.search(r'id="facts">([^<]*)<', (tmp_path / "page.html").read_text())[1])
    numbers = Numbers()
    numbers.add({name: array * 1.01 for name, array in inked.weights.items()})
    assert in_node("differenceOf(openRun({ ...given, likeness: null }, numbers))", facts, numbers.all()) > 1e-4
    assert in_node(
        "differenceOf(openRun({ ...given, likeness: null }, numbers.fill(NaN))) === Infinity", facts, numbers.all()
    )
