"""Run every acceptance check in full and write ``docs/acceptance.md``: the figure against its goal, on this machine.

``python -m tools.accept`` runs all (``make accept``); with names (``parity wheel``) it runs those and writes nothing.
Exit code: 0 all passed, 1 some failed, 2 wrong use.
"""

from __future__ import annotations

import sys
import time

from tools.acceptance.checks import CHECKS
from tools.acceptance.page import PAGE, Result, write_page


def main(names: list[str]) -> int:
    """Run the named checks, or all and write the page; print each verdict as it falls."""
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print(f"no check {', '.join(sorted(unknown))}; the checks are:", *(check.name for check in CHECKS))
        return 2
    results = []
    for check in CHECKS:
        if not names or check.name in names:
            began = time.monotonic()
            print(f"{check.name}: {check.goal} ...", flush=True)
            outcome = check.run()
            results.append(Result(check, outcome, time.monotonic() - began))
            print(f"  {'passed' if outcome.passed else 'FAILED'}: {outcome.measured}", flush=True)
    if not names:
        write_page(results)
        print(f"written: docs/{PAGE.name}")
    return 0 if all(result.outcome.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
