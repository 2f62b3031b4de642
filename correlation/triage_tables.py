"""What the ledger keeps of alerts that people looked at, and of those nobody wants to see."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

TRIAGE = Component("triage", 1, "correlation.migrations")
"""Tables of triage."""

ALERT_STATES = sa.Table(
    "alert_states",
    TRIAGE.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False, index=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("assignee", sa.String, nullable=False),
    sa.Column("comment", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    info={"kind": "alert"},
)
"""Alerts that somebody took up; those that are not here are new."""
SUPPRESSIONS = sa.Table(
    "suppressions",
    TRIAGE.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("destination", sa.String, nullable=False),
    sa.Column("from_ns", sa.BigInteger, nullable=False),
    sa.Column("until_ns", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    info={"kind": "suppression"},
)
"""Which alerts open no incident, by the time of the alert."""
