"""Fetching the server: its jars by Maven, the layout it wants, and the program that starts a node.

Layout::

    HOME/lib/                       the server's jars, and classes/ with the launcher
    HOME/modules/transport-netty4/  the HTTP and transport layer with its descriptor
    HOME/config/                    logging to the standard output, nothing else
    HOME/plugins/  HOME/logs/       empty
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
POM = HERE / "pom.xml"
MODULE = "transport-netty4"
NATIVE = Path("lib/platform")
"""Folder of the libraries of machine code, below the home of a server of another version."""
_OF_MODULE = (f"{MODULE}-", "netty-", "elasticsearch-ssl-config-")
_DESCRIPTORS = ("plugin-descriptor.properties", "entitlement-policy.yaml")
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


VERSION = "WANGLOU_TEST_ELASTICSEARCH"
"""Variable that names another version of the server, such as 9.2.0, which needs a Java of 21 or newer."""


def read_version() -> str:
    """Version of the server: what the variable says, else what ``pom.xml`` does."""
    return os.environ.get(VERSION) or _read_pom()


def _read_pom() -> str:
    found = re.search(r"<elasticsearch\.version>([\d.]+)<", POM.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"{POM} names no version of the server")
    return found[1]


def make_home(version: str = "") -> Path:
    """Make the server's home below ``build/`` unless it is there; gives it.

    Needs ``mvn`` and ``javac``; what they say is shown when they fail. Processes that come at once wait for each other.
    """
    version = version or read_version()
    home = ROOT / "build" / f"elasticsearch-{version}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            with tempfile.TemporaryDirectory(dir=home.parent) as temporary:
                made = Path(temporary) / "home"
                _build(made, version)
                made.rename(home)
    return home


def _build(home: Path, version: str) -> None:
    lib = home / "lib"
    copy = ("dependency:copy-dependencies", f"-DoutputDirectory={lib}", f"-Delasticsearch.version={version}")
    _run("mvn", "-q", "-B", "-f", str(POM), *copy)
    for name in ("config", "plugins", "logs"):
        (home / name).mkdir()
    (home / "config" / "elasticsearch.yml").touch()
    (home / "config" / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    _make_module(home)
    if version == _read_pom():
        _run("javac", "-cp", f"{lib}/*", "-d", str(lib / "classes"), str(HERE / "Launcher.java"))
    else:  # what it calls is the same, and an older javac cannot read the jars of a newer Java
        shutil.copytree(make_home(_read_pom()) / "lib" / "classes", lib / "classes")
        _link_native(home / NATIVE)


def _link_native(folder: Path) -> None:
    """Link the system's Zstandard, which a server of version 9 compresses with; a distribution brings its own."""
    found = sorted(Path("/usr/lib").glob("*/libzstd.so.1")) + sorted(Path("/usr/lib64").glob("libzstd.so.1"))
    if not found:
        raise SystemExit("libzstd is missing: a server of version 9 needs it (Debian: libzstd1)")
    folder.mkdir(parents=True)
    (folder / "libzstd.so").symlink_to(found[0])


def _make_module(home: Path) -> None:
    """Move the transport's jars to a folder of their own and lay its descriptor beside them.

    The descriptor names no Java module: the server runs from the class path.
    """
    module = home / "modules" / MODULE
    module.mkdir(parents=True)
    for jar in [path for path in (home / "lib").glob("*.jar") if path.name.startswith(_OF_MODULE)]:
        shutil.move(jar, module / jar.name)
    plugin = next(module.glob(f"{MODULE}-*.jar"))
    with zipfile.ZipFile(plugin) as archive:
        for name in _DESCRIPTORS:
            text = archive.read(f"META-INF/es-plugins/{MODULE}/{name}").decode()
            (module / name).write_text(re.sub(r"(?m)^modulename=.*$", "modulename=", text), encoding="utf-8")


def _run(*command: str) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise SystemExit(f"{command[0]} is missing: tools/system-packages.sh elasticsearch")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
