"""R13: whatever stands in a file, its reader gives a value or one of this package's errors."""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.errors import RecordError
from tests.faults.readers import READERS, changed, read_changed

pytestmark = pytest.mark.faults("R13")
SLOW = [HealthCheck.too_slow]  # on a busy machine all is

CHANGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2**20), st.integers(0, 2**20)), min_size=1, max_size=8
)  # fmt: skip
# Their whole file takes a training, or reading one takes long: fewer of them in the quick set.
FEW = ("run folders", "stores", "predictions", "scripts and notebooks")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The whole files of a reader, in a folder of their own; made once."""
    made = {}

    def make(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("whole")
            files = READERS[name].whole(folder)
            for file, content in files.items():
                (folder / file).write_bytes(content)
            made[name] = folder, files
        return made[name]

    return make


@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_is_read_or_refused(name, whole, tmp_path, trials):
    reader, (folder, files) = READERS[name], whole(name)
    examples = trials.count(quick=5 if name in FEW else 15, full=750)

    @settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW)
    @given(file=st.sampled_from(sorted(files)), changes=CHANGES)
    def attempt(file, changes):
        with trials.trial(f"{name}: {file} with {changes}"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read_changed(reader, folder, tmp_path / "place", file, changed(files[file], changes))

    attempt()


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(name, whole):
    """Else the changes would be tried on files that are refused anyway."""
    folder, files = whole(name)
    for file in files:
        with pytest.raises(RecordError, match="digest") if name == "safetensors" else nullcontext():
            READERS[name].read(folder / file)
