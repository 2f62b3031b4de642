"""What was typed is kept where a form is refused, and offered to be sent again only where a page of ours sent it."""

from __future__ import annotations

import re

import pytest

from console.visit import CSRF_FIELD, CSRF_HEADER
from tests.support.consoles import Console

HERE = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
FORM = {"id": "alert-0", "comment": "water <pump> 水泵", "password": "do not show"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lost_session_keeps_what_was_typed(console: Console, language: str) -> None:
    """With what to do; secrets are not shown again."""
    answer = console.as_("", language).post("/alerts/triage", data=FORM, headers=HERE)
    assert answer.status_code == 401
    assert "water &lt;pump&gt; 水泵" in answer.text
    assert "do not show" not in answer.text
    assert 'href="/sign-in" target="_blank"' in answer.text


def test_it_can_be_sent_again_after_signing_in(console: Console) -> None:
    """The first time the token is the former one's; the page has the present one."""
    client = console.as_("analyst")
    del client.headers[CSRF_HEADER]
    form = {"theme": "dark", "back": "/alerts"}
    refused = client.post("/look", data={**form, CSRF_FIELD: "former"}, headers=HERE)
    assert refused.status_code == 403
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', refused.text))
    assert fields.items() >= form.items()
    assert client.post("/look", data=fields, headers=HERE).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "http://testserver", "sec-fetch-site": "cross-site"}],
)
def test_another_sites_form_is_not_offered(console: Console, headers: dict[str, str]) -> None:
    """Or one click would send what somebody else wrote."""
    client = console.as_("analyst")
    del client.headers[CSRF_HEADER]
    assert "water" not in client.post("/alerts/triage", data=FORM, headers=headers).text
    assert "water" not in console.as_("").post("/alerts/triage", data=FORM, headers=headers).text


def test_what_is_wrong_is_shown_but_not_sent_again(console: Console) -> None:
    """400: the same would be refused again."""
    client = console.as_("analyst")
    answer = client.post("/incidents/merge", data={"into": "", "note": "my words"}, headers=HERE)
    assert answer.status_code == 400
    assert "my words" in answer.text
    assert 'action="/incidents/merge"' not in answer.text
