"""Counting the records of files that meet a condition."""

from __future__ import annotations

from collections.abc import Sequence

from correlation.pruning import FileFacts, bound_rows, list_fields
from correlation.query_sql import Condition
from correlation.query_tree import Node
from correlation.reader import Reader, needed_fields
from parsers.schema import Dataset


def count_records(
    reader: Reader, dataset: Dataset, files: Sequence[FileFacts], node: Node, condition: Condition
) -> int:
    """Count the records of these files that meet a condition; those the manifest tells are not read."""
    bounds = [bound_rows(node, facts) for facts in files]
    total = sum(least for least, most in bounds if least == most)
    pairs = zip(files, bounds, strict=True)
    unknown = [segment for facts, (least, most) in pairs if least != most for segment in facts.segments]
    for branch in reader.branches(unknown, needed_fields(dataset, list_fields(node))):
        with reader.cursor() as cursor:
            sql = f"SELECT count(*) FROM ({branch.sql}) WHERE {condition.sql}"  # noqa: S608 - values are parameters
            rows = cursor.execute(sql, [*branch.parameters, *condition.parameters]).fetchall()
            total += rows[0][0]
    return total
