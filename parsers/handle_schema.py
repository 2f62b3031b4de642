"""The dataset ``handle``: transactions of the Handle protocol (RFC 3652, DO-IRP 3) with the Chinese extensions."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

_TRANSACTION = (
    Field(
        "wanglou.pairing", "keyword", "paired, no_response, no_request, continuation (a further reply) or malformed."
    ),
    Field("handle.transport", "keyword", "udp, tcp or http: what carried the messages."),
    Field("handle.version", "keyword", "Protocol version of the request's envelope (of the reply's when alone): 2.10."),
    Field("handle.response.version", "keyword", "Protocol version of the reply's envelope."),
    Field(
        "handle.suggested_version", "keyword", "Version that the sender of the request suggests; 0.0 in old clients."
    ),
    Field("handle.envelope.flags", "keywords", "compressed, encrypted, truncated: of the request or the reply."),
    Field("handle.request_id", "u32", "Request identifier, chosen by the client and echoed by the server."),
    Field(
        "handle.session_id", "u32", "Session identifier of the request, or the one that the reply assigned; 0: none."
    ),
    Field("handle.request.bytes", "long", "Length of the request with its envelope.", "bytes"),
    Field("handle.response.bytes", "long", "Length of the reply with its envelope.", "bytes"),
    Field("handle.request.fragments", "long", "Datagrams that carried the request, where they were more than one."),
    Field("handle.response.fragments", "long", "Datagrams that carried the reply, where they were more than one."),
    Field("handle.retransmitted", "boolean", "True when a request of the same identifier was still waiting."),
    Field("handle.op.code", "u32", "OpCode of the request (of the reply when alone)."),
    Field("handle.op.name", "keyword", "Name of the OpCode, snake case; op_<n> where no source names one."),
    Field(
        "handle.op.category",
        "keyword",
        "resolution, administration, listing, authentication, session, login, server, replication or metadata.",
    ),
    Field("handle.operation", "keyword", "What is asked for: for an answer to a challenge the challenged operation."),
    Field("handle.response.op.code", "u32", "OpCode of the reply, where it is not the request's."),
    Field("handle.response.code", "u32", "ResponseCode of the reply."),
    Field("handle.response.name", "keyword", "Name of the ResponseCode; response_<n> where no source names one."),
    Field("handle.flags", "keywords", "Names of the OpFlag bits of the request (of the reply when alone)."),
    Field("handle.op_flag", "u32", "OpFlag of the request as a number."),
    Field("handle.response.flags", "keywords", "Names of the OpFlag bits of the reply."),
    Field("handle.response.op_flag", "u32", "OpFlag of the reply as a number."),
    Field("handle.site.serial", "u16", "Site information serial number that the client knows; 65535: none."),
    Field("handle.response.site.serial", "u16", "Site information serial number in the reply."),
    Field("handle.recursion_count", "u8", "Recursion count of the request; clients send 0."),
    Field("handle.expiration", "time", "Expiration time of the request (of the reply when alone)."),
    Field("handle.expires_in", "long", "Seconds from the packet to the expiration; negative: it had passed.", "s"),
    Field("handle.trailing_bytes", "long", "Bytes of the bodies that their layouts do not explain.", "bytes"),
)

_SUBJECT = (
    Field(
        "handle.identifier", "keyword", "Handle asked for or changed; for an answer to a challenge the challenged one."
    ),
    Field("handle.prefix", "keyword", "Part of the identifier before the first slash."),
    Field("handle.suffix", "keyword", "Part of the identifier behind the first slash."),
    Field("handle.suffix_length", "long", "Length of the suffix in bytes, before it is cut for display.", "bytes"),
    Field("handle.indexes", "longs", "Indexes asked for or removed; in an error reply those it speaks of."),
    Field("handle.types", "keywords", "Types asked for."),
    Field("handle.response.identifier", "keyword", "Handle in the reply, where it is not the one asked for (minted)."),
    Field("handle.recursion_auth.present", "boolean", "True when the request carries an identity for recursion."),
    Field("handle.recursion_auth.identity", "keyword", "Identity in it, where it is JSON that names one."),
    Field("handle.referral", "keyword", "Handle that a referral points to; empty text: the global registry."),
    Field("handle.handles", "keywords", "Handles that a listing gave."),
    Field("handle.handle_count", "long", "How many handles a listing says it holds."),
    Field("handle.message", "keyword", "Text of an error reply."),
    Field("handle.transaction_id", "long", "Replication: transaction number of the reply."),
)

_VALUES = (
    Field("handle.value.count", "long", "How many values the message says it holds."),
    Field("handle.value.indexes", "longs", "Index of each value: sent to be stored, or answered."),
    Field("handle.value.types", "keywords", "Type of each value."),
    Field("handle.value.texts", "keywords", "Data of each value: text, a reading of the known types, or hexadecimal."),
    Field(
        "handle.value.ttls", "longs", "Time to live of each value: seconds, or a Unix time where the type is 1.", "s"
    ),
    Field("handle.value.ttl_types", "longs", "0 relative, 1 absolute, of each value."),
    Field(
        "handle.value.permissions",
        "longs",
        "Permission bits of each value: 8 admin read, 4 admin write, 2 and 1 public.",
    ),
    Field("handle.value.timestamps", "longs", "Unix time of each value's last change.", "s"),
    Field("handle.value.references", "keywords", "References of the values, as index:handle."),
    Field("handle.value.urls", "keywords", "Data of the values of type URL."),
    Field("handle.value.secret", "boolean", "True when a secret key (HS_SECKEY) is among the values."),
    Field("handle.value.admin.handles", "keywords", "HS_ADMIN: handle of each administrator."),
    Field("handle.value.admin.indexes", "longs", "HS_ADMIN: key index of each administrator."),
    Field(
        "handle.value.admin.permissions", "longs", "HS_ADMIN: permission bits of each; 4095 is all up to list handles."
    ),
    Field("handle.value.site.serials", "longs", "HS_SITE and its kin: serial number of each."),
    Field("handle.value.site.addresses", "keywords", "HS_SITE and its kin: addresses of the servers."),
    Field(
        "handle.value.site.interfaces", "keywords", "HS_SITE and its kin: protocol://address:port of each interface."
    ),
    Field("handle.value.key.types", "keywords", "HS_PUBKEY: type of each public key."),
    Field("handle.value.key.sha256", "keywords", "HS_PUBKEY and keys of servers: SHA-256 of each public key record."),
)

_AUTHORITY = (
    Field("handle.admin.handle", "keyword", "Handle of who answered the challenge, set up the session or logged in."),
    Field("handle.admin.index", "u32", "Index of the key with which they did so."),
    Field("handle.authentication.kind", "keyword", "none, challenge, session, signature or password."),
    Field("handle.authentication.method", "keyword", "HS_SECKEY or HS_PUBKEY, as the answer to a challenge says."),
    Field(
        "handle.authentication.algorithm",
        "keyword",
        "Digest or MAC of the answer: hmac_sha256, pbkdf2_hmac_sha1 and the like.",
    ),
    Field(
        "handle.challenge.state", "keyword", "issued, accepted, refused, or unanswered (no reply to the answer seen)."
    ),
    Field("handle.challenge.op.code", "u32", "OpCode of the request that was challenged."),
    Field("handle.challenge.op.name", "keyword", "Name of that OpCode."),
    Field("handle.challenge.request_id", "u32", "Request identifier of the request that was challenged."),
    Field("handle.challenge.packet", "long", "Ordinal of the packet in which that request begins."),
    Field("handle.challenge.nonce", "keyword", "Nonce of the challenge, in hexadecimal; at most 32 bytes of it."),
    Field(
        "handle.digest.algorithm", "keyword", "Algorithm of the request digest in the reply: md5, sha1, sha256, old."
    ),
    Field("handle.digest.matches", "boolean", "True when the digest is that of the request that was seen."),
    Field("handle.verify.matches", "boolean", "verify_response: true when the answer under test was right."),
    Field("handle.credential.present", "boolean", "True when the request carries a credential."),
    Field("handle.credential.type", "keyword", "HS_SIGNED, HS_MAC, HS_DIGEST and the like."),
    Field("handle.credential.signer", "keyword", "Handle of the signer; empty for the MAC of a session."),
    Field("handle.credential.index", "u32", "Index of the signer's key, or the counter of the session."),
    Field("handle.credential.algorithm", "keyword", "Digest algorithm that the credential names."),
    Field("handle.response.credential.present", "boolean", "True when the reply carries a credential."),
    Field("handle.response.credential.type", "keyword", "As of the request."),
    Field("handle.response.credential.signer", "keyword", "As of the request."),
    Field("handle.response.credential.index", "u32", "As of the request."),
    Field("handle.response.credential.algorithm", "keyword", "As of the request."),
    Field("handle.session.mode", "keyword", "client_key, server_key, key_from_handle, diffie_hellman or mode_<n>."),
    Field("handle.session.timeout", "u32", "Lifetime that the client asks for.", "s"),
    Field("handle.session.exchange_handle", "keyword", "Handle whose key encrypts the session key."),
    Field("handle.session.exchange_index", "u32", "Index of that key."),
    Field("handle.session.key_type", "keyword", "Type of the public key sent for the exchange."),
    Field("handle.password_present", "boolean", "True when a login sends a password in clear; it is not kept."),
    Field("user.name", "keyword", "User that logs in (OpCodes 2000 and 2001)."),
)

HANDLE = Dataset(
    "handle",
    "One Handle transaction: a request with its reply, or either alone, or a malformed message.",
    (*COMMON, *_TRANSACTION, *_SUBJECT, *_VALUES, *_AUTHORITY),
)
