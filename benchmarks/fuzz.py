"""Changes files for one reader, led by the branches of this package that a change reaches.

    pip install atheris                      # not among the extras: it has wheels for few systems
    python -m benchmarks.fuzz npz --runs 20000
    python -m benchmarks.fuzz --list

It starts from the whole files of `tests/faults/readers.py`. What is raised beside this package's errors ends it with a
traceback and leaves the input in the current folder, as `crash-...`; `-- -rss_limit_mb=1024` and other options of
libFuzzer come behind two hyphens.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

from tests.faults.readers import READERS, read_changed

SECONDS = 20  # that one file may take


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", nargs="?", default="npz", choices=sorted(READERS))
    parser.add_argument("--runs", type=int, default=20_000, help="files to try")
    parser.add_argument("--list", action="store_true", help="names the readers")
    parser.add_argument("options", nargs="*", help="for libFuzzer, behind --")
    options = parser.parse_args()
    if options.list:
        print("\n".join(READERS))
        return
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit("atheris must be installed. Run `pip install atheris`; it has wheels for Linux and some Pythons only.")
    warnings.simplefilter("ignore")
    reader = READERS[options.reader]
    with tempfile.TemporaryDirectory() as folder:
        whole, corpus, place = (Path(folder) / name for name in ("whole", "corpus", "place"))
        whole.mkdir()
        corpus.mkdir()
        with atheris.instrument_imports(include=["classlab"]):  # readers import what they need when they are called
            files = reader.whole(whole)
            for number, (name, content) in enumerate(sorted(files.items())):
                (whole / name).write_bytes(content)
                (corpus / name).write_bytes(bytes([number]) + content)
            for name, content in files.items():
                read_changed(reader, whole, place, name, content)
        names = sorted(files)

        def attempt(data: bytes) -> None:
            if data:  # the first byte chooses whose name the file bears
                read_changed(reader, whole, place, names[data[0] % len(names)], data[1:])

        limits = (f"-runs={options.runs}", f"-timeout={SECONDS}", "-rss_limit_mb=1024")
        atheris.Setup([sys.argv[0], str(corpus), *limits, *options.options], attempt)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
