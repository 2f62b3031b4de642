"""A real Elasticsearch server for tests and demonstrations, built from the parts on Maven Central.

It is the server's own code without the optional modules (no scripts, no security, no lifecycle management); it is
fetched on the machine that runs it and never shipped. Nodes listen on loopback only.
"""
