"""Secrets in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_secret import MASK, mask_query, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"username":"a","password":"pw123456"}', '{"username":"a","password":"***"}'),
        ('{"password" : "a\\"b", "n":1}', '{"password" : "***", "n":1}'),
        ('{"token": "cut off', '{"token": ***\u2026'),
        ("user=a&password=x+y&z=1", "user=a&password=***&z=1"),
        ("<password>abc</password>", "<password>***</password>"),
        ('name="password"\r\n\r\nabc\r\n--', 'name="password"\r\n\r\n***\r\n--'),
        ("access_token=abc.def&x=1", "access_token=***&x=1"),
        ('{"data":"eyJhbGciOiJI.eyJzdWI.abc"}', '{"data":"***"}'),
        ("http://user:pw@host/x?sign=12&design=3", "http://user:***@host/x?sign=***&design=3"),
        ('{"type":"HS_SECKEY","data":{"value":"00"}}', MASK),
        ("-----BEGIN PRIVATE KEY-----", MASK),
        ("resetPasswordToken: abc", "resetPasswordToken: ***"),
        ('{"password":12345}', '{"password":"***"}'),
        ('{"password":["a",{"b":"c"}],"n":1}', '{"password":"***","n":1}'),
        ('{"a":[{"credentials":{"u":"x"}}],"password":null}', '{"a":[{"credentials":"***"}],"password":null}'),
        ('{"pass\\u0077ord":"x"}', '{"pass\\u0077ord":"***"}'),
        ('{"password":["a","b', '{"password":***\u2026'),
        ('{"m":"{\\"password\\":\\"x\\"}"}', '{"m":"{\\"password\\":\\"***\\"}"}'),
        ('{"name":"password","value":"x"}', '{"name":"password","value":"***"}'),
        ('{"secretKey":"x","publicKeyId":1}', '{"secretKey":"***","publicKeyId":1}'),
        ("pass=a", "pass=***"),
        ("key=a&b=1", "key=***&b=1"),
        ("ak=a;b&sk=c", "ak=***&sk=***"),
        ("accessToken=a", "accessToken=***"),
        ("password[]=a&user[password]=b&x=1", "password[]=***&user[password]=***&x=1"),
        ("user%5Bpassword%5D=a&p%252561ssword=b", "user%5Bpassword%5D=***&p%252561ssword=***"),
        ("u=http%3A%2F%2Fh%2F%3Ftoken%3Dx&z=1", "u=***&z=1"),
        ("/l%3Bpassword%3Dx", "***\u2026"),
        ('<w:Password Type="t">a</w:Password><a>b</a>', '<w:Password Type="t">***</w:Password><a>b</a>'),
        (
            '<param name="password" value="a"/><u password="b">',
            '<param name="password" value="***"/><u password="***">',
        ),
        ("<password>cut", "<password>***\u2026"),
        (
            'name="pwd"\r\nContent-Type: a/b\r\nX: y\r\n\r\nabc\r\n--',
            'name="pwd"\r\nContent-Type: a/b\r\nX: y\r\n\r\n***\r\n--',
        ),
        ("Agent/1 (token=a; x)", "Agent/1 (token=***"),
        ("Agent/1 Bearer abcdefgh", "Agent/1 Bearer ***"),
        ("Authorization: Basic dTpw", "Authorization: ***"),
        ("note: token=a", "note: token=***"),
        ("user:password=nullx", "user:password=***"),
        ("{'password': 'a'}", "{'password': '***'}"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    """Values of telling names go; names and the rest stay."""
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        '{"assign":"x","bypass":"q"}',
        "publicOnly=true&auth=1",
        "passwordless login",
        "/a%20b?x=1%2F2",
        'Basic realm="x"',
        "Mozilla/5.0 (X11; Linux) http://a/b",
        '{"handle":"88.1/x"}',
        "a=b&c",
        "",
    ],
)
def test_other_texts_stay(text: str) -> None:
    """What only looks alike is left as it is."""
    assert mask_text(text) == text
    assert mask_query(text) == text


@given(st.text("abc123-._~%", min_size=4, max_size=20), st.sampled_from(["password={}", "x=1&pwd={}&y=2", "token={}"]))
def test_no_value_survives(value: str, query: str) -> None:
    """Whatever the value, it is not in the text any more."""
    assert value not in mask_query(query.format(value)).replace("password", "").replace("token", "")


@given(st.text(max_size=80) | st.text("\"{}[]:,=&;%<>/\\\\'\r\n \u0070asword-", max_size=80))
def test_any_text_is_masked(text: str) -> None:
    """No text raises."""
    assert isinstance(mask_text(text), str)
    assert isinstance(mask_query(text), str)
