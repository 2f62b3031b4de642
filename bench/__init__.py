"""Benchmarks side by side with Suricata and tshark on the same files in the same run: ``python -m bench``."""
