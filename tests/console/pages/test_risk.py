"""The pages of risk."""

from __future__ import annotations

import re

from tests.support.consoles import Console

EXPECTED = re.compile(r'name="expected" value="([0-9a-f]+)"')


def test_parts_of_the_park_add_up(stock: Console) -> None:
    """The points of the table are those of its sum."""
    page = stock.as_("analyst").get("/risk").text
    table = page.partition("<tbody>")[2].partition("</table>")[0]
    points = [float(one) for one in re.findall(r'<td class="is-number">([\d.]+)</td><td class="risk-bar"', table)]
    total = float(re.findall(r"<strong>([\d.]+)</strong>", table)[0])
    assert points
    assert round(sum(points), 2) == total


def test_who_may_not_see_the_park_sees_its_enterprise(stock: Console) -> None:
    """No figure of the park, and none of another enterprise."""
    client = stock.as_("enterprise_user")
    page = client.get("/risk").text
    assert "/risk/enterprises/chem" in page
    assert "/risk/enterprises/machining" not in page
    assert client.get("/risk/enterprises/machining").status_code == 404
    assert client.get("/risk/enterprises/chem").status_code == 200


def test_weights_are_tuned_and_taken_back(stock: Console) -> None:
    """A changed figure is in use and its section the park's; the shipped ones come back."""
    client = stock.as_("analyst")
    expected = EXPECTED.findall(client.get("/risk/weights").text)[0]
    form = {"expected": expected, "exposure.points.internet": "40"}
    assert client.post("/risk/weights", data=form).status_code == 303
    page = client.get("/risk/weights").text
    assert re.search(r'id="field-exposure.points.internet"[^>]* value="40"', page)
    assert page.count("is-local") == 1
    assert client.post("/risk/weights", data=form).status_code == 412
    back = {"expected": EXPECTED.findall(page)[0], "reset": "1"}
    assert client.post("/risk/weights", data=back).status_code == 303
    assert EXPECTED.findall(client.get("/risk/weights").text)[0] == expected


def test_wrong_weights_are_told_beside_their_fields(stock: Console) -> None:
    """422 for what is no number, out of range or out of order; what was typed is kept."""
    client = stock.as_("analyst")
    expected = EXPECTED.findall(client.get("/risk/weights").text)[0]
    for name, value in (
        ("exposure.points.internet", "many"),
        ("exposure.points.internet", "96"),
        ("exposure.points.internet", "nan"),
        ("together.park", "1"),
        ("asset_value.factors.1", "0.9"),
        ("asset_value.unknown", "2.5"),
    ):
        answer = client.post("/risk/weights", data={"expected": expected, name: value})
        assert answer.status_code == 422
        assert f"#field-{name.rsplit('.', 1)[0]}" in answer.text
        assert f'value="{value}"' in answer.text
    assert EXPECTED.findall(client.get("/risk/weights").text)[0] == expected


def test_only_who_may_tune_can(stock: Console) -> None:
    """A responder and an enterprise user read the weights and cannot send others."""
    for name in ("responder", "enterprise_user", "leader"):
        client = stock.as_(name)
        page = client.get("/risk/weights")
        assert page.status_code == 200
        assert "readonly" in page.text
        assert client.post("/risk/weights", data={"expected": "x"}).status_code == 403
