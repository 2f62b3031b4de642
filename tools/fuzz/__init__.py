"""Coverage-guided fuzzing of the parsers with atheris: ``python -m tools.fuzz``, or ``make fuzz`` for half an hour.

Start reading at ``targets`` (what is fuzzed, one line each), then ``harness`` (what a run does with bytes and demands).
"""
