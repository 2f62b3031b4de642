"""The shape of the tree: who may import whom, what each module owes, and what must not be committed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ("sensors", "parsers", "detection", "correlation", "classify", "playbooks", "reporting", "console")
"""The one flow; a stage may import those before it."""
STAGES = tuple(stage for stage in ORDER if (ROOT / stage).is_dir())
PRODUCT = (*STAGES, "wanglou")
FOUNDATION = frozenset(
    {"__init__", "errors", "kernel", "kernel_cache", "kernel_image", "site", "languages", "bundled"}
    | {"ledger", "component", "change", "audit", "audit_rows", "chain", "anchor", "migration", "migrations"}
    | {"database", "sqlite", "postgresql"}
)
"""Modules of ``wanglou`` that lie below every stage; others may too, or may compose the stages."""
HEAVY = (
    "numba",
    "pyarrow",
    "duckdb",
    "elasticsearch",
    "sigma",
    "luqum",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "pyshark",
    "fastapi",
    "uvicorn",
    "jinja2",
)
FORBIDDEN_NAMES = ("util", "utils", "helper", "helpers", "common", "misc", "manager")
FORBIDDEN_TEXT = {
    "a path of one machine": r"(?<![\w.$}])/(?:work|root|home)/\w|(?<![\w.$}])/tmp/\w",
    "the address of a package registry": (
        r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|npmjs[.]com|(?:deb|security|ftp)[.]debian[.]org|maven[.]org"
        r"|maven[.]apache"
    ),
}


@cache
def imported(path: Path) -> frozenset[str]:
    """Dotted names of the modules and members that a file imports, wherever in it."""
    names: set[str] = set()
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def roots(path: Path) -> set[str]:
    """Top-level packages that a file imports."""
    return {name.split(".")[0] for name in imported(path)}


def modules(folder: str) -> list[Path]:
    """Python files under a top-level folder."""
    return sorted((ROOT / folder).rglob("*.py"))


def own(path: Path) -> set[str]:
    """Modules of ``wanglou`` that a file imports."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("wanglou.")}


@cache
def composing() -> frozenset[str]:
    """Modules of ``wanglou`` that import a stage, themselves or through others: those above all stages."""
    needs: dict[str, set[str]] = {}
    for path in modules("wanglou"):
        name = path.relative_to(ROOT / "wanglou").with_suffix("").parts[0]
        needs.setdefault(name, set()).update(own(path), {"a stage"} if roots(path) & set(ORDER) else ())
    found = {"a stage"}
    while more := {name for name, wanted in needs.items() if wanted & found} - found:
        found |= more
    return frozenset(found)


def committed() -> list[Path]:
    """Files of the tree but for what .gitignore names; found without git, which a copied tree may lack."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()} | {".git"}
    found: list[Path] = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in ignored]
        found += [Path(folder, name) for name in names]
    return sorted(found)


@pytest.mark.parametrize("stage", STAGES)
def test_imports_point_upstream(stage: str) -> None:
    """No stage reaches into a later one."""
    later = set(ORDER[ORDER.index(stage) + 1 :])
    assert {str(path.relative_to(ROOT)): found for path in modules(stage) if (found := roots(path) & later)} == {}


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "console"])
def test_stages_rest_on_the_foundation_only(stage: str) -> None:
    """A stage imports nothing of ``wanglou`` that composes the stages, but the console, which runs them."""
    assert {str(path.relative_to(ROOT)): found for path in modules(stage) if (found := own(path) & composing())} == {}


def test_the_foundation_imports_no_stage() -> None:
    """Errors, kernel, site, ledger and the like lie below every stage, and below what composes them."""
    assert composing() & FOUNDATION == frozenset()


@pytest.mark.parametrize("folder", PRODUCT)
def test_the_product_imports_neither_scapy_nor_what_is_not_shipped(folder: str) -> None:
    """The wheel holds no tests and no tools, and scapy's licence (GPL) keeps it out of the product."""
    for path in modules(folder):
        assert not roots(path) & {"scapy", "pymodbus", "hypothesis", "pytest", "tests", "bench", "tools", "pcaps"}, path


@pytest.mark.parametrize("folder", PRODUCT)
def test_every_module_has_its_test(folder: str) -> None:
    """``parsers/modbus.py`` is tested by ``tests/parsers/test_modbus.py``, declarations by those of who uses them.

    Revisions of tables are tested as one chain by that of migration.
    """
    names = [path.relative_to(ROOT) for path in modules(folder) if not path.name.startswith("_")]
    names = [name for name in names if not name.stem.endswith("_schema") and name.parent.name != "migrations"]
    missing = [name for name in names if not (ROOT / "tests" / name.with_name(f"test_{name.name}")).is_file()]
    assert not missing, "no test module for " + ", ".join(map(str, missing))


@pytest.mark.parametrize("folder", PRODUCT)
def test_every_package_is_typed_and_described(folder: str) -> None:
    """Each shipped package has ``py.typed``, and each of its folders of modules a described ``__init__.py``."""
    assert (ROOT / folder / "py.typed").is_file()
    for package in {path.parent for path in modules(folder)}:
        assert ast.get_docstring(ast.parse((package / "__init__.py").read_bytes())), package


def test_tests_are_no_packages() -> None:
    """An ``__init__.py`` under tests would let them hide the stages of the same name."""
    assert [path for path in modules("tests") if path.name == "__init__.py"] == []


def test_modules_are_named_for_their_subject() -> None:
    """No file or folder is called utils, helpers, common or manager."""
    parts = {
        path.relative_to(ROOT)
        for path in committed()
        if {Path(part).stem.lower() for part in path.relative_to(ROOT).parts} & {*FORBIDDEN_NAMES}
    }
    assert parts == set()


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_nothing_of_one_machine_is_committed(what: str) -> None:
    """No text file holds a machine's paths or the address of a package registry; this file holds the patterns."""
    pattern = re.compile(FORBIDDEN_TEXT[what].encode())
    found = []
    for path in committed():
        content = path.read_bytes()
        if path != Path(__file__).resolve() and b"\0" not in content:
            found += [f"{path.relative_to(ROOT)}: {match.group().decode()}" for match in pattern.finditer(content)]
    assert found == []


def test_help_loads_nothing_heavy() -> None:
    """``wanglou --help`` is quick because it imports none of the libraries that are slow to import."""
    script = (
        "import sys; sys.argv = ['wanglou', '--help']\n"
        "from wanglou.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        f"print('loaded:', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]
