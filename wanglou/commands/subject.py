"""What a decision names: rules that there are, and addresses that are some."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wanglou.commands.defaults import take_settings
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.store import Store

MOST_RULES = 10_000
"""Rules that raised alerts of a store that are looked at."""


def check_address(text: str, option: str) -> str:
    """Give an address as alerts have it; raises UsageError for what is none. An empty text is none given."""
    if not text:
        return ""
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        raise UsageError(f"{text!r} is no IP address", where=option, do="give one, such as 10.20.1.11") from None


def check_rule(name: str, store: Store, folders: Sequence[Path]) -> str:
    """Give the name of a rule that is shipped, own, or raised an alert of the store; raises UsageError for others."""
    if not name or name in _list_shipped() or name in (fired := _list_fired(store)):
        return name
    if name in (own := _list_own(folders)):
        return name
    raise UsageError(f"no rule {name!r}{suggest(name, {*_list_shipped(), *fired, *own})}", where="--rule",
                     do="`wanglou rules list` shows the rules")  # fmt: skip


def list_rule_folders(context: typer.Context) -> list[Path]:
    """List the folders of own rules that the settings name."""
    return [Path(folder) for folder in take_settings(context)["rules"] or ()]


def suggest(word: str, known: Iterable[str]) -> str:
    """Write the nearest matches of a word; nothing where none is near."""
    near = difflib.get_close_matches(word.lower(), sorted(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _list_shipped() -> set[str]:
    """Names of the shipped rules, which name their files."""
    from detection.rule import SHIPPED

    return {path.stem for path in SHIPPED.glob("*/*.yml")}


def _list_fired(store: Store) -> set[str]:
    from correlation.store import Terms

    return {str(one.key) for one in store.aggregate("alert", Terms("rule.name", MOST_RULES))}


def _list_own(folders: Sequence[Path]) -> set[str]:
    from detection.ruleset import load_rules

    return {rule.name for rule in load_rules(list(folders), None).rules} if folders else set()
