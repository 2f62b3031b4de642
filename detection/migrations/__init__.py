"""Revisions of the tables of this stage, one file per component and version; docs/ledger.md tells how to add one."""
