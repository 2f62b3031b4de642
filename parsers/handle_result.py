"""What came of a Handle transaction: action, outcome, error, and whether the request came again."""

from __future__ import annotations

import pyarrow as pa

from parsers import handle_cells as at
from parsers.columns import make_keywords
from parsers.handle_cells import Cells
from parsers.handle_names import name_operation
from parsers.handle_pdu import ERRORS
from parsers.handle_rows import PAIRINGS, Halves

_OUTCOMES = ("unknown", "success", "failure")
_ACTIONS = {at.ACT_MALFORMED: "malformed", at.ACT_ENCRYPTED: "encrypted", at.ACT_COMPRESSED: "compressed"}


def make_result_columns(cells: Cells, halves: Halves) -> dict[str, pa.Array]:
    """Columns that tell what was asked for and what came of it; what cannot be read has an action of its own."""
    return {
        "event.action": cells.make_names(at.ACTION, lambda code: _ACTIONS.get(code) or name_operation(code)),
        "event.outcome": cells.make_names(at.OUTCOME, _OUTCOMES.__getitem__),
        "event.duration": cells.make_numbers(at.DURATION, pa.int64()),
        "error.code": cells.make_names(at.ERROR, ERRORS.__getitem__),
        "handle.retransmitted": cells.make_booleans(at.RETRANSMITTED),
        "wanglou.pairing": make_keywords(halves.pairing, PAIRINGS),
    }
