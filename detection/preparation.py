"""Rules that were loaded before: kept as they came out of the loader, so that a start needs neither pySigma nor YAML.

What is kept belongs to the bytes of every rule file, the site's facts, and the sources and the pySigma that read them;
any change loads the rules anew. It lies beside the kernels and is trusted as they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from detection.rule import Ruleset
from wanglou.kernel_cache import (
    FileStates,
    cache_folder,
    digest_module,
    digest_once,
    drop_oldest,
    tell_files,
    tell_sources,
    tell_state,
)
from wanglou.site import Site


def prepare_rules(folders: Sequence[Path], site: Site | None) -> Ruleset:
    """Load rules as ``ruleset.load_rules`` does, or take what an earlier run made of the same files.

    Raises ``FaultsError`` with every fault of every file, each with file and line.
    """
    files = tell_files(folders, (".yml", ".yaml"))
    package, sources = tell_state("sigma"), tell_sources()
    facts = "\n\n".join((files.text, package, site.digest if site else "", sources.text))
    states = FileStates(facts, max(files.newest_ns, sources.newest_ns))
    path = cache_folder("rules") / digest_once(states, lambda: _digest(folders, site))
    kept = _read(path)
    if kept is None:
        from detection.ruleset import load_rules  # noqa: PLC0415 - pySigma takes long to load

        kept = load_rules(folders, site)
        _write(path, kept)
    return kept


def _digest(folders: Sequence[Path], site: Site | None) -> str:
    digest = hashlib.sha256(digest_module("detection.ruleset").encode())
    digest.update(f"{site.digest if site else ''} {tell_state('sigma')}".encode())
    for path in _list_files(folders):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.absolute()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _list_files(folders: Sequence[Path]) -> Iterator[Path]:
    """Each folder and its rule files, in the loader's order."""
    for folder in folders:
        yield folder
        yield from sorted(path for pattern in ("*.yml", "*.yaml") for path in folder.rglob(pattern))


def _read(path: Path) -> Ruleset | None:
    try:
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - as trusted as the kernels beside it
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        return None
    return kept if isinstance(kept, Ruleset) else None


def _write(path: Path, rules: Ruleset) -> None:
    """Keep rules; where that is not possible the next run loads them again."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(rules, file, protocol=5)
        Path(name).replace(path)
        drop_oldest(path.parent)
