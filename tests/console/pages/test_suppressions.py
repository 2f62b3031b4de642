"""The page of suppressions."""

from __future__ import annotations

import re

from tests.support.consoles import Console


def test_one_is_made_and_lifted(console: Console) -> None:
    """The form keeps what was typed where something is wrong, in the reader's language."""
    client = console.as_("analyst", "zh")
    wrong = client.post("/suppressions", data={"rule": "dns_text_burst", "days": "7", "reason": ""})
    assert wrong.status_code == 422
    assert "抑制需要理由" in wrong.text
    assert 'value="dns_text_burst"' in wrong.text
    data = {"rule": "dns_text_burst", "days": "7", "reason": "检修"}
    assert client.post("/suppressions", data=data).status_code == 303
    page = client.get("/suppressions")
    found = re.search(r"/suppressions/(suppression-[0-9a-f]+)/lift", page.text)
    assert found is not None
    assert client.post(found.group()).status_code == 303
    assert found.group() not in client.get("/suppressions").text


def test_who_may_only_read_has_no_form(console: Console) -> None:
    """An enterprise's user sees an empty state."""
    page = console.as_("enterprise_user").get("/suppressions")
    assert page.status_code == 200
    assert "Nothing is suppressed" in page.text
    assert 'name="reason"' not in page.text
