"""Run the server while a command runs, or until interrupted: ``python -m tools.elasticsearch [OPTIONS] [COMMAND...]``.

The command finds the addresses in the variable ``WANGLOU_STORE``, joined by commas, and in ``WANGLOU_LEDGER``, unless
that is set, the file of a ledger beside the server's data; its exit code becomes ours.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.elasticsearch.artifacts import make_home
from tools.elasticsearch.server import run_cluster


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.elasticsearch", description=__doc__)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="how many nodes")
    parser.add_argument("--port", type=int, default=0, help="port of the first node; any free one by default")
    parser.add_argument("--data", type=Path, help="keep the data in this folder; in a temporary one by default")
    parser.add_argument("--fetch", action="store_true", help="only fetch and build the server")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run meanwhile")
    return parser.parse_args()


def main() -> int:
    """Fetch, start, run, stop."""
    arguments = parse_arguments()
    home = make_home()
    if arguments.fetch:
        print(home)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="wanglou-es-") as temporary:
        return run(arguments.data or Path(temporary), arguments.nodes, arguments.port, arguments.command)


def run(folder: Path, nodes: int, port: int, command: list[str]) -> int:
    """Run the command beside the server, or wait for an interrupt; gives the exit code."""
    with run_cluster(folder, nodes, port) as cluster:
        stores = ",".join(cluster.urls)
        if command:
            ledger = {
                "WANGLOU_LEDGER": str(folder / "ledger.db")
            }  # it serves one store: it stays and goes with this one
            environment = {**ledger, **os.environ, "WANGLOU_STORE": stores}
            return subprocess.run(command, env=environment, check=False).returncode
        print(f"Elasticsearch answers at {stores} until this program is interrupted", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
