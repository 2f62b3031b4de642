"""Revisions of the console's tables."""
