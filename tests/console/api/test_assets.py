"""The API of assets."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

from starlette.testclient import TestClient

from tests.support.consoles import EVER, Console

LIST = "/api/v1/assets"


def first(program: TestClient, query: str = "type=plc") -> str:
    """Give the path of the first asset of a list."""
    return f"{LIST}/{program.get(f'{LIST}?{query}').json()['items'][0]['id']}"


def test_cursors_lead_through_all_assets_once(stock: Console) -> None:
    """Page by page the same as at once, in every order."""
    program = stock.program("analyst")
    for sort in ("-risk", "name", "address", "-last", "level"):
        base = f"{LIST}?scope=all&sort={sort}"
        whole = [one["id"] for one in program.get(f"{base}&limit=500").json()["items"]]
        found, cursor = [], ""
        while cursor is not None:
            page = program.get(f"{base}&limit=3&{urlencode({'cursor': cursor})}").json()
            found += [one["id"] for one in page["items"]]
            cursor = page["next"]
        assert found == whole
        assert len(set(found)) == len(found) > 3


def test_an_edit_needs_the_etag_that_was_read(stock: Console) -> None:
    """428 without one, 412 with an old one, else the change and a new one; null takes it back."""
    program = stock.program("analyst")
    path = first(program)
    etag = program.get(path).headers["etag"]
    assert program.patch(path, json={"owner": "Li"}).status_code == 428
    changed = program.patch(path, json={"owner": "Li", "level": 3.5, "reason": "x"}, headers={"if-match": etag})
    assert (changed.json()["asset"]["owner"], changed.json()["asset"]["level"]) == ("Li", 3.5)
    assert {"level", "owner"} <= set(changed.json()["stated"])
    assert program.patch(path, json={"owner": "Wu"}, headers={"if-match": etag}).status_code == 412
    history = program.get(f"{path}/history").json()["items"]
    assert {(one["field"], one["after"]) for one in history} >= {("owner", "Li"), ("level", 3.5)}
    back = {"if-match": changed.headers["etag"]}
    assert program.patch(path, json={"owner": None, "level": None}, headers=back).headers["etag"] == etag


def test_what_no_asset_can_be_is_refused(stock: Console) -> None:
    """Wrong values, parameters and points get problems, and change nothing."""
    program = stock.program("analyst")
    path, match = first(program), {"if-match": "*"}
    wrong: tuple[object, ...] = ({"level": 9}, {"criticality": 6}, {"owner": "x" * 600}, [], "x")
    for body in wrong:
        assert program.patch(path, json=body, headers=match).status_code == 422
    for told in ({"type": "toaster"}, {"level": 2.5}, {"owner": "a\u0000b"}):
        assert program.patch(path, json=told, headers=match).status_code == 400
    assert program.get(f"{path}/values?point=x").status_code == 400
    assert program.get(f"{LIST}/asset-000000000000").status_code == 404
    assert program.get(f"{LIST}?sort=colour").status_code == 422


def test_csv_has_all_assets_and_is_read_again(stock: Console) -> None:
    """A byte order mark, headers of the reader's language, a line for each asset."""
    client = stock.as_("analyst", "zh")
    answer = client.get(f"{LIST}.csv?scope=all")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    items = stock.program("analyst").get(f"{LIST}?scope=all&limit=500").json()["items"]
    assert {row["资产编号"] for row in rows} == {one["id"] for one in items}
    assert answer.text.startswith("\ufeff")


def test_dealings_points_and_values_agree(stock: Console) -> None:
    """A controller serves Modbus to somebody, and its points have as many values as records that told one."""
    program = stock.program("analyst")
    items = program.get(f"{LIST}?type=plc").json()["items"]
    dealings = [program.get(f"{LIST}/{one['id']}/dealings?{EVER}").json() for one in items]
    assert any(service["protocol"] == "modbus" for one in dealings for service in one["serves"])
    for one in dealings:
        assert sum(it["traffic"]["flows"] for it in one["serves"]) == sum(
            it["traffic"]["flows"] for it in one["incoming"]
        )
    points = [
        (one["id"], point)
        for one in items
        for point in program.get(f"{LIST}/{one['id']}/points?{EVER}").json()["items"]
    ]
    assert points
    for identity, point in points[:5]:
        query = urlencode({"point": point["point"]})
        values = program.get(f"{LIST}/{identity}/values?{EVER}&{query}").json()["items"]
        assert len(values) <= point["records"]


def test_facets_count_all_assets(stock: Console) -> None:
    """Each facet adds up to the list."""
    program = stock.program("analyst")
    total = len(program.get(f"{LIST}?limit=500").json()["items"])
    facets = program.get(f"{LIST}/facets").json()["facets"]
    assert {sum(one["count"] for one in values) for values in facets.values()} == {total}


def test_a_csv_file_is_imported_or_told_what_is_wrong(stock: Console) -> None:
    """GB 18030 too; a trial changes nothing; 422 has the faults by line."""
    program = stock.program("analyst")
    path, kind = f"{LIST}/import?enterprise=chem", {"content-type": "text/csv"}
    content = "addresses,owner\n10.20.1.31,李工\n".encode("gb18030")
    trial = program.post(f"{path}&check=true", content=content, headers=kind).json()
    assert trial == {"rows": 1, "changed": 1, "declared": 0, "is_taken": False}
    assert program.post(path, content=content, headers=kind).json()["is_taken"]
    assert program.post(path, content=content, headers=kind).json()["changed"] == 0
    assert program.get(f"{LIST}?q=李工").json()["items"]
    back = program.post(path, content=b"addresses,owner\n10.20.1.31,\n", headers=kind)
    assert back.json()["changed"] == 1
    wrong = program.post(path, content=b"addresses\n10.20.1.31 x\n", headers=kind)
    assert wrong.status_code == 422
    assert [fault["line"] for fault in wrong.json()["faults"]] == [2]
    for content in (b"", b"\xff\xfe\x00", b"\x00" * 100, b'"' * 1000):
        assert program.post(path, content=content, headers=kind).status_code == 422
