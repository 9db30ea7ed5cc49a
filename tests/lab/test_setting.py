"""Images and sizes of the lab, and what is said about them."""

from __future__ import annotations

import pytest

from classlab.datasets import published
from classlab.datasets.dataset import Dataset
from classlab.errors import SpecError
from classlab.lab.setting import Images, Setting, find_images


def named(dataset, name):
    return Dataset(
        name=name,
        train=dataset.train,
        test=dataset.test,
        class_names=dataset.class_names,
        source="here",
        digest=dataset.digest,
    )


@pytest.fixture
def all_here(small_images):
    fashion = named(small_images.digits, "fashion_mnist")
    return Images(digits=named(small_images.digits, "mnist"), clothes=fashion, pictures=fashion)


def test_without_the_complete_data_the_small_ones_are_used_and_nothing_is_downloaded(monkeypatch, tmp_path):
    from classlab.datasets import download

    def refuse(*_args, **_options):
        pytest.fail("the lab must not download")

    monkeypatch.setattr(download, "download", refuse)
    monkeypatch.setattr(published, "places", lambda *_args, **_options: iter(()))
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path))
    monkeypatch.delenv("CLASSLAB_DATA", raising=False)
    found = find_images()
    assert (found.digits.name, found.clothes.name, found.pictures) == ("mnist5k", "digits", found.digits)
    assert not found.complete
    assert found.statement() == (
        "Steps 1 to 5 use mnist5k (4,000 training and 1,000 test images).",
        "Step 6 uses digits (1,438 training and 359 test images).",
        "Step 7 uses mnist5k (4,000 training and 1,000 test images).",
        "The complete MNIST and Fashion-MNIST are not used here, so figures on the smaller images stand beside the "
        "published ones without a difference: they answer the same questions on other data. The lab uses the complete "
        "data sets where it finds them; `classlab data mnist` and `classlab data fashion_mnist` fetch them.",
    )


def test_the_complete_data_are_used_where_they_are(monkeypatch, small_images):
    from classlab.datasets import catalogue

    monkeypatch.setattr(catalogue, "find", lambda name, **_options: named(small_images.digits, name))
    found = find_images()
    assert (found.digits.name, found.clothes.name, found.pictures.name) == ("mnist", "fashion_mnist", "fashion_mnist")
    assert found.complete
    assert len(found.statement()) == 3
    assert find_images(embedded=True).digits.name == "mnist5k"


def test_half_of_the_complete_data_is_said_to_be_half(monkeypatch, small_images):
    from classlab.datasets import catalogue

    monkeypatch.setattr(
        catalogue, "find", lambda name, **_options: named(small_images.digits, name) if name == "mnist" else None
    )
    found = find_images()
    assert (found.clothes.name, found.pictures.name) == ("digits", "mnist")
    assert found.statement()[3].startswith("The complete Fashion-MNIST is not used here,")


@pytest.mark.full_data
def test_the_complete_data_are_found_in_the_folder_that_the_user_names():
    import os

    if not os.environ.get("CLASSLAB_DATA"):
        pytest.skip("CLASSLAB_DATA names no folder")
    assert find_images().complete


def test_sizes_follow_images_and_haste(all_here, small_images):
    full, small = Setting(images=all_here), Setting(images=small_images)
    quick = Setting(images=small_images, quick=True, seeds=1)
    assert [each.convolution_epochs for each in (full, small, quick)] == [5, 4, 2]
    assert [each.convolution_limit for each in (full, small, quick)] == [None, 1500, 600]
    assert [each.epochs(10) for each in (full, small, quick)] == [10, 10, 2]
    assert Setting(images=all_here, cnn_epochs=3).convolution_epochs == 3
    assert (full.run_seeds(2), full.run_seeds(7)) == ((0, 1, 2, 3, 4), (0, 1, 2))
    assert quick.run_seeds(2) == quick.run_seeds(7) == (0,)


def test_what_is_smaller_than_the_course_is_said(all_here, small_images):
    assert Setting(images=all_here, cnn_epochs=20).statement() == (
        "Every arm is trained with 5 seeds, those of the convolutional network with 3.",
    )
    assert Setting(images=all_here, cnn_epochs=1, seeds=1).statement() == (
        "Every arm is trained with 1 seed.",
        "One seed gives no interval over seeds: nothing here says how much a run differs from the next.",
        "The convolutional network is trained for 1 epoch instead of the 20 of the course, which "
        "`--cnn-epochs 20` gives.",
    )
    assert Setting(images=small_images, quick=True).statement()[1:] == (
        "This is a rehearsal: no study is longer than 2 epochs; its figures answer nothing.",
        "The convolutional network sees only 600 training images for 2 epochs, so that the lab ends within minutes.",
    )


def test_only_what_belongs_to_the_chosen_steps_is_said(small_images):
    setting = Setting(images=small_images)
    about = setting.about([6])
    assert about[0].startswith("Step 6 uses ")
    assert about[1].startswith("The complete Fashion-MNIST is not used here,")
    assert about[2:] == ("Every arm is trained with 5 seeds.",)
    assert setting.about([7])[-2:] == (
        "Every arm is trained with 3 seeds.",
        "The convolutional network sees only 1,500 training images for 4 epochs, so that the lab ends within minutes.",
    )
    assert setting.about([2, 4])[0].startswith("Steps 2 and 4 use ")


def test_studies_on_other_images_have_other_names(all_here, small_images):
    assert Setting(images=all_here).study_name(6, "sizes", "fashion_mnist") == "lab-6-sizes-fashion-mnist"
    assert Setting(images=small_images, quick=True).study_name(2, "sizes", "digits") == "lab-2-sizes-digits-quick"


@pytest.mark.parametrize("name", ["seeds", "cnn_epochs"])
def test_impossible_sizes_are_refused(small_images, name):
    with pytest.raises(SpecError) as refusal:
        Setting(images=small_images, **{name: 0})
    assert str(refusal.value) == f"`{name}` must be at least 1, but got {name}=0. Leave it out for the usual number."
