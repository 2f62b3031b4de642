"""The console: web pages and the API for people, and the worker that reads what they upload.

It takes what every other stage keeps in store and ledger, and is the last stage: nothing imports it but the command
that starts it. Start reading at ``app.py`` for the pages, at ``worker.py`` for the worker.
"""
