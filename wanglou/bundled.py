"""Where the bundled captures lie: ``pcaps/`` in a checkout, ``wanglou/_captures`` in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from wanglou.errors import WanglouError

_PACKAGE = Path(__file__).resolve().parent
MANIFEST = "manifest.yaml"
"""Name of the file, beside the captures, that tells what each of them holds."""


def captures_folder() -> Path:
    """Find the folder of the bundled captures and their manifest.

    Raises WanglouError where neither is there, as in a wheel that was built from an incomplete tree.
    """
    for folder in (_PACKAGE / "_captures", _PACKAGE.parent / "pcaps"):
        if (folder / MANIFEST).is_file():
            return folder
    raise WanglouError(
        "the bundled captures are missing", where=str(_PACKAGE), do="reinstall wanglou, or run it from a full checkout"
    )
