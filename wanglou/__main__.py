"""``python -m wanglou`` is ``wanglou``."""

from __future__ import annotations

from wanglou.cli import start

if __name__ == "__main__":
    start()
