"""What DHCP messages say, as a table: it feeds the dataset ``asset``."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

DHCP = Dataset(
    "dhcp",
    "One DHCP message; event.action is its type: discover, offer, request, ack and so on.",
    (
        *COMMON,
        Field("dhcp.transaction_id", "u32", "Transaction id (xid) the client chose."),
        Field("dhcp.client_mac", "keyword", "Link address of the client (chaddr)."),
        Field("dhcp.client_ip", "ip", "Address the client has (ciaddr)."),
        Field("dhcp.assigned_ip", "ip", "Address the server offers or gives (yiaddr)."),
        Field("dhcp.requested_ip", "ip", "Address the client asks for (option 50)."),
        Field("dhcp.relay_ip", "ip", "Relay agent that passed it on (giaddr)."),
        Field("dhcp.server_id", "ip", "Server the message is from or for (option 54)."),
        Field("dhcp.host_name", "keyword", "Host name of the client (option 12)."),
        Field("dhcp.client_fqdn", "keyword", "Domain name of the client (option 81)."),
        Field("dhcp.domain_name", "keyword", "Domain the server gives (option 15)."),
        Field("dhcp.vendor_class", "keyword", "Vendor class of the client (option 60)."),
        Field("dhcp.client_id", "keyword", "Client identifier (option 61)."),
        Field("dhcp.parameters", "longs", "Options the client asks for (option 55), in its order."),
        Field("dhcp.routers", "keywords", "Routers the server gives (option 3)."),
        Field("dhcp.dns_servers", "keywords", "Name servers the server gives (option 6)."),
        Field("dhcp.lease", "long", "Lease time asked for or given (option 51).", "s"),
    ),
)
