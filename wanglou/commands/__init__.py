"""The commands of the command line, one module each, and what they print with.

Takes: arguments that typer has read, and the appliance and the lake below.
Gives: tables, NDJSON and exit codes.
Start reading at ``terminal.py`` (what every command prints with), then ``replay.py``.
"""
