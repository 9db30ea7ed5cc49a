from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.errors import SpecError, StorageError
from classlab.options import OPTIONS
from classlab.studies.asked.study_draft import StudyDraft
from classlab.studies.asked.study_file import checked, line_of, read_study
from classlab.studies.asked.study_schema import json_schema

HEAD = 'name = "s"\ndata = "digits"\n'
KEYS = ", ".join(OPTIONS)


def read(tmp_path, text: str) -> StudyDraft:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


def refusal(tmp_path, text: str) -> str:
    with pytest.raises(SpecError) as refused:
        read(tmp_path, text)
    return str(refused.value).replace(str(tmp_path / "study.toml"), "FILE")


def test_a_study_file_gives_a_draft(tmp_path):
    draft = read(
        tmp_path,
        HEAD
        + 'question = "Which?"\nseeds = [3, 4]\nselect = "val_loss"\nmargin = 0.01\nconfidence = 0.9\nsize = [8, 9]\n'
        + "units = [128, 64]\nepochs = 5\nlearning_rate = [1, 0.1]\n"
        + '[[arms]]\nname = "mine"\noptimizer = "sgd"\nepochs = 7\n[[arms]]\nunits = [[8], [4, 4]]\n',
    )
    assert (draft.name, draft.data, draft.question, draft.seeds) == ("s", "digits", "Which?", (3, 4))
    assert (draft.select, draft.margin, draft.confidence, draft.size) == ("val_loss", 0.01, 0.9, (8, 9))
    first, second = draft.arms
    assert first.name == "mine"
    assert first.grid == {
        "units": [[128, 64]],
        "learning_rate": [1.0, 0.1],
        "optimizer": ["sgd"],
        "epochs": [7],
    }
    assert second.grid == {"units": [[8], [4, 4]], "learning_rate": [1.0, 0.1], "epochs": [5]}


def test_a_number_of_seeds_counts_from_zero(tmp_path):
    assert read(tmp_path, HEAD + "seeds = 3").seeds == (0, 1, 2)
    assert read(tmp_path, HEAD).seeds == (0, 1, 2, 3, 4)


def test_without_arms_the_grid_of_the_top_level_is_the_arms(tmp_path):
    draft = read(tmp_path, HEAD + 'optimizer = ["sgd", "adam"]')
    assert [arm.grid for arm in draft.arms] == [{"optimizer": ["sgd", "adam"]}]


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "digits.npz").touch()
    draft = read(tmp_path, 'name = "s"\ndata = "digits.npz"\nmodel = ["mlp", "net.keras"]')
    assert draft.data == str(tmp_path / "digits.npz")
    assert draft.arms[0].grid["model"] == ["mlp", str(tmp_path / "net.keras")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            HEAD + "\nlearning_rat = 0.1",
            "FILE, line 4: a study has no key 'learning_rat'. Did you mean 'learning_rate'? "
            f"Known are {KEYS}, name, question, seeds, folds, select, margin, confidence, data, size, fit, arms.",
        ),
        (
            HEAD + '[[arms]]\noptimizer = "sgd"\n[[arms]]\ndata = "mnist"',
            f"FILE, line 6: arms[2] has no key 'data'. Known are {KEYS}, name.",
        ),
        (
            HEAD + 'optimizer = ["sgd", "adm"]',
            "FILE, line 3: `optimizer[2]` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got 'adm'. "
            "Did you mean 'adam'?",
        ),
        (
            HEAD + "learning_rate = -0.1",
            "FILE, line 3: `learning_rate` must be a positive number, but got -0.1. Write for example "
            "learning_rate = 0.001.",
        ),
        (
            HEAD + "learning_rate = inf",
            "FILE, line 3: `learning_rate` must be a positive number, but got inf. Write for example "
            "learning_rate = 0.001.",
        ),
        (
            HEAD + "epochs = true",
            "FILE, line 3: `epochs` must be a whole number of at least 1, but got True. Write for example epochs = 5.",
        ),
        (
            HEAD + "units = [[8, 8], [0]]",
            "FILE, line 3: `units[2][1]` must be widths of the hidden layers, whole numbers of at least 1, but got 0. "
            "Write for example units = [128, 64].",
        ),
        (
            HEAD + "units = [8, 'b']",
            "FILE, line 3: `units[2]` must be widths of the hidden layers, whole numbers of at least 1, but got 'b'. "
            "Write for example units = [128, 64].",
        ),
        (
            HEAD + "\n[[arms]]\n\n[[arms]]\nvalidation = 'tst'",
            "FILE, line 7: `arms[2].validation` must be a share between 0 and 1, or the word test or own, but got "
            "'tst'. Write for example validation = 0.1.",
        ),
        (
            HEAD + "learning_rate = []",
            "FILE, line 3: `learning_rate` must be a positive number, but got []. Write for example "
            "learning_rate = 0.001.",
        ),
        (
            HEAD + "seeds = 0",
            "FILE, line 3: `seeds` must be a number of seeds, at least 1, or a list of seeds, but got 0. Write for "
            "example seeds = 5.",
        ),
        (
            HEAD + "seeds = 100000",
            "FILE, line 3: `seeds` must be at most 10,000, but got 100000. Write for example seeds = 5.",
        ),
        (
            HEAD + "epochs = [1, 10000001]",
            "FILE, line 3: `epochs[2]` must be at most 10,000,000, but got 10000001. Write for example epochs = 5.",
        ),
        (
            HEAD + "units = [1000001]",
            "FILE, line 3: `units[1]` must be at most 1,000,000, but got 1000001. Write for example units = [128, 64].",
        ),
        (
            HEAD + f"seeds = {list(range(10001))}".replace(" ", ""),
            "FILE, line 3: `seeds` must have at most 10,000 entries, but got [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
            "12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 2.... Write for example seeds = 5.",
        ),
        (
            HEAD + "size = [28, 28, 1]",
            "FILE, line 3: `size` must be height and width, two whole numbers, but got [28, 28, 1]. Write for example "
            "size = [28, 28].",
        ),
        (
            HEAD + "seeds = [1, 2, 1]",
            "FILE: `seeds` must be distinct, but 1 comes 2 times. Keep it once.",
        ),
        (
            'name = "a/b"\ndata = "digits"',
            "FILE, line 1: `name` must be 1 to 80 characters without slashes, one of them a letter or digit, the first "
            "no hyphen, but got 'a/b'. Write for example name = \"optimizers\".",
        ),
        *(
            (
                f'name = "{name}"\ndata = "digits"',
                "FILE, line 1: `name` must be 1 to 80 characters without slashes, one of them a letter or digit, the "
                f"first no hyphen, but got '{name}'. Write for example name = \"optimizers\".",
            )
            for name in ("-x", "..", "_ _")
        ),
        (
            'name = "a"',
            'FILE: `data` must be given, but the file has no such key. Add for example data = "mnist5k".',
        ),
        (
            HEAD + 'select = "test_accuracy"',
            "FILE, line 3: `select` must be one of val_accuracy, val_loss, val_balanced_accuracy, "
            "val_macro_f1, but got 'test_accuracy'. "
            "Did you mean 'val_accuracy'?",
        ),
        (
            HEAD + "arms = 3",
            "FILE, line 3: `arms` must be tables, each written as [[arms]], but got 3. "
            "Write [[arms]] above the options of each arm.",
        ),
        (
            HEAD + "arms = [{ lr = 3 }]",
            f"FILE: arms[1] has no key 'lr'. Did you mean 'learning_rate'? Known are {KEYS}, name.",
        ),
        (
            HEAD + f"dropout = '{'x' * 200}'",
            f"FILE, line 3: `dropout` must be a share from 0 to below 1, but got '{'x' * 79}.... Write for example "
            "dropout = 0.2.",
        ),
        (
            HEAD + f"learning_rate = {[1 + n for n in range(101)]}\nbatch_size = {[1 + n for n in range(20)]}",
            "FILE: a study must have at most 10,000 runs, but got 2,020 arms with 5 seeds each, 10,100 runs. "
            "Shorten the longest lists.",
        ),
        ("name = ", "FILE must be TOML, but it is not: Invalid value (at end of document). Correct that place."),
        (
            "name = " + "[" * 5000,
            "FILE must be a study file, but its brackets are nested too deep. Flatten it.",
        ),
        *(
            (
                HEAD + f"epochs = {number}",
                "FILE must have whole numbers of at most 64 bits, as TOML has them, but one is longer. Shorten it.",
            )
            for number in ("1" + "0" * 5000, "0x" + "f" * 20)
        ),
        *(
            (HEAD + line, f"FILE must have keys of at most 50 dots, but one begins with '{begins}'. Shorten it.")
            for line, begins in (
                (".a" * 60000 + " = 1", (".a" * 20)),
                ("[" + "a." * 60000 + "a]", "[" + ("a." * 20)[:39]),
            )
        ),
    ],
)
def test_what_is_wrong_in_a_study_file_is_said_in_a_sentence(tmp_path, text, sentence):
    assert refusal(tmp_path, text) == sentence


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(SpecError) as refused:
        read_study(path)
    assert str(refused.value) == f"{path} must be a text file in UTF-8, but it is not. Save it as UTF-8."


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(StorageError, match=r"must not be larger than 1,048,576 bytes"):
        read_study(path)


def test_a_huge_product_is_refused_without_being_made(tmp_path):
    lists = "".join(f"{key} = {list(range(1, 1001))}\n" for key in ("epochs", "batch_size", "top_k", "limit"))
    text = refusal(tmp_path, HEAD + lists.replace("limit = [1, ", "limit = ["))
    assert text.startswith("FILE: a study must have at most 10,000 runs, but got 999,000,000,000 arms")


@pytest.mark.parametrize(
    ("steps", "line"),
    [(("name",), 1), (("epochs",), 2), (("arms", 0, "epochs"), 4), (("arms", 1), 5), (("arms", 1, "model"), 6)],
)
def test_lines_are_found_by_key_path(steps, line):
    text = "name = 's'\nepochs = 3\n[[arms]]\n  epochs=4\n[[ arms ]]\n\"model\" = 'mlp'\n"
    assert line_of(text, steps) == line


def test_a_key_within_an_inline_table_has_no_line():
    assert line_of("arms = [{epochs = 3}]", ("arms", 0, "epochs")) is None


def test_the_schema_is_json_and_knows_every_key_and_choice():
    schema = json.loads(json.dumps(json_schema()))
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"name", "data"}
    one, many = schema["properties"]["optimizer"]["anyOf"]
    assert one["enum"] == ["sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam"]
    assert many["items"] == one
    assert set(schema["$defs"]["ArmDocument"]["properties"]) == {*OPTIONS, "name"}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats() | st.sampled_from(["", "sgd", "test", "x y"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "epochs", "lr"]), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*OPTIONS, "seeds", "arms", "size", "margin", "lr"]), PLAIN, max_size=4))
def test_any_content_is_taken_or_refused_in_a_sentence(content):
    said = ""
    try:
        checked({"name": "s", "data": "digits", **content}, place="FILE")
    except SpecError as refused:
        said = str(refused)
    assert said == "" or (said.startswith("FILE: ") and said[-1] in ".?")
