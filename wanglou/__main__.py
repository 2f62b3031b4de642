"""``python -m wanglou`` is ``wanglou``."""

from __future__ import annotations

from wanglou.cli import main

if __name__ == "__main__":
    main()
