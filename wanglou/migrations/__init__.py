"""Revisions of the ledger's own tables: versions (1), the audit (2)."""
