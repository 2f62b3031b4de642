"""Detection: from tables to alerts.

Takes: the Arrow tables of the parsers and the facts of the site.
Gives: ``Alert`` rows, folded by rule, entities and window.
Start reading at ``detector.py``, then ``sigma.py`` and ``window.py``.
"""
