"""What grouping sees of alerts."""

from __future__ import annotations

import pyarrow as pa

from correlation.alert_facts import encode_texts, read_facts
from tests.support.alerts import SILENT, SPOOFED, STORM, WRITE, make_alert, make_columns


def test_roles() -> None:
    """Clients act on servers, forging servers on clients; where it is not sure there is a suspect at most."""
    alerts = [
        make_alert(WRITE, "10.0.0.9", "10.0.0.1", 0),
        make_alert(SPOOFED, "10.0.0.9", "10.0.0.1", 1),
        make_alert(STORM, "10.0.0.9", "10.0.0.1", 2),
        make_alert(SILENT, None, "10.0.0.1", 3),
    ]
    facts = read_facts(make_columns(alerts))
    roles = [[facts.names[code] for code in codes.tolist()] for codes in (facts.actor, facts.suspect, facts.victim)]
    assert roles == [
        ["10.0.0.9", "10.0.0.1", "", ""],
        ["", "", "10.0.0.9", ""],
        ["10.0.0.1", "10.0.0.9", "10.0.0.1", "10.0.0.1"],
    ]


def test_each_alert_once_in_time() -> None:
    """Alerts are sorted by start and id, and repetitions are dropped."""
    first, second = make_alert(WRITE, "10.0.0.9", "10.0.0.1", 5), make_alert(WRITE, "10.0.0.9", "10.0.0.1", 1)
    facts = read_facts(make_columns([first, second, first]))
    assert facts.table["event.id"].to_pylist() == [second["event.id"], first["event.id"]]
    assert len(facts) == 2


def test_times_that_lack() -> None:
    """An alert without a start or an end of its own has the time it was raised."""
    alert = make_alert(WRITE, "10.0.0.9", "10.0.0.1") | {"event.start": None, "event.end": None}
    facts = read_facts(make_columns([alert]))
    assert facts.start.tolist() == facts.end.tolist() == [alert["@timestamp"]]


def test_codes_of_texts_tell_the_same_as_the_texts() -> None:
    """In one dictionary or in several, with texts that lack and that are empty, in the order they first come."""
    texts = ["b", None, "a", "", "b", "c"]
    alerts = [
        make_alert(WRITE, "10.0.0.9", "10.0.0.1", at) | {"wanglou.alert.dataset": text} for at, text in enumerate(texts)
    ]
    plain = make_columns(alerts)
    at = plain.schema.get_field_index("wanglou.alert.dataset")
    column = plain["wanglou.alert.dataset"].cast(pa.string()).combine_chunks()
    pieces = [column.slice(low, 3).dictionary_encode() for low in (0, 3)]
    coded = plain.set_column(at, "wanglou.alert.dataset", pa.chunked_array(pieces))
    for table in (plain, coded):
        found = encode_texts(read_facts(table), "wanglou.alert.dataset")
        assert (found.codes.tolist(), found.names) == ([0, 1, 2, 1, 0, 3], ["b", "", "a", "c"])
    none = encode_texts(read_facts(coded.slice(0, 0)), "wanglou.alert.dataset")
    assert (none.codes.tolist(), none.names) == ([], [])
