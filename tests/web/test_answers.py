"""What the page answers about a picture is what `classlab predict` says of it; all else is refused by a sentence."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import Future

import numpy as np
import pytest
from PIL import Image

from classlab.cli.main import main
from classlab.datasets import load
from classlab.studies.study import Study
from classlab.web import answers
from classlab.web.site import Site
from tests.datasets.own_drawings import drawings
from tests.web.recorded_strokes import drawn, recorded


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A perceptron that knows MNIST's digits, a linear classifier of small digits, and one of coloured noise."""
    place = tmp_path_factory.mktemp("drawn") / "store"
    ink = Study("ink", data="mnist5k", model="mlp", epochs=5, seeds=1).run(place)
    ink.run(ink.best, 0).calibrate(load("mnist5k"))  # as the page does with a model that it offers
    Study("small", data="digits", model="linear", epochs=3, seeds=1).run(place)
    random = np.random.default_rng(0)
    np.savez(place / "own.npz", x=random.integers(0, 256, (300, 9, 8, 3), np.uint8), y=np.arange(300) % 2)
    Study("colours", data=str(place / "own.npz"), model="linear", epochs=1, seeds=1, validation=0.4).run(place)
    return place


@pytest.fixture
def ask(open_page, store):
    """Asks the page about a picture; the first answer, or the status and the sentence of a refusal."""
    page = open_page(store)

    def asked(study, file=None, **rest):
        if file is not None:
            rest["picture"] = base64.b64encode(file).decode()
        reply = page.post("/draw/answer", json={"models": [identity(store, study)], **rest})
        found = reply.json()
        return found["answers"][0] if reply.status_code == 200 else (reply.status_code, found["problem"])

    return asked


def identity(store, study):
    from classlab.studies.store import open_store

    with open_store(store, write=False) as opened:
        return opened.study(study).runs[0].identity


def png(image):
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def test_those_who_ask_at_once_are_told_what_each_is_told_alone(store):
    site = Site(folder=store)
    models = [identity(store, "ink"), identity(store, "small")]
    asked = [{"models": models[place % 2 :], "pixels": np.eye(9 + place, dtype=int).tolist()} for place in range(4)]
    bodies = [*(json.dumps(each).encode() for each in asked), b"no JSON", json.dumps({"models": ["x"]}).encode()]

    def answered(*some):
        waiting = [answers._Waiting(site, body, Future()) for body in some]
        waiting.insert(1, answers._Waiting(site, some[0], Future()))
        waiting[1].answers.cancel()
        answers._QUEUE.extend(waiting)
        answers._answer_all()
        return [each.answers for each in waiting if not each.answers.cancelled()]

    together, alone = answered(*bodies), [answered(body)[0] for body in bodies]
    for one, other in zip(together, alone, strict=True):
        assert str(one.exception()) == str(other.exception())
        if one.exception() is None:
            assert [each["sentence"] for each in one.result()] == [each["sentence"] for each in other.result()]
            for each, wanted in zip(one.result(), other.result(), strict=True):
                np.testing.assert_allclose(each["probabilities"], wanted["probabilities"], atol=1e-6)
                assert each["image"] == wanted["image"]


@pytest.mark.parametrize("study", ["ink", "small", "colours"])
@pytest.mark.parametrize(
    ("seen", "options"), [("righted", []), ("as is", ["--as-is"]), ("inverted", ["--as-is", "--invert"])]
)
def test_the_answer_is_that_of_the_command_bit_for_bit(ask, store, tmp_path, capsys, study, seen, options):
    photo = drawings("photo with shadow", seed=1)[4]
    photo.save(tmp_path / "photo.png")
    words = ["predict", study, str(tmp_path / "photo.png"), "--store", str(store), "--json", *options]
    capsys.readouterr()
    assert main(words) == 0
    (said,) = json.loads(capsys.readouterr().out)
    answer = ask(study, (tmp_path / "photo.png").read_bytes(), seen=seen)
    assert answer["probabilities"] == list(said["probabilities"].values())
    assert (answer["righting"], answer["unlike"]) == (said["righting"], said["unlike"])
    warning = said["warning"] and said["warning"].replace(str(tmp_path / "photo.png"), "The picture")
    for option, choice in (("Try --invert", "Choose “inverted”"), ("Leave --invert out", "Choose “as it is”")):
        warning = warning and warning.replace(option, choice)
    assert answer["warning"] == warning


def sevens():
    """The first sevens of MNIST's test images."""
    test = load("mnist5k").test
    return test.images[test.labels == 7][:5, ..., 0]


@pytest.mark.parametrize(("place", "height"), [((0.3, 0.2), 0.6), ((0.02, 0.02), 0.2), ((0.75, 0.75), 0.22)])
def test_a_drawn_seven_is_what_its_image_is_wherever_it_is_drawn(ask, place, height):
    known = 0
    for image in sevens():
        strokes, width = recorded(image, place=place, height=height)
        answer = ask("ink", png(drawn(strokes, width, side=168)), drawn=True)
        own = ask("ink", pixels=image.tolist())["sentence"]
        assert answer["sentence"].partition(" ")[0] == own.partition(" ")[0]
        assert answer["how_seen"] == "Its ink righted as the training images', seen as 28x28."
        known += own.startswith("7 at ")
    assert known == 4  # this little network takes the first one for a nine


def test_grey_pixels_are_a_picture_too(ask):
    image = sevens()[0]
    answers = [ask("ink", pixels=image.tolist()), ask("ink", png(Image.fromarray(image)))]
    assert answers[0] == answers[1]
    shown = Image.open(io.BytesIO(base64.b64decode(answers[0]["image"].removeprefix("data:image/png;base64,"))))
    assert np.array_equal(np.asarray(shown), image)  # one that is made as the training images are stays as it is


def test_a_network_of_colours_gets_colours(ask):
    colours = np.random.default_rng(1).integers(0, 256, (9, 8, 3), np.uint8)
    answer = ask("colours", png(Image.fromarray(colours)))
    shown = Image.open(io.BytesIO(base64.b64decode(answer["image"].removeprefix("data:image/png;base64,"))))
    assert np.array_equal(np.asarray(shown), colours)
    assert [bar["name"] for bar in answer["bars"]] == ["0", "1"]


def test_a_drawing_unlike_the_training_images_is_not_to_be_trusted(ask):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), np.uint8)
    answer = ask("ink", png(Image.fromarray(noise)), drawn=True, seen="as is")
    assert answer["warning"] == (
        "The drawing is unlike the training images (its score is above that of 95 % of the 400 validation images): "
        f"its answer, {answer['sentence']}, is not to be trusted."
    )


def test_a_model_that_cannot_answer_does_not_silence_the_others(open_page, store, monkeypatch):
    from classlab.errors import SpecError
    from classlab.studies.runs.run import Run

    whole = Run.predict

    def refusing(run, images):
        if run.record.spec.architecture.name == "mlp":
            raise SpecError("it needs what is not installed.")
        return whole(run, images)

    monkeypatch.setattr(Run, "predict", refusing)
    models = [identity(store, "ink"), identity(store, "small")]
    found = open_page(store).post("/draw/answer", json={"models": models, "pixels": [[0, 9], [9, 0]]}).json()["answers"]
    assert found[0] == {"problem": "it needs what is not installed."}
    assert len(found[1]["probabilities"]) == 10


def bomb():
    """A picture of 100 million pixels in a few KB."""
    return png(Image.new("1", (10_000, 10_000)))


GREY = "`pixels` must be 1 to 2048 rows, all of one length up to 2048, of whole numbers from 0 to 255, but got pixels="


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "a request must hold `picture` or `pixels`, but got both or neither. Send one of them."),
        ({"picture": "", "pixels": [[0]]}, "a request must hold `picture` or `pixels`, but got both or neither. Send"),
        ({"picture": "§"}, "`picture` must be a picture's file in base64, but got picture='§'. Send such a text."),
        ({"picture": 7}, "`picture` must be a picture's file in base64, but got picture=7. Send such a text."),
        ({"picture": ""}, "The picture is empty. Get it again."),
        ({"picture": base64.b64encode(b"<svg/>").decode()}, "The picture is a drawing (SVG) and no picture of pixels."),
        ({"pixels": []}, f"{GREY}[]. Send such rows."),
        ({"pixels": [[]]}, f"{GREY}[[]]. Send such rows."),
        ({"pixels": [[1, 2], [3]]}, f"{GREY}[[1, 2], [3]]. Send such rows."),
        ({"pixels": [[256]]}, f"{GREY}[[256]]. Send such rows."),
        ({"pixels": [[-1]]}, f"{GREY}[[-1]]. Send such rows."),
        ({"pixels": [[0.5]]}, f"{GREY}[[0.5]]. Send such rows."),
        ({"pixels": [["a"]]}, f"{GREY}[['a']]. Send such rows."),
        ({"pixels": 5}, f"{GREY}5. Send such rows."),
        ({"pixels": [[0] * 2049]}, GREY),
        ({"pixels": [[0]], "seen": "sideways"}, "`seen` must be one of righted, as is, inverted, but got seen='sidew"),
        ({"pixels": [[0]], "seen": []}, "`seen` must be one of righted, as is, inverted, but got seen=[]. Choose one."),
        ({"pixels": [[0]], "models": []}, "`models` must be a list of 1 to 4 models of the page, but got models=[]. "),
        ({"pixels": [[0]], "models": [1]}, "`models` must be a list of 1 to 4 models of the page, but got models=[1]"),
        ({"pixels": [[0]], "models": ["0" * 64]}, "`models` must be runs of the store, but '"),
        ({"pixels": [[0]], "models": ["../x"]}, "`models` must be runs of the store, but '"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_a_sentence(ask, asked, sentence):
    status, problem = ask("ink", **asked)
    assert 400 <= status < 500
    assert problem.startswith(sentence)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(ask):
    status, problem = ask("ink", bomb())
    assert (status, problem) == (
        422,
        "The picture has 10,000 x 10,000 pixels, more than the 4,194,304 allowed. Make it smaller.",
    )
    assert ask("ink", png(Image.new("L", (3000, 1)))) == (
        422,
        "The picture must have at most 2,048 pixels along a side, but got 3,000 x 1. Make it smaller.",
    )


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"pixels": [[NaN]]}', b"[" * 200_000, b"7", b'"text"', b"null"])
def test_what_is_no_question_is_refused(open_page, store, body):
    reply = open_page(store).post("/draw/answer", content=body, headers={"content-type": "application/json"})
    assert 400 <= reply.status_code < 500
    assert reply.json()["problem"]


def test_no_number_is_a_pixel_that_is_none(ask, open_page, store):
    body = json.dumps({"models": [identity(store, "ink")], "pixels": [[float("nan")]]})
    reply = open_page(store).post("/draw/answer", content=body, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["problem"]) == (422, f"{GREY}[[nan]]. Send such rows.")
