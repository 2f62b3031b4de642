"""Console: people and programs look at what the stages found, and decide.

Takes: the store, the ledger, and what every stage offers.
Gives: web pages and an API, each request within the rights of who sent it.
Start reading at ``permission.py`` and ``scope.py`` (what one may do and see), then ``account.py`` and ``session.py``.
"""
