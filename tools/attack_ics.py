"""Make ``detection/attack_ics.json``: the techniques of ATT&CK for ICS that rules, alerts and reports may name.

Takes the reduced table of ATT&CK for ICS 18.1 (columns id, name, tactics, status; the tactics in order at its end) and
applies MITRE's crosswalk to v19, which first brought sub-techniques to this matrix: nine techniques were revoked and
issued again as sub-techniques, five parents and nine further sub-techniques were added. The file holds the active
techniques of either version by id, and those retired: deprecated in v18, or revoked in v19 with ``revoked_by``.

Usage: ``python tools/attack_ics.py attack_ics_18.1.tsv [--output detection/attack_ics.json]``
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = {
    "name": "MITRE ATT&CK for ICS",
    "version": "18.1",
    "version_date": "2025-11-13",
    "version_from": "mitre-attack/attack-stix-data, ics-attack 18.1, reduced to id, name, tactics and status",
    "next_version": "19.1",
    "next_version_date": "2026-04-28",
    "next_version_from": "MITRE's crosswalk ics-sub-techniques-crosswalk.json of 2026-04-28 applied to 18.1",
    "notice": "ATT&CK is a registered trademark of The MITRE Corporation; ids and names under MITRE's terms of use.",
}

# Crosswalk of 2026-04-28. v18 techniques that became sub-techniques: old id -> new id.
REVOKED = {
    "T0803": "T1691.001",
    "T0804": "T1691.002",
    "T0855": "T1692.001",
    "T0856": "T1692.002",
    "T0857": "T1693.001",
    "T0839": "T1693.002",
    "T0812": "T1694.001",
    "T0891": "T1694.002",
    "T0805": "T1695.001",
}

# The same crosswalk and the v19.1 matrix: what is new, with its tactics (of a sub-technique: those of its parent).
ADDED_TECHNIQUES = {
    "T1691": ("Block Operational Technology Message", ("Inhibit Response Function",)),
    "T1692": ("Unauthorized Message", ("Evasion", "Impair Process Control")),
    "T1693": ("Modify Firmware", ("Persistence", "Inhibit Response Function", "Impair Process Control")),
    "T1694": ("Insecure Credentials", ("Persistence", "Lateral Movement")),
    "T1695": ("Block Communications", ("Inhibit Response Function",)),
}
ADDED_SUBTECHNIQUES = {
    "T0843.001": "Download All",
    "T0843.002": "Online Edit",
    "T0843.003": "Program Append",
    "T0846.001": "Port Scan",
    "T0846.002": "Broadcast Discovery",
    "T0846.003": "Multicast Discovery",
    "T0873.001": "Siemens Project File Format",
    "T1691.001": "Command Message",
    "T1691.002": "Reporting Message",
    "T1692.001": "Command Message",
    "T1692.002": "Reporting Message",
    "T1693.001": "System Firmware",
    "T1693.002": "Module Firmware",
    "T1694.001": "Default Credentials",
    "T1694.002": "Hardcoded Credentials",
    "T1695.001": "Serial COM",
    "T1695.002": "Ethernet",
    "T1695.003": "Wi-Fi",
}

Technique = dict[str, object]


def read_table(path: Path) -> tuple[dict[str, Technique], list[Technique]]:
    """Read techniques by id, and tactics; raises ``ValueError`` with the line where the table is not as described."""
    techniques: dict[str, Technique] = {}
    tactics: list[Technique] = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if row[:1] == ["#"] and len(row) == 3:
                tactics.append({"id": row[1], "name": row[2]})
            elif len(row) == 4 and row[0].startswith("T0") and row[3] in ("active", "deprecated"):
                techniques[row[0]] = {"name": row[1], "tactics": row[2].split(","), "status": row[3]}
            elif row[:1] != ["id"] and not row[0].startswith("#"):
                raise ValueError(f"{path}:{number}: not a technique and not a tactic: {row}")
    return techniques, tactics


def apply_crosswalk(active: dict[str, Technique]) -> dict[str, Technique]:
    """Make the active techniques of v19 from those of v18."""
    kept = {key: technique for key, technique in active.items() if key not in REVOKED}
    for key, (name, tactics) in ADDED_TECHNIQUES.items():
        kept[key] = {"name": name, "tactics": list(tactics), "status": "active"}
    for key, name in ADDED_SUBTECHNIQUES.items():
        parent = kept[key.partition(".")[0]]
        kept[key] = {**parent, "name": f"{parent['name']}: {name}"}
    return dict(sorted(kept.items()))


def retire(techniques: dict[str, Technique]) -> dict[str, Technique]:
    """List what is no longer to be used: deprecated by v18, or revoked by v19 in favour of another id."""
    retired = {key: {**technique, "since": "v18"} for key, technique in techniques.items() if is_deprecated(technique)}
    for key, successor in REVOKED.items():
        retired[key] = {**techniques[key], "status": "revoked", "since": "v19", "revoked_by": successor}
    return dict(sorted(retired.items()))


def is_deprecated(technique: Technique) -> bool:
    """Tell whether v18 already advises against the technique."""
    return technique["status"] == "deprecated"


def render(path: Path) -> str:
    """Make the JSON text, one technique a line, so that a change of version shows as lines."""
    techniques, tactics = read_table(path)
    active = {key: technique for key, technique in techniques.items() if not is_deprecated(technique)}
    parts = [
        f'  "source": {json.dumps(SOURCE, ensure_ascii=False, indent=2)}'.replace("\n", "\n  "),
        '  "tactics": [\n    ' + ",\n    ".join(json.dumps(tactic) for tactic in tactics) + "\n  ]",
        f'  "v18": {render_rows(active)}',
        f'  "v19": {render_rows(apply_crosswalk(active))}',
        f'  "retired": {render_rows(retire(techniques))}',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def render_rows(rows: Mapping[str, Technique]) -> str:
    """Make a JSON object with one technique a line."""
    lines = [f"    {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in rows.items()]
    return "{\n" + ",\n".join(lines) + "\n  }"


def main() -> int:
    """Write the file that the arguments name."""
    parser = argparse.ArgumentParser(description="Make detection/attack_ics.json from the table of 18.1.")
    parser.add_argument("table", type=Path, help="attack_ics_18.1.tsv")
    parser.add_argument("--output", type=Path, default=Path("detection/attack_ics.json"))
    arguments = parser.parse_args()
    arguments.output.write_text(render(arguments.table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
