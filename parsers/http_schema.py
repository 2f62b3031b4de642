"""The dataset ``http``: exchanges of HTTP/1.1 (RFC 9110, RFC 9112)."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

HTTP = Dataset(
    "http",
    "One HTTP exchange: a request with its reply, or either alone, or a malformed message.",
    (
        *COMMON,
        Field("wanglou.pairing", "keyword", "paired, no_response, no_request, interim (a 1xx reply) or malformed."),
        Field(
            "http.version", "keyword", "Version of the request, or of the reply where no request was seen: 1.0, 1.1."
        ),
        Field("http.request.method", "keyword", "Method as on the wire."),
        Field("http.request.referrer", "keyword", "Referer header, secrets removed."),
        Field("http.request.mime_type", "keyword", "Media type of the request's body, without parameters, lower case."),
        Field("http.request.bytes", "long", "Head and body of the request as on the wire.", "bytes"),
        Field(
            "http.request.body.bytes", "long", "Body of the request as on the wire, chunk framing left out.", "bytes"
        ),
        Field(
            "http.request.body.content",
            "keyword",
            "Beginning of the request's body where it is text, decoded, secrets removed.",
        ),
        Field(
            "http.request.body.decoded_bytes", "long", "Body after gzip or deflate, as far as it was decoded.", "bytes"
        ),
        Field(
            "http.request.body.sha256",
            "keyword",
            "SHA-256 of the request's body without chunk framing, where all of it was kept.",
        ),
        Field("http.request.transfer_encoding", "keyword", "Transfer-Encoding header of the request."),
        Field("http.request.content_encoding", "keyword", "Content-Encoding header of the request."),
        Field("http.request.header_count", "u16", "Header lines of the request."),
        Field("http.request.authorization.scheme", "keyword", "Scheme of the Authorization header, lower case."),
        Field("http.request.authorization.has_secret", "boolean", "True where a password or token came in clear."),
        Field("http.request.has_cookie", "boolean", "True where the request has a Cookie header."),
        Field("http.request.forwarded_for", "keyword", "X-Forwarded-For header: whom a proxy asked for."),
        Field("http.response.status_code", "u16", "Status code."),
        Field("http.response.reason", "keyword", "Reason phrase."),
        Field("http.response.version", "keyword", "Version of the reply, where it is not the request's."),
        Field("http.response.mime_type", "keyword", "Media type of the reply's body, without parameters, lower case."),
        Field("http.response.bytes", "long", "Head and body of the reply as on the wire.", "bytes"),
        Field("http.response.body.bytes", "long", "Body of the reply as on the wire, chunk framing left out.", "bytes"),
        Field(
            "http.response.body.content",
            "keyword",
            "Beginning of the reply's body where it is text, decoded, secrets removed.",
        ),
        Field(
            "http.response.body.decoded_bytes", "long", "Body after gzip or deflate, as far as it was decoded.", "bytes"
        ),
        Field(
            "http.response.body.sha256",
            "keyword",
            "SHA-256 of the reply's body without chunk framing, where all of it was kept.",
        ),
        Field("http.response.transfer_encoding", "keyword", "Transfer-Encoding header of the reply."),
        Field("http.response.content_encoding", "keyword", "Content-Encoding header of the reply."),
        Field("http.response.header_count", "u16", "Header lines of the reply."),
        Field("http.response.server", "keyword", "Server header: the product the server says it is."),
        Field("http.response.location", "keyword", "Location header: where the client is sent, secrets removed."),
        Field("http.response.authenticate", "keyword", "WWW-Authenticate header: schemes and realm asked for."),
        Field("http.response.has_cookie", "boolean", "True where the reply sets a cookie."),
        Field("http.upgrade", "keyword", "Protocol the connection was switched to (101) or asked to, lower case."),
        Field(
            "http.anomalies",
            "keywords",
            "What is odd in request or reply: both_lengths, several_lengths, bad_length, bad_chunk, obs_fold, "
            "space_before_colon, no_host, several_hosts, bare_lf, bad_header, unknown_coding, bad_coding, "
            "decoded_bound, ratio_bound.",
        ),
        Field(
            "http.api.name", "keyword", "Identifier API spoken: handle_rest, handle_proxy, handle, doip, snms or bid."
        ),
        Field(
            "http.api.action",
            "keyword",
            "What was asked of it: resolve, create, update, delete, list, login and so on.",
        ),
        Field("http.api.operation", "keyword", "Operation by the API's own name: 0.DOIP/Op.Retrieve, the SNMS path."),
        Field("http.api.identifier", "keyword", "Identifier the call is about; the first where it names several."),
        Field("http.api.index", "keyword", "Handle REST: index= of the query, or various."),
        Field("http.api.code", "long", "Result by the API's own numbers: responseCode, code, status or errorCode."),
        Field("http.api.message", "keyword", "Text the API gives with its result."),
        Field("http.api.values", "keywords", "Values resolved: type and text of each, at most 16."),
        Field("url.original", "keyword", "Request target as on the wire, secrets removed."),
        Field("url.path", "keyword", "Path of the target, not decoded, secrets removed."),
        Field("url.query", "keyword", "Query of the target without the question mark, secrets removed."),
        Field("url.domain", "keyword", "Host of the Host header, or of an absolute target."),
        Field("url.port", "u16", "Port of the Host header or of an absolute target, where it is given."),
        Field("user.name", "keyword", "User of Basic authentication or of a login's body; passwords are never kept."),
        Field("user_agent.original", "keyword", "User-Agent header, secrets removed."),
    ),
)
