"""Parsers: from packets to tables of what was said.

Takes: ``PacketBatch``.
Gives: one Arrow table per dataset, with the columns that ``schema.py`` declares.
Start reading at ``schema.py``, then ``dissection.py``, which joins the steps: frames, flows, streams, messages, pairs.
"""
