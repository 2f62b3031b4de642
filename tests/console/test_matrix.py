"""Every route, asked by everybody: each role, each tenant, tokens and nobody, gets exactly the permitted answers.

The routes are those of the app (``list_routes``), so pages that are added are tested without a line here. Paths with a
variable are asked with ids that name nothing; ids of another enterprise's things are asked where they can be found.
"""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from console.permission import PARK_WIDE, ROLE_NAMES, Permission, Role, list_permissions
from console.routing import Declared
from console.token import NEVER_GRANTED
from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from tests.support.routes import NOTHING, PLACE, fill, list_ids, pages_of, routes

PEOPLE: tuple[Role, ...] = tuple(role for role in ROLE_NAMES if role not in ("sensor", "province"))
MACHINES: tuple[Role, ...] = ("sensor", "province")
PERMITTED = frozenset({200, 201, 202, 204, 206, 303, 304, 400, 404, 409, 412, 415, 416, 422, 428, 429})
"""What a route answers to somebody who may use it, whatever the request lacks."""


def ask(client: TestClient, one: Declared, value: str = NOTHING) -> int:
    """Ask a route without a body; streams are left after their first bytes."""
    with client.stream(one.method, fill(one.path, value), timeout=10) as answer:
        return answer.status_code


def is_right(one: Declared, status: int, permissions: frozenset[Permission], *, is_program: bool = False) -> bool:
    """Tell whether somebody with these permissions may get that answer."""
    if one.permission is None:
        return status < 500
    if is_program and not one.is_api:
        return status == 303
    return status in PERMITTED if one.permission in permissions else status == 403


@pytest.mark.parametrize("role", PEOPLE)
def test_every_route_admits_whom_the_table_says(console: Console, role: Role) -> None:
    """403 to who lacks the permission, another answer to who has it, and never a fault of the program."""
    client = console.as_(role)
    permissions = list_permissions((role,), is_bound=role == "enterprise_user")
    asked = [(one, ask(client, one)) for one in routes(console)]
    assert [(one, status) for one, status in asked if not is_right(one, status, permissions)] == []
    assert len(asked) > 50


def test_nobody_gets_in(console: Console) -> None:
    """Pages send to the sign-in, the API answers 401."""
    client = console.as_("")
    wrong = []
    for one in routes(console):
        status = ask(client, one)
        if status != (401 if one.is_api else 303) if one.permission else status >= 500:
            wrong.append((one, status))
    assert wrong == []


@pytest.mark.parametrize("role", [*PEOPLE, *MACHINES])
def test_tokens_do_what_they_were_granted(console: Console, role: Role) -> None:
    """Of the API, all that the account may do but what only people do; pages take none."""
    granted = list_permissions((role,), is_bound=role == "enterprise_user") - NEVER_GRANTED
    client = console.program(role)
    asked = [(one, ask(client, one)) for one in routes(console)]
    wrong = [(one, status) for one, status in asked if not is_right(one, status, granted, is_program=True)]
    assert wrong == []


@pytest.mark.parametrize("role", ["analyst", "responder", "reviewer", "leader"])
def test_who_is_bound_does_nothing_that_concerns_the_whole_park(console: Console, role: Role) -> None:
    """Whatever the role: 403 for what is park-wide, the rest as the table says."""
    name = f"{role}-of-water"
    if console.services.door.accounts.find(name) is None:
        console.services.door.accounts.create(name, (role,), ADMIN, enterprises=("water",))
    client = console.program(name)
    permissions = list_permissions((role,), is_bound=True) - NEVER_GRANTED
    assert not permissions & PARK_WIDE
    asked = [(one, ask(client, one)) for one in routes(console)]
    assert [(one, at) for one, at in asked if not is_right(one, at, permissions, is_program=True)] == []


def test_a_tenants_lists_are_shorter_and_others_things_are_not_there(console: Console) -> None:
    """Each list of the API with ids gives a tenant some of them; the others are 404 on every path that takes one."""
    whole, bound = console.program("analyst"), console.program("enterprise_user")
    seen, hidden = 0, 0
    wrong: list[tuple[object, ...]] = []
    table = [one for one in routes(console) if one.is_api and one.method == "GET"]
    for one in table:
        if PLACE.search(one.path) or not may_both(one):
            continue
        found, all_found = list_ids(bound, one.path), list_ids(whole, one.path)
        if not all_found or found is None:
            continue
        mine, all_ = set(found), set(all_found)
        seen += 1
        if not mine <= all_:
            wrong.append((one.path, mine - all_))
        for identity in sorted(all_ - mine)[:3]:
            hidden += 1
            below = [other for other in table if PLACE.sub("", other.path).rstrip("/") == one.path
                     and len(PLACE.findall(other.path)) == 1]  # fmt: skip
            for other in [*below, *pages_of(console, one.path)]:
                status = ask(bound if other.is_api else console.as_("enterprise_user"), other, identity)
                if status != (404 if other.permission in permissions_of_tenant() else 403):
                    wrong.append((other.path, identity, status))
    assert wrong == []
    assert seen > 0
    assert hidden > 0


def permissions_of_tenant() -> frozenset[Permission]:
    """What an enterprise's user may do."""
    return list_permissions(frozenset[Role](("enterprise_user",)), is_bound=True)


def may_both(one: Declared) -> bool:
    """True for what both the analyst and the tenant read by a token."""
    both = permissions_of_tenant() & list_permissions(frozenset[Role](("analyst",)))
    return one.permission in both - NEVER_GRANTED


def test_signing_out_ends_the_session(console: Console) -> None:
    """The route that the matrix leaves out."""
    client = console.as_("leader")
    assert client.post("/sign-out").status_code == 303
    assert client.get("/account").status_code == 303
