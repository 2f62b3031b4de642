"""The dataset ``dns``: queries and replies of the Domain Name System, over UDP and TCP, and of mDNS and LLMNR."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field


def _list_section(name: str, whose: str) -> tuple[Field, ...]:
    """Columns of one section of the reply; its lists run side by side, one entry a record."""
    return (
        Field(f"dns.{name}_count", "long", f"How many records the header says the {whose} section holds."),
        Field(f"dns.{name}.name", "keywords", f"Owner name of each record of the {whose} section."),
        Field(f"dns.{name}.type", "keywords", f"Type of each record of the {whose} section, or TYPE<n>."),
        Field(f"dns.{name}.class", "keywords", f"Class of each record of the {whose} section, or CLASS<n>."),
        Field(f"dns.{name}.ttl", "longs", f"Time to live of each record of the {whose} section.", "s"),
        Field(f"dns.{name}.data", "keywords", f"Data of each record of the {whose} section, as in a zone file."),
    )


DNS = Dataset(
    "dns",
    "One DNS transaction: a query with its reply, or either alone, or a malformed message.",
    (
        *COMMON,
        Field("wanglou.pairing", "keyword", "paired, no_response, no_request, or malformed."),
        Field("dns.variant", "keyword", "dns, mdns (port 5353) or llmnr (port 5355)."),
        Field("dns.type", "keyword", "answer when a reply was seen, else query."),
        Field("dns.id", "keyword", "Identifier of the message, a decimal number."),
        Field("dns.op_code", "keyword", "QUERY, IQUERY, STATUS, NOTIFY, UPDATE, DSO, or OPCODE<n>."),
        Field("dns.response_code", "keyword", "Response code with its extension of EDNS: NOERROR, NXDOMAIN, ..."),
        Field(
            "dns.header_flags",
            "keywords",
            "AA, TC, RD, RA, AD, CD that are set, and DO of EDNS: of the reply, or of the query when none came.",
        ),
        Field("dns.request.flags", "u16", "Second word of the query's header: all flags, operation and response code."),
        Field("dns.response.flags", "u16", "Second word of the reply's header."),
        Field("dns.request.length", "u16", "Bytes of the query's message, without the length field of TCP.", "bytes"),
        Field("dns.response.length", "u16", "Bytes of the reply's message, without the length field of TCP.", "bytes"),
        Field("dns.questions_count", "long", "How many questions the header says there are."),
        Field("dns.question.name", "keyword", "Name asked for, as sent, special characters escaped (RFC 4343)."),
        Field("dns.question.type", "keyword", "Type asked for: A, AAAA, NAPTR, ...; TYPE<n> without a name."),
        Field("dns.question.class", "keyword", "Class asked for: IN, CH, ANY, ...; CLASS<n> without a name."),
        Field(
            "dns.question.registered_domain",
            "keyword",
            "The domain somebody registered: one label and the top-level domain, by the rule of thumb below.",
        ),
        Field("dns.question.subdomain", "keyword", "What stands before the registered domain."),
        Field(
            "dns.question.top_level_domain",
            "keyword",
            "The last label, or the last two where a country keeps com, gov, edu and the like below its own.",
        ),
        Field("dns.question.name_length", "u16", "Bytes of the name asked for, as on the wire.", "bytes"),
        Field("dns.question.labels", "u8", "Labels of the name asked for."),
        Field("dns.question.unicast_response", "boolean", "mDNS: true when the reply may come to the asker alone."),
        Field("dns.question.more.name", "keywords", "Names of the questions after the first."),
        Field("dns.question.more.type", "keywords", "Types of the questions after the first."),
        Field("dns.question.more.class", "keywords", "Classes of the questions after the first."),
        *_list_section("answers", "answer"),
        *_list_section("authorities", "authority"),
        *_list_section("additionals", "additional"),
        Field("dns.resolved_ip", "keywords", "Addresses of the A and AAAA records of the answer section."),
        Field("dns.known_answers_count", "long", "Records the query itself brings: mDNS known answers, or an update."),
        Field("dns.known_answers.name", "keywords", "Owner name of each record that the query brings, OPT left out."),
        Field("dns.known_answers.type", "keywords", "Type of each record that the query brings."),
        Field("dns.known_answers.data", "keywords", "Data of each record that the query brings."),
        Field("dns.naptr.order", "longs", "Order of each NAPTR record of the reply (RFC 3403)."),
        Field("dns.naptr.preference", "longs", "Preference of each NAPTR record."),
        Field("dns.naptr.flags", "keywords", "Flags of each NAPTR record: u for a URI, s, a, p or none."),
        Field("dns.naptr.services", "keywords", "Services of each NAPTR record, as EPC+epcis."),
        Field("dns.naptr.regexp", "keywords", "Substitution of each NAPTR record."),
        Field("dns.naptr.replacement", "keywords", "Next name of each NAPTR record."),
        Field("dns.edns.version", "u8", "Version of EDNS (RFC 6891), of the query or else the reply."),
        Field("dns.edns.request.udp_size", "u16", "Largest UDP message the asker takes.", "bytes"),
        Field("dns.edns.response.udp_size", "u16", "Largest UDP message the answerer takes.", "bytes"),
        Field("dns.edns.request.options", "longs", "Codes of the EDNS options of the query."),
        Field("dns.edns.response.options", "longs", "Codes of the EDNS options of the reply."),
        Field("dns.edns.client_subnet", "keyword", "Network of the client that the query tells (RFC 7871)."),
        Field(
            "dns.resolution.system",
            "keyword",
            "Identifier resolution the name belongs to: ons (GS1), ors (OID), enum (telephone), reverse (address).",
        ),
        Field("dns.resolution.scheme", "keyword", "Scheme of the identifier: gtin, sgtin, gln, oid, e164, ip, ..."),
        Field("dns.resolution.identifier", "keyword", "Identifier that the name stands for, normalised."),
        Field("dns.resolution.valid", "boolean", "True when the identifier follows its scheme's rules."),
    ),
)
"""Top-level domains are told by a rule of thumb (parsers/dns_names.py); no list of public suffixes is kept."""
