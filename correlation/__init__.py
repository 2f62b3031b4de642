"""Correlation: the store of records and alerts, and the language to ask it.

Takes: the tables of parsers and detection.
Gives: searches, counts and aggregations over them; later incidents and risk.
Start reading at ``store.py`` (the protocol), then ``lake.py`` (the embedded store) and ``query.py``.
"""
