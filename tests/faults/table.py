"""The faults that are tried, what shall become of each, and the tests elsewhere that are trials of one.

The tests of `tests/faults` bear the mark themselves. Those of other folders are listed here: one place shows what a
fault is tried by.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault.

    Args:
        fault: what goes wrong.
        outcome: what shall become of it.
        tests: files under `tests`, or single tests as in `file.py::test_name`, each run of which is a trial.
    """

    fault: str
    outcome: str
    tests: tuple[str, ...] = ()


FAULTS = {
    "R1": Fault(
        "the driver is killed amid a sweep or a training",
        "the command given again ends with the table of an undisturbed one; nothing is trained twice",
        ("studies/store/test_crash.py::test_a_killed_writer_leaves_the_old_runs_and_the_next_one_finishes",),
    ),
    "R2": Fault(
        "SIGINT or SIGTERM, once or twice",
        "stops with 130 or 143, the state kept, no process left; the second signal stops at once",
        ("cli/test_interruption.py", "training/tensor/test_sharded.py::test_an_interrupt_ends_the_workers"),
    ),
    "R3": Fault(
        "database, ledger or checkpoint cut anywhere, or a bit of it flipped",
        "the right content, or a refusal that says how to recover",
        (
            "studies/store/test_damage.py",
            "studies/store/test_ledger.py",
            "training/loop/test_resume.py::test_a_flipped_bit_anywhere_in_a_checkpoint_is_refused",
        ),
    ),
    "R4": Fault(
        "the n-th write, flush, rename, folder or removal is refused",
        "exit code 5 and the path, the old state readable, nothing half-written; the command given again succeeds",
        ("files/test_atomic_file.py", "studies/store/test_crash.py::test_a_full_disk_leaves_the_old_state"),
    ),
    "R5": Fault(
        "power is lost: what was not flushed is gone, in any order",
        "every state that the disk can be in opens as the old one or the new one",
    ),
    "R6": Fault(
        "several writers of one folder, a holder that died or sleeps",
        "the second is told who holds it; a dead holder's place is free, a sleeping one is not robbed",
        (
            "files/test_folder_lock.py",
            "studies/store/test_crash.py::test_a_second_writer_is_turned_away_while_readers_read",
            "studies/store/test_crash.py::test_two_writers_in_one_process_are_two_writers",
        ),
    ),
    "R7": Fault(
        "a worker is killed",
        "its work is tried again, then failed with its reason; the others finish",
        (
            "training/tensor/test_sharded.py::test_a_worker_that_is_killed_is_said_in_a_sentence",
            "training/tensor/test_sharded.py::test_workers_do_not_outlive_a_parent_that_is_killed",
            "studies/work/test_places.py::test_a_layer_that_ends_its_process_costs_its_own_run_alone",
            "studies/work/test_places.py::test_a_population_that_loses_a_process_goes_on_with_the_same_figures",
            "studies/work/test_ray_place.py::test_a_worker_that_dies_amid_a_population_costs_nothing",
            "studies/work/test_ray_place.py::test_a_run_that_kills_its_workers_fails_and_its_neighbours_do_not",
            "studies/work/test_ray_place.py::test_a_node_that_is_taken_away_costs_nothing",
        ),
    ),
    "R8": Fault(
        "a run hangs",
        "it ends at its time limit as a failed run with the limit as its reason; the study goes on",
        ("studies/work/test_places.py::test_a_layer_that_never_ends_is_stopped_in_time",),
    ),
    "R9": Fault(
        "degenerate studies and odd values",
        "a refusal with its code, or a run that is kept, opens, and is counted where it diverged",
        (
            "studies/test_odd_values.py",
            "records/test_records_when_made.py",
            "studies/work/test_sweep.py::test_a_run_that_diverges_is_data",
            "studies/work/test_sweep.py::test_one_bad_run_ends_neither_the_study_nor_its_neighbours",
            "studies/work/test_train.py::test_a_diverged_run_is_a_result_like_any_other",
        ),
    ),
    "R10": Fault(
        "a training stops after any epoch and is resumed",
        "the bits of a training without interruption",
        (
            "training/loop/test_resume.py::test_resuming_at_any_epoch_gives_the_uninterrupted_bits",
            "training/loop/test_resume.py::test_resuming_keeps_those_who_ended_and_the_memory_of_early_stopping",
            "training/tensor/test_sharded.py::test_a_resumed_training_ends_in_the_bits_of_an_uninterrupted_one",
            "studies/work/test_train.py::test_an_interrupted_training_resumes_to_the_very_same_runs",
        ),
    ),
    "R11": Fault(
        "another order of arms, another number of threads or processes, Ray in place of this machine",
        "the same bits where they are promised, else figures within rounding",
        (
            "studies/work/test_sweep.py::test_a_run_of_a_study_is_the_run_that_is_trained_alone",
            "training/tensor/test_sharded.py::test_members_learn_the_same_on_several_processes",
            "studies/work/test_ray_place.py::test_the_table_is_the_local_one_and_every_run_is_recorded_once",
        ),
    ),
    "R12": Fault(
        "downloads: 404, 403, 503, silence, cut off, wrong, another page, endless, offline",
        "the next mirror, then code 3; no wrong file at its final name; cached data serve without a network",
        ("datasets/test_download.py",),
    ),
    "R13": Fault(
        "broken and hostile files for every reader",
        "a refusal or a result; never a defect, memory at most 512 MiB above the start",
        (
            "datasets/test_bounded_memory.py",
            "datasets/test_npz.py::test_any_bytes_give_a_dataset_or_one_sentence",
            "files/test_read_file.py",
            "files/test_tensor_file.py",
        ),
    ),
    "R14": Fault(
        "planted `.keras` files and run folders",
        "refused; no code runs, no other file is read or written",
        (
            "models/test_keras_file.py",
            "models/test_keras_reading.py",
            "studies/runs/test_run_check.py",
            "datasets/test_npz.py::test_objects_are_refused_and_no_foreign_code_runs",
        ),
    ),
    "R15": Fault(
        "exports in foreign readers",
        "stock Keras and onnxruntime predict what the run predicts, within 1e-5",
        ("models/test_keras_round_trip.py", "models/test_onnx_export.py", "models/test_keras_export.py"),
    ),
    "R16": Fault(
        "a hostile page asks the local server",
        "4xx and no change; the same request from our own page passes",
        ("web/test_gate.py",),
    ),
    "R17": Fault(
        "path tricks in every id of an address",
        "404; never a byte from outside",
        ("web/test_opaque.py", "web/test_downloads.py"),
    ),
    "R18": Fault(
        "bodies and drawings that are too large, no JSON or no numbers",
        "400 or 413; the server stays",
        (
            "web/test_gate.py::test_a_body_that_is_too_large_is_refused",
            "web/test_gate.py::test_a_large_body_that_comes_in_pieces_is_refused_as_soon_as_it_is_too_large",
            "web/test_gate.py::test_a_body_that_is_no_json_object_is_a_sentence",
            "web/test_gate.py::test_a_defect_is_told_and_the_page_stays",
            "web/test_answers.py::test_what_cannot_be_answered_is_refused_by_a_sentence",
            "web/test_answers.py::test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked",
            "web/test_answers.py::test_what_is_no_question_is_refused",
        ),
    ),
    "R19": Fault(
        "scripts in names of studies, arms, classes and files",
        "inert text; no request leaves the page",
        (
            "reports/test_html.py::test_a_hostile_text_stays_text_in_every_field",
            "reports/test_html.py::test_hostile_names_of_studies_arms_classes_and_openings_stay_text",
            "reports/test_html.py::test_a_page_needs_no_network_and_forbids_it",
            "web/test_strange_runs.py",
            "browser/test_offline_page.py::test_names_of_strangers_stay_names",
            "browser/test_pages.py::test_every_page_shuts_nobody_out_fits_its_screen_and_asks_nobody_else",
            "browser/test_reports.py::test_a_report_shuts_nobody_out_fits_its_screen_and_asks_for_nothing",
        ),
    ),
    "R20": Fault(
        "files of other versions, odd environments, closed and full streams",
        "older files open, newer ones are refused with code 4; commands work or say why not",
        (
            "test_version_0_1_0.py",
            "test_trained_on_pytorch.py",
            "records/test_older_layouts.py",
            "studies/store/test_damage.py::test_a_newer_layout_asks_for_an_upgrade",
            "cli/test_streams.py",
            "packaging/test_light_core.py",
            "packaging/test_other_systems.py",
        ),
    ),
    "lines": Fault(
        "command lines put together at random",
        "a documented exit code and a sentence, never a defect",
    ),
}


# What the README promises, and the faults by which each promise is tried.
PROMISES = {
    "A run that was reported as finished is not lost by a kill, a crash or a full disk.": (
        "R1",
        "R2",
        "R4",
        "R5",
        "R7",
    ),
    "A study or training that was stopped and is given again ends with the table of one that was not.": (
        "R1",
        "R10",
        "R11",
    ),
    "A file at its final name is whole.": ("R3", "R4", "R5"),
    "No file that is read runs code, reads other files, or takes more than 512 MiB beyond the start.": ("R13", "R14"),
    "A page in the same browser cannot talk to the page of `classlab serve`.": ("R16", "R17", "R19"),
    "Data that were downloaded once serve without a network.": ("R12",),
    "An error says what, where and what to do, with a code that `classlab --help` lists.": ("R9", "R20", "lines"),
}


def faults_of(node: str) -> list[str]:
    """The faults that a test elsewhere is a trial of, by its name within the project."""
    place = node.partition("tests/")[2].partition("[")[0]
    file = place.partition("::")[0]
    return [name for name, fault in FAULTS.items() if place in fault.tests or file in fault.tests]
