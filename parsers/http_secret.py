"""Passwords, tokens and keys taken out of texts before they become records.

Where it is not sure how far a secret goes, the rest of the text goes with it and an ellipsis says so.
"""

from __future__ import annotations

import json
import re

from parsers.http_secret_name import HINT, is_secret_name, resolve_escapes

MASK = "***"
"""What stands for a secret."""

_ELLIPSIS = "\u2026"
_DEPTH = 3
"""Texts in texts that are looked into."""
_SECRET_VALUES = ("HS_SECKEY", "PRIVATE KEY-----")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]*")
_USER_INFO = re.compile(r"(?<=://)([^/@\s:?#]{0,256}):[^/@\s?#]{0,256}@")
_CREDENTIALS = re.compile(r"(?i)\b(bearer|basic)(\s{1,8})(?!\w+=)[\w+/=.~-]{4,}")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s{0,64}:\s{0,64})?')
_PART = re.compile(
    r"name\s{0,8}=\s{0,8}[\"']?([^\"'\r\n;<>]{1,256}+)[^\r\n<>]{0,512}+\r?\n(?:[^\r\n]+\r?\n){0,16}\r?\n"
    r"(.*?)(?=\r?\n--|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ELEMENT = re.compile(r"<([\w:.-]{1,256})((?:\s[^<>]*+)?)>")
_ATTRIBUTE = re.compile(r"""([\w:.-]{1,256})(\s{0,8}=\s{0,8})("[^"]*+"?|'[^']*+'?)""")
_PAIR = re.compile(r"""(?<![^&?;#\s,"'<>{}(=:/])([^&?;#\s,"'<>{}(=:]++)["']?\s{0,8}[=:]\s{0,8}""")
_NO_SECRET = re.compile(r'(?:null|true|false|"?\*\*\*"?\u2026?)(?=[&\s,;}\]"<]|\Z)')
_UNQUOTED = re.compile(r"""[^&\r\n<>"'}]*""")
_LABELS = ("name", "key", "id", "field", "param", "parameter")
_HELD = ("value", "val", "data", "content", "text")


def mask_text(text: str) -> str:
    """Replace the values of names that mean secrets, web tokens and passwords in URLs; a text with keys goes."""
    return _mask(text, _DEPTH)


def mask_query(query: str) -> str:
    """Replace the values of a URL's query or a form whose names mean secrets: all up to the next ampersand."""
    if not HINT.search(query):
        return query
    return mask_text("&".join(_mask_pair(pair) for pair in query.split("&")))


def _mask_pair(pair: str) -> str:
    at = 0
    for part in pair.split(";"):
        name, sign, _ = part.partition("=")
        if sign and is_secret_name(name):
            return f"{pair[: at + len(name)]}={MASK}"
        at += len(part) + 1
    return pair


def _mask(text: str, depth: int) -> str:
    if not HINT.search(text):
        return text
    if depth == 0 or any(word in text for word in _SECRET_VALUES):
        return MASK
    masked = _mask_members(text, depth) if '"' in text else text
    masked = _mask_elements(masked) if "<" in masked else masked
    masked = _PART.sub(_mask_part, masked) if "\n" in masked else masked
    if "=" in masked and not re.search(r'[\s<>{}]|^"', masked):
        masked = "&".join(_mask_pair(pair) for pair in masked.split("&"))
    masked = _mask_pairs(masked)
    masked = _CREDENTIALS.sub(rf"\1\2{MASK}", masked)
    masked = _USER_INFO.sub(rf"\1:{MASK}@", _JWT.sub(MASK, masked))
    return _drop_escaped(masked, depth)


def _mask_members(text: str, depth: int) -> str:
    """Mask members of JSON, whole or cut, whatever their value is; a value that does not end takes the rest along."""
    parts, at = [], 0
    names_secret = _labels_secret(text)
    while found := _STRING.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        if not found[2]:
            parts.append(_mask_string(found[0], depth))
            continue
        parts.append(found[0])
        name = resolve_escapes(found[1])
        if not is_secret_name(name) and not (names_secret and name.lower() in _HELD):
            continue
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            return "".join((*parts, MASK, _ELLIPSIS))
        parts.append(text[at:end] if value is None or isinstance(value, bool) else f'"{MASK}"')
        at = end
    return "".join((*parts, text[at:]))


def _labels_secret(text: str) -> bool:
    """True where a member such as ``name`` says that the value beside it is a secret."""
    label = ""
    for found in _STRING.finditer(text):
        if found[2]:
            label = resolve_escapes(found[1]).lower()
        elif label in _LABELS and is_secret_name(found[1]):
            return True
        else:
            label = ""
    return False


def _mask_string(quoted: str, depth: int) -> str:
    """Mask what a string of JSON holds."""
    if "\\" not in quoted:
        return quoted
    try:
        value = json.loads(quoted, strict=False)
    except ValueError:
        return quoted
    masked = _mask(value, depth - 1)
    return quoted if masked == value else json.dumps(masked, ensure_ascii=False)


def _mask_elements(text: str) -> str:
    """Mask the contents and attributes of XML elements; an element that does not end takes the rest along."""
    parts, at = [], 0
    while found := _ELEMENT.search(text, at):
        attributes = _ATTRIBUTE.findall(found[2])
        labelled = any(n.lower() in _LABELS and is_secret_name(v.strip("\"'")) for n, _, v in attributes)
        inside = _ATTRIBUTE.sub(lambda one, held=labelled: _mask_attribute(one, held=held), found[2])
        parts += [text[at : found.start()], f"<{found[1]}{inside}>"]
        at = found.end()
        if not (labelled or is_secret_name(found[1])) or found[2].rstrip().endswith("/"):
            continue
        end = text.find(f"</{found[1]}", at)
        if end < 0 and found[1].lower() not in ("input", "meta"):
            return "".join((*parts, MASK, _ELLIPSIS))
        if end >= 0:
            parts.append(MASK)
            at = end
    return "".join((*parts, text[at:]))


def _mask_attribute(found: re.Match[str], *, held: bool) -> str:
    name = found[1]
    label = name.lower() in _LABELS
    secret = (held and name.lower() in _HELD) or (not label and is_secret_name(name))
    return f"{name}{found[2]}{found[3][0]}{MASK}{found[3][0]}" if secret else found[0]


def _mask_part(found: re.Match[str]) -> str:
    """Mask the value of a multipart field (RFC 7578)."""
    return found[0][: found.start(2) - found.start()] + MASK if is_secret_name(found[1]) else found[0]


def _mask_pairs(text: str) -> str:
    """Mask what follows a secret name and an equals sign or colon, to the end of its quotes, field or line."""
    parts, at = [], 0
    while found := _PAIR.search(text, at):
        parts.append(text[at : found.end()])
        at = found.end()
        if not is_secret_name(found[1]) or _NO_SECRET.match(text, at):
            continue
        quote = next((q for q in ('\\"', '"', "'") if text.startswith(q, at)), "")
        end = text.find(quote, at + len(quote)) if quote else _UNQUOTED.match(text, at).end()  # type: ignore[union-attr]
        parts.append(f"{quote}{MASK}{quote}")
        at = end + len(quote) if end >= 0 else len(text)
    return "".join((*parts, text[at:]))


def _drop_escaped(text: str, depth: int) -> str:
    """Drop what holds a secret once its escapes are resolved."""
    pieces = re.split(r"([&\s])", text)
    for k, piece in enumerate(pieces):
        if not re.search(r"%[0-9a-fA-F]{2}|\\u|&#|&\w+;", piece):
            continue
        plain = resolve_escapes(piece)
        if plain != piece and _mask(plain, depth - 1) != plain:
            name, sign, _ = piece.partition("=")
            pieces[k] = f"{name}={MASK}" if sign and not HINT.search(name) else MASK + _ELLIPSIS
    return "".join(pieces)
