"""The pages of the network: topology and conversations."""

from __future__ import annotations

import re

import pytest

from tests.support.consoles import EVER, Console


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_topology_has_a_lane_for_each_level(stock: Console, language: str) -> None:
    """Zones as boxes that lead to their assets, conduits as lines that lead to their conversations."""
    page = stock.as_("analyst", language).get(f"/assets/topology?{EVER}")
    assert page.status_code == 200
    assert page.text.count('class="zone"') >= 3
    assert 'class="conduit' in page.text
    for address in re.findall(r'<a class="zone" href="([^"]+)"', page.text):
        listed = stock.as_("analyst").get(address.replace("&amp;", "&"))
        assert 'class="row"' in listed.text


def test_a_conduit_leads_to_its_conversations(stock: Console) -> None:
    """The matrix narrowed to two zones adds up to no more than the whole."""
    client = stock.as_("analyst")
    page = client.get(f"/assets/topology?{EVER}").text
    address = re.findall(r'href="(/assets/conversations\?[^"]*between=[^"]+)"', page)[0].replace("&amp;", "&")
    narrowed, whole = client.get(address).text, client.get(f"/assets/conversations?{EVER}&size=40").text
    assert 0 < narrowed.count("is-heat-") - 5 <= whole.count("is-heat-") - 5


def test_wrong_zones_are_told(stock: Console) -> None:
    """400 for a level that is no number; a zone that is not there is empty."""
    client = stock.as_("analyst")
    assert client.get(f"/assets/conversations?{EVER}&between=a%7Cb%7Cx").status_code == 400
    assert client.get(f"/assets/conversations?{EVER}&between=a%7Cb%7C1,c%7Cd%7C2").status_code == 200


def test_another_enterprise_is_not_drawn(stock: Console) -> None:
    """An enterprise user sees its own zones, whatever enterprise the address names."""
    client = stock.as_("enterprise_user")
    for path in ("topology", "conversations"):
        page = client.get(f"/assets/{path}?{EVER}&enterprise=machining")
        assert page.status_code == 200
        assert 'class="zone"' not in page.text
        assert 'scope="row"' not in page.text
