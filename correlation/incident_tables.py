"""What the ledger keeps of incidents: what they tell, what people decided, and which alerts are in which."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

INCIDENTS = Component("incidents", 4, "correlation.migrations")
"""Tables of incidents."""

INCIDENT = sa.Table(
    "incidents",
    INCIDENTS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False, index=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False, index=True),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("assignee", sa.String, nullable=False),
    sa.Column("comment", sa.String, nullable=False),
    sa.Column("level_set", sa.Integer, nullable=False),
    sa.Column("is_touched", sa.Boolean, nullable=False),
    sa.Column("judged", sa.String, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("last_ns", sa.BigInteger, nullable=False),
    sa.Column("alerts", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stage", sa.String, nullable=False, server_default=""),
    sa.Column("level", sa.Integer, nullable=False, server_default="0"),
    sa.Column("class_set", sa.String, nullable=False, server_default=""),
    sa.Column("subclass_set", sa.String, nullable=False, server_default=""),
    info={"kind": "incident"},
)
"""Incidents; ``body`` is the JSON of what their alerts tell, ``stage`` and ``level`` stand in it too."""
sa.Index(
    "ix_incidents_facts",
    *(
        INCIDENT.c[name]
        for name in (
            "status", "severity", "first_ns", "last_ns", "enterprise", "site", "verdict", "assignee", "level_set",
            "level", "stage", "alerts", "id",
        )
    ),
)  # fmt: skip
MEMBERS = sa.Table(
    "incident_alerts",
    INCIDENTS.metadata,
    sa.Column("alert", sa.String, primary_key=True),
    sa.Column("incident", sa.ForeignKey(INCIDENT.c.id), nullable=False, index=True),
)
"""Which alert is in which incident."""
DECISIONS = sa.Table(
    "incident_decisions",
    INCIDENTS.metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    info={"kind": "decision"},
)
"""Merges and splits, in the order they were made."""
SCOPES = sa.Table(
    "incident_scopes",
    INCIDENTS.metadata,
    sa.Column("scope", sa.String, primary_key=True),
    sa.Column("digest", sa.String, nullable=False),
)
"""With what each scope was grouped last."""
CAPTURES = sa.Table(
    "incident_captures",
    INCIDENTS.metadata,
    sa.Column("capture", sa.String, primary_key=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("series", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False),
    sa.Column("alerts_first_ns", sa.BigInteger),
    sa.Column("alerts_last_ns", sa.BigInteger),
)
"""Where each capture was recorded, when its alerts were, and in which scope they are; empty where it has none."""
