"""Sensors: where packets come from.

Takes: capture files (pcap, pcapng; plain, gzip, zstd) and, later, live interfaces.
Gives: ``PacketBatch``, columns over one buffer.
Start reading at ``batch.py``, then ``pcap.py``.
"""
