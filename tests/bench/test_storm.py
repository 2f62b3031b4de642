"""Storms of alerts for measuring."""

from __future__ import annotations

from bench.storm import make_storm, measure
from tools.elasticsearch.server import Cluster


def test_a_storm_becomes_a_handful() -> None:
    """Whoever many they are, a few incidents tell it; a storm is the same in every run."""
    for kind, count, most in (("few", 1_000, 50), ("many", 1_000, 50), ("varied", 10_000, 5), ("some", 10_000, 5)):
        storm = make_storm(count, kind)
        assert storm.equals(make_storm(count, kind))
        ((told, _),) = measure(storm, with_store=False)
        assert 1 <= int(told.split(": ")[1].split()[0]) <= most


def test_keeping_them() -> None:
    """With a store it is read, kept, and looked at again."""
    assert len(list(measure(make_storm(100, "few"), with_store=True))) == 3


def test_attackers_apart_are_incidents_apart() -> None:
    """Each on a target of its own, in enterprises of their own."""
    ((told, _),) = measure(make_storm(2_000, "apart"), with_store=False)
    assert int(told.split(": ")[1].split()[0]) > 500


def test_on_a_cluster(elasticsearch: Cluster) -> None:
    """The same, and nothing is left there."""
    storm = make_storm(100, "many")
    on_lake, on_cluster = (
        [what for what, _ in measure(storm, with_store=True, cluster=place)] for place in ("", elasticsearch.urls[0])
    )
    assert on_lake == on_cluster
