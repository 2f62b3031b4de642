"""The page that imports assets."""

from __future__ import annotations

import re

from tests.support.consoles import Console


def test_faults_are_listed_by_line_and_nothing_is_taken(stock: Console) -> None:
    """In the reader's language, with the text kept."""
    text = "addresses,level,owner\n10.20.1.31,9,a\n10.20.1.12 x,1,b\n"
    for language, words in (("zh", "不是 IP 地址"), ("en", "no IP address")):
        answer = stock.as_("analyst", language).post("/assets/import", data={"text": text, "enterprise": "chem"})
        assert answer.status_code == 422
        assert words in answer.text
        assert re.findall(r'<td class="is-number">(\d+)</td>', answer.text) == ["2", "3"]
        assert text.strip() in answer.text


def test_a_file_is_looked_at_then_taken(stock: Console) -> None:
    """The check tells what would change and changes nothing; the import changes it; empty cells take it back."""
    client = stock.as_("analyst")
    said = {"enterprise": "chem", "text": "addresses,owner,note\n10.20.1.31,张工,\n10.99.0.1,Li,spare\n"}
    looked = client.post("/assets/import", data=said | {"check": "1"})
    assert looked.status_code == 200
    assert "张工" in looked.text
    assert "2 rows" in looked.text
    assert "张工" not in client.get("/assets?q=10.20.1.31&columns=name").text
    assert client.post("/assets/import", data=said).status_code == 303
    assert 'class="row"' in client.get("/assets?q=10.99.0.1").text
    back = said | {"text": "addresses,owner,note\n10.20.1.31,,\n10.99.0.1,,\n"}
    assert client.post("/assets/import", data=back).status_code == 303
    assert 'class="row"' not in client.get("/assets?q=10.99.0.1").text


def test_no_enterprise_is_made_up(stock: Console) -> None:
    """Rows of an enterprise that the park has not are faults."""
    answer = stock.as_("analyst").post("/assets/import", data={"text": "addresses,enterprise\n10.1.1.1,acme\n"})
    assert answer.status_code == 422
    assert "acme" in answer.text


def test_who_may_not_edit_cannot_import(stock: Console) -> None:
    """403 for page and form."""
    client = stock.as_("reviewer")
    assert client.get("/assets/import").status_code == 403
    assert client.post("/assets/import", data={"text": ""}).status_code == 403
