"""Run acceptance checks in full and write ``docs/acceptance.md``: the figure against its goal, on this machine.

``python -m tools.accept`` runs all (``make accept``), with names (``parity wheel``) only those. Results are kept in
``build/acceptance``, and the page is written from the newest of each check.
Exit code: 0 all that were run passed, 1 some failed, 2 wrong use.
"""

from __future__ import annotations

import sys
import time

from tools.acceptance.checks import CHECKS
from tools.acceptance.page import PAGE, write_page
from tools.acceptance.result import find_kept, keep, make_result


def main(names: list[str]) -> int:
    """Run the named checks, or all; print each verdict as it falls, then write the page."""
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print(f"no check {', '.join(sorted(unknown))}; the checks are:", *(check.name for check in CHECKS))
        return 2
    verdicts = []
    for check in CHECKS:
        if not names or check.name in names:
            began = time.monotonic()
            print(f"{check.name}: {check.goal} ...", flush=True)
            outcome = check.run()
            keep(check.name, make_result(outcome, time.monotonic() - began))
            verdicts.append(outcome.passed)
            print(f"  {'passed' if outcome.passed else 'FAILED'}: {outcome.measured}", flush=True)
    write_page([(check, find_kept(check.name)) for check in CHECKS])
    print(f"written: docs/{PAGE.name}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
