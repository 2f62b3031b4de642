"""What the ledger keeps of jobs, of uploads, and of the events that open pages hear of."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

JOBS = Component("jobs", 1, "console.migrations")
"""Tables of jobs, uploads and the feed."""

JOB = sa.Table(
    "jobs",
    JOBS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False, index=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("started_ns", sa.BigInteger, nullable=False),
    sa.Column("finished_ns", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("worker", sa.String, nullable=False),
    sa.Column("beat_ns", sa.BigInteger, nullable=False),
    sa.Column("is_cancelled", sa.Boolean, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    info={"kind": "job"},
)
"""One row per job; ``subject``, ``progress`` and ``outcome`` are JSON, told at ``job.Job``."""
UPLOAD = sa.Table(
    "uploads",
    JOBS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False, index=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("finished_ns", sa.BigInteger, nullable=False),
    sa.Column("capture", sa.String, nullable=False, index=True),
    info={"kind": "upload"},
)
"""One row per upload that takes room, or is about to; ``capture`` is the identity that reading it gave."""
FEED = sa.Table(
    "feed",
    JOBS.metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""The newest events, numbered in the order they were committed; ``body`` is JSON."""
