"""What must stand on a cluster before records do: a version we speak, the templates, and how much is to be kept."""

from __future__ import annotations

from collections.abc import Mapping

from correlation.elastic_capture import make_template
from correlation.elastic_check import read_version, require_version
from correlation.elastic_cluster import Cluster
from correlation.elastic_document import Documents, make_document_template
from correlation.elastic_error import failing
from correlation.elastic_mapping import Body, make_templates, put_templates
from correlation.finding import Finding
from correlation.volume import Policy, parse_policies, write_policies

SETTING, VOLUME = "setting", "volume"
"""Kind and id of the document that says how much is kept."""


class Setup:
    """Makes one cluster ready, once, and knows that it is."""

    def __init__(self, cluster: Cluster, documents: Documents, asked: Mapping[str, Policy]) -> None:
        """Prepare ``cluster``; nothing is sent yet. ``asked`` is what its address says of how much is kept."""
        self._cluster, self._documents, self._asked = cluster, documents, asked
        self._policies: Mapping[str, Policy] | None = None
        self._ready = self._is_known = False

    def put(self, keep: str | None = None) -> None:
        """Put the templates in place where they lack or differ, and note how much is to be kept where that is told."""
        chosen = parse_policies(keep, self._cluster.datasets) if keep is not None else None
        read_version(self._cluster)
        with failing(self._cluster.where):
            put_templates(self._cluster.client, self._cluster.where, self.make_templates())
        self._ready = True
        if chosen is not None:
            self._documents.put(SETTING, VOLUME, {"keep": write_policies(chosen)})
            self._policies = None

    def prepare(self) -> None:
        """Put the templates in place, unless that was done."""
        if not self._ready:
            self.put()

    def require_version(self) -> None:
        """Ask once whether this program and the server speak the same."""
        if not (self._ready or self._is_known):
            require_version(self._cluster)
            self._is_known = True

    def make_templates(self) -> dict[str, Body]:
        """Give the templates of all indices, by name."""
        prefix = self._cluster.prefix
        templates = dict([make_template(prefix), make_document_template(prefix)])
        for dataset in self._cluster.datasets.values():
            templates |= make_templates(prefix, dataset)
        return templates

    @property
    def known_policies(self) -> Mapping[str, Policy]:
        """How much is kept as was told last, or by the address: the cluster is not asked."""
        return self._policies if self._policies is not None else self._asked

    @property
    def policies(self) -> Mapping[str, Policy]:
        """How much of each dataset is kept; of those not named, everything. The address goes before the store."""
        if self._policies is None:
            kept = self._documents.get(SETTING, VOLUME)
            told = str(kept.body.get("keep", "")) if kept is not None else ""
            self._policies = {**parse_policies(told, self._cluster.datasets), **self._asked}
        return self._policies

    def look_at_volume(self) -> list[Finding]:
        """Tell how much is kept."""
        return [Finding("volume", "fine", write_policies(self.policies) or "everything is kept")]

    def remove(self) -> None:
        """Remove every index and template that the prefix begins."""
        indices = self._cluster.client.indices
        with failing(self._cluster.where):
            names = list(indices.get(index=f"{self._cluster.prefix}-*", features="aliases"))
            for name in names:
                indices.delete(index=name, ignore_unavailable=True)
            for template in self.make_templates():
                self._cluster.client.options(ignore_status=404).indices.delete_index_template(name=template)
        self._ready = False
