"""Workers whose tools the tests have, on a few random images: they train what they are asked for and report it."""

from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks.measure import Job
from benchmarks.suites import SELECTIONS
from benchmarks.trial import Deadline, run_worker
from benchmarks.workloads import Arm


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("arrays") / "arrays.npz"
    stream = np.random.default_rng(0)
    images, labels = stream.integers(0, 256, (300, 28, 28), dtype=np.uint8), np.arange(300) % 10
    np.savez(path, x_train=images[:200], y_train=labels[:200], x_test=images[200:], y_test=labels[200:])
    return str(path)


def test_a_job_makes_the_trip_to_the_command_line_and_back() -> None:
    job = Job(network="mlp", arms=[Arm("sgd", 0.1, 0, "sigmoid")], epochs=2, data="x", threads=1, options={"a": 1})
    again = Job.from_argument(job.to_argument())
    assert again == job
    assert again.arms[0].activation == "sigmoid"


@pytest.mark.parametrize(
    ("worker", "name", "fits", "trained"),
    [
        ("classlab_population", "mlp-activations", 2, 4),  # two networks, two populations
        pytest.param("torch_loop", "mlp-activations", 4, 4, marks=pytest.mark.needs("torch")),
        pytest.param("sklearn_sgd", "linear", 3, 3, marks=pytest.mark.needs("sklearn")),  # plain SGD alone
        pytest.param("sklearn_mlp", "mlp-activations", 4, 4, marks=pytest.mark.needs("sklearn")),
    ],
)
def test_workers_report_every_arm_that_they_trained(
    arrays: str, worker: str, name: str, fits: int, trained: int
) -> None:
    job = Job(network=SELECTIONS[name].network, arms=list(SELECTIONS[name].arms), epochs=2, data=arrays, threads=1)
    found = run_worker(worker, job, timeout=60)
    assert found.get("error") is None
    assert [len(fit) for fit in found["epoch_seconds"]] == [2] * fits
    assert len(found["arms"]) == len(found["accuracy"]) == found["members"] == trained
    assert all(Arm(**arm) in job.arms for arm in found["arms"])
    assert found["process_seconds"] > found["training_seconds"] > 0


@pytest.mark.parametrize(
    ("worker", "options"),
    [
        pytest.param("classlab_population", {"precision": "auto"}, marks=pytest.mark.needs("torch")),
        pytest.param("keras_fit", {"backend": "torch", "tuned": False}, marks=pytest.mark.needs("keras", "torch")),
        pytest.param("torch_loop", {"precision": "bfloat16"}, marks=pytest.mark.needs("torch")),
        pytest.param(
            "lightning_fit",
            {"tuned": True},
            marks=pytest.mark.skipif(find_spec("lightning") is None, reason="Lightning is not installed"),
        ),
    ],
)
def test_workers_train_a_network_that_people_bring(arrays: str, worker: str, options: dict[str, object]) -> None:
    arms = list(SELECTIONS["convnet"].arms)
    job = Job(network="convnet", arms=arms, epochs=1, data=arrays, threads=1, batch_size=64, options=options)
    found = run_worker(worker, job, timeout=120)
    assert found.get("error") is None
    assert found["members"] == 1


def test_our_worker_holds_images_back_where_it_is_told_to(arrays: str) -> None:
    options = {"device": "cpu", "held_out": 50}
    arms = list(SELECTIONS["linear"].arms)[:2]
    job = Job(network="linear", arms=arms, epochs=2, data=arrays, threads=1, options=options)
    found = run_worker("classlab_population", job, timeout=60)
    assert found.get("error") is None
    assert found["validation_images"] == 50
    assert len(found["validation_accuracy"]) == 2


def test_a_worker_that_fails_says_why_and_one_that_takes_too_long_is_given_up() -> None:
    job = Job(network="linear", arms=[], epochs=1, data="no-such-file.npz", threads=1)
    assert "no-such-file.npz" in run_worker("sklearn_sgd", job, timeout=60)["error"]
    assert run_worker("sklearn_sgd", job, timeout=0.05) == {"error": "it took longer than 0.05 s"}


def test_nothing_is_begun_that_would_end_too_late() -> None:
    assert Deadline(None).allows(1e9)
    assert Deadline(1.0).allows(30)
    assert not Deadline(1.0).allows(61)
