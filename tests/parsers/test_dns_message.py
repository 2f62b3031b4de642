"""What is read of a DNS message."""

from __future__ import annotations

import numpy as np

from parsers import dns_message
from parsers.dns_message import DNS_MESSAGE, ERRORS, RECORD


def test_errors_have_names() -> None:
    """Each number of an error has its own name."""
    assert len(set(ERRORS)) == len(ERRORS) == dns_message.EDNS + 1
    assert (ERRORS[dns_message.POINTER], ERRORS[dns_message.GAP]) == ("compression_pointer", "gap")


def test_fields_are_no_attributes_of_arrays() -> None:
    """A field named as an attribute of numpy's records could not be read in a kernel."""
    names = {*(DNS_MESSAGE.names or ()), *(RECORD.names or ())}
    assert not {name for name in names if hasattr(np.recarray, name)}
