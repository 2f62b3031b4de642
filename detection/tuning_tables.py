"""What the ledger keeps of rules that people tuned, and of traffic that single rules do not look at."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

TUNING = Component("tuning", 2, "detection.migrations")
"""Tables of decisions about rules."""

RULE_TUNINGS = sa.Table(
    "rule_tunings",
    TUNING.metadata,
    sa.Column("rule", sa.String, primary_key=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("is_enabled", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Integer),
    sa.Column("count", sa.Integer),
    sa.Column("timespan_ns", sa.BigInteger),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("bound", sa.BigInteger),
    info={"kind": "rule_tuning"},
)
"""Rules that somebody tuned, by id; NULL leaves what the rule's file says."""
RULE_EXEMPTIONS = sa.Table(
    "rule_exemptions",
    TUNING.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("destination", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    info={"kind": "rule_exemption"},
)
"""Traffic that a rule does not look at; an empty enterprise or address stands for all."""
