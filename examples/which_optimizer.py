"""Compares three optimizers at several learning rates, and says what five seeds allow one to say."""

from __future__ import annotations

from pathlib import Path

from classlab.studies.study import Study


def main() -> None:
    study = Study(
        "which-optimizer",
        question="Which optimizer suits a linear classifier, and at which learning rate?",
        data="mnist5k",
        model="linear",
        epochs=5,
        seeds=5,
        margin=0.005,
        arms=[
            {"optimizer": "sgd", "learning_rate": [0.001, 0.01, 0.1]},
            {"optimizer": ["adam", "rmsprop"], "learning_rate": [0.001, 0.01]},
        ],
    )
    result = study.run()
    print(result)

    # The same study as a file, for `classlab sweep`.
    assert Study.from_file(Path(__file__).with_suffix(".toml")).spec == study.spec
    # The claim: plain gradient descent at 0.001 is far too slow for five epochs, and the figures prove it.
    first_is = {row["arm"]: row["first_is"] for row in result.table()}
    assert first_is["sgd 0.001"] == "better"
    assert "sgd 0.001" not in result.candidates


if __name__ == "__main__":
    main()
