"""Rules drafted from queries."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import yaml

from console.views.hunt import find_records, read_hunt
from console.views.rule_draft import draft_rule
from detection.ruleset import load_rules
from tests.support.consoles import EVER, Console
from tests.support.hunting import visit_of

QUERY = "event.action:write* AND (source.ip:192.168.0.0/16 OR modbus.unit_id:[1 TO 9]) AND NOT destination.port:503"


def test_a_draft_loads_once_it_is_completed(console: Console, tmp_path: Path) -> None:
    """With technique and silent records it is a rule, and the record found proves it."""
    visit = visit_of(console, f"{EVER}&{urlencode({'dataset': 'modbus', 'q': QUERY})}")
    hunt = read_hunt(visit, 1)
    rule = yaml.safe_load(draft_rule(visit, hunt, find_records(visit, hunt).records[0]))
    assert rule["wanglou"]["fires"]
    rule["wanglou"] |= {"attack": {"v18": ["T0836"], "v19": ["T0836"]}, "silent": [{"event.action": "read_coils"}]}
    rule |= {"tags": ["attack.t0836"], "references": ["x"]}
    assert rule["wanglou"]["zh"]["description"]
    (tmp_path / "hunt_modbus.yml").write_text(yaml.safe_dump(rule, sort_keys=False))
    assert [one.name for one in load_rules([tmp_path], None).rules] == ["hunt_modbus"]
