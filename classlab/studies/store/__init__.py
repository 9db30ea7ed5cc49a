"""Where runs, studies and the test-set ledger live: an SQLite database beside folders of files."""

from classlab.options.words import SortKey
from classlab.studies.store.access import open_store, read_ledger
from classlab.studies.store.merge import Merged, merge_stores
from classlab.studies.store.place import store_folder
from classlab.studies.store.run_filter import RunFilter
from classlab.studies.store.store import Store
from classlab.studies.store.study_rows import StudyEntry

__all__ = [
    "Merged",
    "RunFilter",
    "SortKey",
    "Store",
    "StudyEntry",
    "merge_stores",
    "open_store",
    "read_ledger",
    "store_folder",
]
