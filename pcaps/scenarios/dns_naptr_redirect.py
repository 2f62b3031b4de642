"""The level above has been taken over: products now resolve to bare addresses on the internet, some by LDAP."""

from __future__ import annotations

from pcaps.scenarios.rig.nameserver import park_servers
from pcaps.scenarios.rig.questioner import make_scenario

SCENARIO = make_scenario("dns_naptr_redirect.pcap.gz", 63, 150, {}, servers=park_servers(redirected=True))
