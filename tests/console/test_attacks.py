"""What somebody hostile tries, over every route there is: each comes to nothing, and no answer is a fault."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from console.app import WIDER_BODIES
from console.assets import PREFIX
from console.routing import API_PREFIX
from console.session import make_csrf
from console.visit import CSRF_HEADER, FORM_COOKIE, SESSION_COOKIE
from tests.support.accounts import ADMIN, PASSWORD
from tests.support.consoles import Console, open_console
from tests.support.routes import PLACE, SAFE, changing, fill, routes
from wanglou.audit_rows import Asked, list_rows

PATHS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/ledger.db",
    "....//....//console.key",
    "..%5c..%5cwindows",
    "%00",
    "a%00.html",
    "%c0%ae%c0%ae%2f",
    "a" * 4_000,
    "%ff%fe",
    "x%0d%0aSet-Cookie:%20a=b",
    "'%20OR%201=1--",
    "{{7*7}}",
    "%F0%9F%92%A9",
    "-1",
    "0",
    "99999999999999999999999999",
)
"""Segments that mean something to files, headers, SQL, templates or numbers."""
LEAKS = ("root:x:0", "SQLite format 3", "Traceback (most recent call last)", "sqlalchemy", 'File "')
"""What no answer holds."""
ROLES = ("park_admin", "analyst", "auditor", "enterprise_user")
QUIET = ("session.", "account.refused", "account.signed_in", "export.", "packets.")
"""Beginnings of what the audit holds of those who change nothing else."""


@pytest.fixture(scope="module")
def console(console_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console of its own: what comes through changes it for no other test."""
    folder = tmp_path_factory.mktemp("attacks") / "lake"
    shutil.copytree(console_lake, folder)
    with open_console(folder) as opened:
        yield opened


def count_audit(console: Console) -> int:
    """Count what was changed but for sessions, sign-ins and downloads."""
    with console.services.ledger.reading() as connection:
        kinds = [row.action for row in list_rows(connection, Asked())]
    return len([name for name in kinds if not name.startswith(QUIET)])


def test_no_form_is_taken_without_its_token(console: Console) -> None:
    """Neither from pages nor by the API: not without a token, with another session's, or from another site."""
    _, other = console.enter("leader")
    client = console.as_("analyst")
    right = client.headers[CSRF_HEADER]
    before = count_audit(console)
    wrong = []
    for one in changing(console):
        for headers in (
            {CSRF_HEADER: ""},
            {CSRF_HEADER: other},
            {CSRF_HEADER: right, "origin": "https://evil.example"},
            {CSRF_HEADER: right, "sec-fetch-site": "cross-site"},
        ):
            status = client.request(one.method, fill(one.path), headers=headers).status_code
            if status != 403:
                wrong.append((one, headers, status))
    assert wrong == []
    assert count_audit(console) == before


def test_reading_changes_nothing(console: Console) -> None:
    """No GET leaves a trace in the audit, so no picture or link of another site can change something."""
    before = count_audit(console)
    for role in ROLES:
        client = console.as_(role)
        for one in routes(console):
            if one.method in SAFE:
                client.request(one.method, fill(one.path))
    assert count_audit(console) == before


@pytest.mark.parametrize("role", ROLES)
def test_paths_lead_nowhere_else(console: Console, role: str) -> None:
    """Whatever stands where an id should: no file, no header of the sender's, no trace of the program."""
    client = console.as_(role)
    wrong = []
    for one in routes(console):
        if not PLACE.search(one.path):
            continue
        for text in PATHS:
            answer = client.request(one.method, fill(one.path, text))
            if answer.status_code >= 500 or "set-cookie: a" in str(answer.headers) or leaks(answer.text):
                wrong.append((one, text[:40], answer.status_code))
    assert wrong == []


def test_files_are_those_of_the_console_only(console: Console) -> None:
    """Static files come from their folder; what stands beside it is not there."""
    client = console.as_("analyst")
    for text in PATHS:
        answer = client.get(f"{PREFIX}/{text}")
        assert answer.status_code in (400, 404, 405), text[:40]
        assert not leaks(answer.text)
    for path in ("../app.py", "%2e%2e/app.py", "css/../../app.py", "..%2fapp.py"):
        assert client.get(f"{PREFIX}/{path}").status_code == 404


def leaks(text: str) -> bool:
    """True where an answer holds what no answer should."""
    return any(one in text for one in LEAKS)


HOSTILE = (
    "a\r\nSet-Cookie: evil=1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "{{7*7}}",
    "\u202e\u0000",
    "A" * 1_000,
    "' OR 1=1 --",
    "%s%n%d",
)
"""Values of parameters and fields."""
NAMES = (
    "q",
    "from",
    "to",
    "cursor",
    "limit",
    "sort",
    "columns",
    "selected",
    "state",
    "severity",
    "next",
    "back",
    "name",
)


def test_parameters_are_shown_as_text_and_lead_nowhere(console: Console) -> None:
    """No parameter becomes a header, a tag or a way to another site, on any page."""
    wrong = []
    for role in ("park_admin", "analyst", "auditor"):
        client = console.as_(role)
        for one in routes(console):
            if one.method != "GET":
                continue
            for text in HOSTILE:
                answer = client.get(fill(one.path), params=dict.fromkeys(NAMES, text))
                if answer.status_code >= 500 or is_hurt(answer.text, dict(answer.headers)):
                    wrong.append((one.path, text[:30], answer.status_code))
    assert wrong == []


def test_fields_are_taken_as_text_and_lead_nowhere(console: Console) -> None:
    """The same of forms: addresses to go back to are followed within the console only."""
    wrong = []
    clients = [console.as_(role) for role in ROLES]
    forms = [one for one in changing(console) if not one.is_api]
    for client, one, text in product(clients, forms, HOSTILE):
        answer = client.post(fill(one.path), data=dict.fromkeys((*NAMES, "id", "label", "reason"), text))
        if answer.status_code >= 500 or is_hurt(answer.text, dict(answer.headers)):
            wrong.append((one.path, text[:30], answer.status_code))
    assert wrong == []


TAGS = ("<script>alert", "<img src=x", 'href="javascript:', ">49<")
"""What no page holds after those values were sent."""


def is_hurt(text: str, headers: dict[str, str]) -> bool:
    """True where a value got out of its place."""
    location = headers.get("location", "")
    return (
        "evil=1" in str(headers.get("set-cookie", "")).partition("wanglou-toast")[0]
        or "evil" in headers
        or location.startswith(("//", "/\\", "http", "javascript"))
        or ("html" in headers.get("content-type", "") and any(one in text for one in TAGS))
    )


def test_bodies_are_bounded_on_every_route(console: Console) -> None:
    """A body beyond the bound is refused before it is read; fields and nesting without end are too."""
    large = b"a=" + b"x" * (console.services.settings.body_bytes + 1)
    client = console.as_("park_admin")
    form = {"content-type": "application/x-www-form-urlencoded"}
    wrong = []
    for one in changing(console):
        path = fill(one.path)
        if any(path.startswith(wider) for wider in WIDER_BODIES):
            continue
        deep = b"[" * 100_000
        many = "&".join(f"a{number}=1" for number in range(5_000)).encode()
        asked = (
            (client.request(one.method, path, content=large, headers=form), {413}),
            (client.request(one.method, path, content=deep, headers={"content-type": "application/json"}), BOUNDED),
            (client.request(one.method, path, content=many, headers=form), BOUNDED),
        )
        wrong += [(one, number, a.status_code) for number, (a, good) in enumerate(asked) if a.status_code not in good]
    assert wrong == []


BOUNDED = {200, 204, 303, 400, 401, 403, 404, 412, 413, 415, 422, 428}
"""What a body of the wrong form may be answered with."""


def test_a_body_without_an_announced_length_is_bounded_too(console: Console) -> None:
    """Chunks are counted as they come."""

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536

    client = console.as_("analyst")
    answer = client.post("/look", content=endless(), headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413


def test_a_session_is_not_fixed_by_a_stranger(console: Console) -> None:
    """A cookie that was there before signing in is no session afterwards, and the one of before ends."""
    planted = "A" * 43
    client = console.as_("")
    client.cookies.set(SESSION_COOKIE, planted)
    answer = sign_in(client, "leader")
    fresh = answer.headers["set-cookie"].partition(f"{SESSION_COOKIE}=")[2].partition(";")[0]
    assert fresh
    assert fresh != planted
    assert console.services.door.find_session(planted) is None
    assert "httponly" in answer.headers["set-cookie"].lower()
    again = console.as_("")
    again.cookies.set(SESSION_COOKIE, fresh)
    again.headers[CSRF_HEADER] = make_csrf(fresh)
    sign_in(again, "leader")
    assert console.services.door.find_session(fresh) is None


def test_signing_in_leads_to_pages_of_the_console_only(console: Console) -> None:
    """Whatever the address says of what comes next."""
    for text in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\r\nb: c"):
        client = console.as_("")
        assert sign_in(client, "leader", next_=text).headers["location"] == "/start"


def test_refusals_say_nothing(console: Console) -> None:
    """Name, password, code, or a locked account: the same words; then delays, and the audit has no password."""
    accounts = console.services.door.accounts
    if accounts.find("locked-one") is None:
        _, secret = accounts.create("locked-one", ("leader",), ADMIN)
        accounts.change_password("locked-one", secret, PASSWORD, "testclient")
        accounts.lock("locked-one", "test", ADMIN)
    told = set()
    for name, password in (("nobody", "x"), ("leader", "x"), ("locked-one", PASSWORD)):
        answer = sign_in(console.as_(""), name, password)
        assert answer.status_code == 401
        told.add(re.sub(r'value="[^"]*"|[?]v=\w+', "", answer.text))
    assert len(told) == 1
    assert [sign_in(console.as_(""), "leader", "guess-7301").status_code for _ in range(6)][-1] == 429
    with console.services.ledger.reading() as connection:
        assert not any(
            "guess-7301" in f"{row.subject}{row.before}{row.after}" for row in list_rows(connection, Asked())
        )


def sign_in(client: TestClient, name: str, password: str = PASSWORD, next_: str = "") -> Response:
    """Send the form of signing in."""
    client.get("/sign-in")
    data = {"name": name, "password": password, "csrf": client.cookies.get(FORM_COOKIE, ""), "next": next_}
    return client.post("/sign-in", data=data)


def test_things_of_another_account_cannot_be_named(console: Console) -> None:
    """Sessions and tokens of others by their true ids: 404 for who may not manage them, and nothing ends."""
    cookie, _ = console.enter("auditor")
    session = next(one.id for one in console.services.door.sessions.list("auditor"))
    secret, token = console.services.door.tokens.issue("park_admin", "x", ["store.read"], ADMIN)
    client = console.as_("analyst")
    asked = (
        ("POST", f"/account/sessions/{session}/end"),
        ("DELETE", f"{API_PREFIX}/account/sessions/{session}"),
        ("POST", f"/account/tokens/{token.id}/revoke"),
        ("DELETE", f"{API_PREFIX}/account/tokens/{token.id}"),
    )
    assert [client.request(method, path).status_code for method, path in asked] == [404] * 4
    assert client.delete(f"{API_PREFIX}/users/park_admin/tokens/{token.id}").status_code == 403
    assert console.services.door.find_session(cookie) is not None
    assert console.services.door.tokens.find(secret) is not None


def test_methods_that_were_not_declared_are_refused(console: Console) -> None:
    """405 or 404, and TRACE and overrides mean nothing."""
    client = console.as_("analyst")
    for method in ("TRACE", "PATCH", "FOO", "PUT"):
        assert client.request(method, "/alerts").status_code in (404, 405)
    headers = {"x-http-method-override": "DELETE", "x-forwarded-for": "10.0.0.1", "x-original-url": "/users"}
    assert client.get("/users", headers=headers).status_code == 403


def test_every_answer_has_the_headers_that_guard_it(console: Console) -> None:
    """Pages, answers of the API and failures: policy, no sniffing, nothing kept by browsers."""
    client = console.as_("analyst")
    for one in routes(console):
        answer = client.request(one.method, fill(one.path))
        assert "default-src 'none'" in answer.headers["content-security-policy"], one
        assert answer.headers["x-content-type-options"] == "nosniff", one
        assert answer.headers["cache-control"] == "no-store", one
        assert "server" not in answer.headers, one
