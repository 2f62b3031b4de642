"""QR codes (ISO/IEC 18004, by segno) as SVG that stands in a page: no image is fetched and no style is set."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

BORDER = 4
"""Light modules around the code: ISO/IEC 18004, 9.1."""


def draw_code(text: str, label: str) -> Markup:
    """Draw a code of a text, dark on light in either theme, as scanners want it; ``label`` is its name.

    Raises ValueError for a text beyond what a code can hold.
    """
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        out, kind="svg", border=BORDER, dark="#000", light="#fff", xmldecl=False, svgns=False, omitsize=True,
        svgclass=None, lineclass=None, nl=False,
    )  # fmt: skip
    picture = out.getvalue().decode()
    head = Markup('<svg class="code-picture" role="img" aria-label="{}"').format(label)
    return Markup(head + Markup(picture.removeprefix("<svg")))  # noqa: S704 - drawn by segno of modules, not of the text
