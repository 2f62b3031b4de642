"""One target in a process of its own: ``python -m tools.fuzz.target NAME CORPUS [libFuzzer options]``."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path


def main(name: str, corpus: str, options: list[str]) -> None:
    """Write the seeds into the folder ``corpus`` and fuzz until libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 - what is imported below is instrumented

    # A warning here is an overflow in a kernel; the hash of spans overflows on purpose.
    warnings.simplefilter("error", RuntimeWarning)
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="parsers.spans")
    with atheris.instrument_imports(include=["parsers"]):
        from tools.fuzz.targets import TARGETS  # noqa: PLC0415 - as above

        run = TARGETS[name].make()
    for number, seed in enumerate(TARGETS[name].collect()):
        Path(corpus, f"seed-{number:03}").write_bytes(seed)
    atheris.Setup([sys.argv[0], corpus, *options], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
