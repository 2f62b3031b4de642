"""The dataset ``identifier``: identifiers of the industrial internet seen in any protocol."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

IDENTIFIER = Dataset(
    "identifier",
    "One identifier in one record of another dataset. event.action is resolved, changed or mentioned; addresses, "
    "outcome and packets are those of that record. wanglou.pdu is that record's times 4096, and a number that keeps "
    "identifiers apart.",
    (
        *COMMON,
        Field("identifier.value", "keyword", "The identifier as it was written."),
        Field("identifier.normalized", "keyword", "The identifier in its scheme's normal form, to compare and count."),
        Field(
            "identifier.scheme",
            "keyword",
            "handle, vaa, doi, oid, gtin, sscc, gln and other GS1 keys, epc, did_bid, did_vaa, did_cn or ecode.",
        ),
        Field(
            "identifier.prefix", "keyword", "Who issues it: handle prefix, OID without its last arc, company prefix."
        ),
        Field("identifier.suffix", "keyword", "What is left of it: the object within the prefix."),
        Field("identifier.valid", "boolean", "True when it follows its scheme's rules, check digit and all."),
        Field("identifier.reasons", "keywords", "Rules that it breaks; docs/identifiers.md lists them."),
        Field(
            "identifier.seed_strict",
            "boolean",
            "VAA: true when the park code has 3 characters and the enterprise code at most 20.",
        ),
        Field("identifier.dataset", "keyword", "Dataset of the record that it was seen in."),
        Field("identifier.column", "keyword", "Column of that record that it was seen in."),
        Field("identifier.pdu", "long", "wanglou.pdu of that record."),
    ),
)
