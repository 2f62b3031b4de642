"""The API keeps to its own description: schemathesis asks every operation of it with what fits and what does not.

No answer is a fault of the program, none has a status, type or form that the description does not tell. Operations are
those of the app, so those that are added are asked without a line here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.permission import ROLE_NAMES, list_permissions
from console.routing import API_PREFIX
from console.token import NEVER_GRANTED
from console.visit import CSRF_HEADER, SESSION_COOKIE
from tests.support.accounts import ADMIN
from tests.support.consoles import Console, open_console
from tests.support.routes import ENDLESS, list_ids

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = 6
"""Examples of each operation and way in ``make test``; the profile ``accept`` has its own number."""
PROGRAMS: dict[str, str] = {}
"""What programs of each role send; made with the console."""
VICTIM = "victim"
"""An account for whatever is asked of accounts."""


@pytest.fixture(scope="module")
def fuzzed(console_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console over a copy of the lake: whatever is changed in it is of no other test."""
    folder = tmp_path_factory.mktemp("openapi") / "lake"
    shutil.copytree(console_lake, folder)
    with open_console(folder, requests_per_s=1e6, burst=1_000_000) as opened:
        opened.services.door.accounts.create(VICTIM, ("reviewer",), ADMIN)
        for role in ROLE_NAMES:  # before tokens are asked for so often that no account may have more
            PROGRAMS[role] = str(opened.program(role).headers["authorization"])
        yield opened


def list_operations(console: Console) -> Iterator[Any]:
    """Give the operations of the description."""
    schema = schemathesis.openapi.from_asgi(f"{API_PREFIX}/openapi.json", console.app)
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # raises what is wrong with the description
        if not operation.path.endswith(ENDLESS):
            yield operation


def enter(console: Console, permission: str) -> dict[str, str]:
    """Give the headers of somebody who may do that: a program where one may, else a person."""
    if not permission:
        return {}
    role = next(name for name in ROLE_NAMES if permission in list_permissions((name,)))
    if permission not in NEVER_GRANTED:
        return {"authorization": PROGRAMS[role]}
    cookie, csrf = console.enter(role)
    return {"cookie": f"{SESSION_COOKIE}={cookie}", CSRF_HEADER: csrf}


def examples() -> int:
    """Give how many examples each operation gets: few, or as many as the profile says where that is ``accept``."""
    most = settings().max_examples
    return most // 10 if most > 1_000 else FEW


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_operation_answers_as_described(fuzzed: Console, mode: str) -> None:
    """With data that fits, and with data that does not."""
    wrong: list[str] = []
    count = 0
    for operation in list_operations(fuzzed):
        headers = enter(fuzzed, operation.definition.raw.get("x-permission", ""))
        try:
            hold(operation, mode, headers, find_known(fuzzed, operation, headers))
        except Exception as error:  # noqa: BLE001 - all that is wrong is told together
            text = "\n".join(map(str, getattr(error, "exceptions", [error])))
            wrong.append(f"{operation.method.upper()} {operation.path}: {text[:900]}")
        count += 1
    assert not wrong, "\n\n".join(wrong)
    assert count > 20


def find_known(console: Console, operation: Any, headers: dict[str, str]) -> dict[str, str]:
    """Find a thing that is there for a path that takes an id; nothing of one's own, which would end the session."""
    above, _, rest = operation.path.partition("/{")
    name = rest.partition("}")[0]
    if not name or CSRF_HEADER in headers:
        return {}
    if above.endswith("/users"):
        return {name: VICTIM}
    client = console.as_()
    client.headers.update(headers)
    found = list_ids(client, above)
    return {name: found[0]} if found else {}


def hold(operation: Any, mode: str, headers: dict[str, str], known: dict[str, str]) -> None:
    """Ask one operation with examples of one kind, some of them about what is there; raises what the checks find."""
    generation = schemathesis.GenerationMode(mode)

    @settings(
        max_examples=examples(),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=generation), is_there=booleans())
    def ask(case: Any, is_there: bool) -> None:
        for name in [name for name in case.headers if name.lower() == "authorization"]:
            del case.headers[name]
        if known and is_there and mode == "positive":
            case.path_parameters = {**case.path_parameters, **known}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    try:
        ask()
    except schemathesis.errors.InvalidSchema:
        raise
    except Exception as error:
        if mode == "negative" and type(error).__name__ in ("Unsatisfiable", "SkipTest", "InvalidArgument"):
            return  # nothing can be wrong about it
        raise


def test_the_description_is_whole(fuzzed: Console) -> None:
    """OpenAPI 3.1, each operation with a summary, what it asks for, and the problems it may answer."""
    schema = fuzzed.app.openapi()
    assert schema["openapi"].startswith("3.1")
    for path, operations in schema["paths"].items():
        for method, told in operations.items():
            name = f"{method} {path}"
            assert told.get("description") or told.get("summary"), name
            assert told["x-permission"], name
            assert {"401", "403", "404", "429", "500"} <= set(told["responses"]), name
