"""``tools/system-packages.sh`` on machines made of stubs: which packages it would install, and from where."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "system-packages.sh"
ORDINARY = ("bash", "env", "awk", "sed", "grep", "cat", "id", "tee")
INSTALL = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install"
OLD_CANDIDATE = "suricata:\n  Candidate: 1:6.0.10-1\n"
STANZA = """\
# a comment
Types: deb deb-src
URIs: mirror://first/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/release.gpg

Types: deb
URIs: mirror://security
Suites: bookworm-security
Components: main
"""


@dataclass
class Machine:
    """A machine with nothing but the ordinary commands and the given stubs."""

    folder: Path
    stubs: dict[str, str] = field(default_factory=dict)
    """Name of a command and the shell lines it runs."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script there."""
        commands = self.folder / "bin"
        commands.mkdir()
        for name in ORDINARY:
            (commands / name).symlink_to(str(shutil.which(name)))
        for name, lines in {"python3": "exit 0", "apt-get": "exit 0", **self.stubs}.items():
            (commands / name).unlink(missing_ok=True)
            (commands / name).write_text(f"#!/bin/sh\n{lines}\n")
            (commands / name).chmod(0o755)
        apt = self.etc / "apt" / "sources.list.d"
        apt.mkdir(parents=True, exist_ok=True)
        (self.etc / "os-release").write_text("ID=debian\nVERSION_CODENAME=bookworm\n")
        environment = {
            "PATH": str(commands),
            "WANGLOU_ETC": str(self.etc),
            "WANGLOU_SBIN": str(commands),
            "WANGLOU_POSTGRES": str(self.folder / "postgresql"),
            "LC_ALL": "C",
        }
        return subprocess.run(
            [str(commands / "bash"), str(SCRIPT), *arguments],
            env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def etc(self) -> Path:
        """Where its ``/etc`` lies."""
        return self.folder / "etc"

    def write_source(self, name: str, text: str) -> None:
        """Give it a file under ``/etc/apt``."""
        path = self.etc / "apt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a bare machine without Suricata whose release has only version 6 of it."""
    return Machine(tmp_path, {"apt-cache": f"[ $# = 1 ] || printf '{OLD_CANDIDATE}'"})


def test_nothing_is_run_where_the_commands_are_there(machine: Machine) -> None:
    """A machine that has everything is left alone, package lists included."""
    machine.stubs |= dict.fromkeys(("tshark", "mosquitto", "postgres"), "exit 0")
    machine.stubs["suricata"] = "echo This is Suricata version 7.0.10 RELEASE"
    result = machine.run("--dry-run", "base", "dissect", "broker", "postgres", "suricata")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_is_missing_is_installed_together(machine: Machine) -> None:
    """Packages of several groups go into one call of apt-get, after the lists were fetched."""
    machine.stubs["python3"] = "exit 1"
    lines = machine.run("--dry-run", "base", "dissect", "broker", "postgres").stdout.splitlines()
    assert lines[0].endswith("update")
    assert lines[1:] == [f"{INSTALL} -y --no-install-recommends python3-venv tshark mosquitto postgresql"]


def test_debian_keeps_a_server_off_the_path(machine: Machine) -> None:
    """A PostgreSQL server of any version in Debian's folder is found there."""
    assert machine.run("--dry-run", "postgres").stdout.endswith("postgresql\n")
    program = machine.folder / "postgresql" / "15" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.touch()
    shutil.rmtree(machine.folder / "bin")
    assert machine.run("--dry-run", "postgres").stdout == ""


def test_a_browser_needs_a_chinese_font(machine: Machine) -> None:
    """Chromium may be there and the font lack, which fontconfig tells; where it tells of one nothing is installed."""
    machine.stubs |= {"chromium": "exit 0", "fc-list": "exit 0"}
    assert machine.run("--dry-run", "browser").stdout.endswith("fonts-noto-cjk\n")


def test_a_browser_with_its_font_is_enough(machine: Machine) -> None:
    """No package is asked for."""
    machine.stubs |= {"chromium": "exit 0", "fc-list": "echo Noto Sans CJK SC"}
    assert machine.run("--dry-run", "browser").stdout == ""


def test_an_old_suricata_is_not_enough(machine: Machine) -> None:
    """Suricata 6 counts as missing, and comes from the backports."""
    machine.stubs["suricata"] = "echo This is Suricata version 6.0.10 RELEASE"
    machine.write_source("sources.list.d/debian.sources", STANZA)
    result = machine.run("--dry-run", "suricata")
    assert result.stdout.splitlines()[-1] == (f"{INSTALL} -y --no-install-recommends -t bookworm-backports suricata")


def test_backports_reuse_the_address_and_key_of_a_stanza(machine: Machine) -> None:
    """The release's own deb822 stanza gives URIs and Signed-By; the security one is passed over."""
    machine.write_source("sources.list.d/debian.sources", STANZA)
    assert (
        "Types: deb\nURIs: mirror://first/debian\nSuites: bookworm-backports\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/release.gpg\nenv "
    ) in machine.run("--dry-run", "suricata").stdout


def test_a_key_inside_the_stanza_is_carried_over(machine: Machine) -> None:
    """A Signed-By that holds the key itself keeps all its lines."""
    key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQIN\n -----END PGP PUBLIC KEY BLOCK-----\n"
    machine.write_source(
        "sources.list.d/a.sources", f"Types: deb\nURIs: mirror://a\nSuites: bookworm\nComponents: main\n{key}"
    )
    assert f"Components: main\n{key}" in machine.run("--dry-run", "suricata").stdout


def test_backports_reuse_the_address_and_key_of_a_line(machine: Machine) -> None:
    """A line of sources.list serves as well; comments, cdroms and other suites are passed over."""
    machine.write_source(
        "sources.list",
        "# deb mirror://off bookworm main\ndeb cdrom:[disc]/ bookworm main\ndeb mirror://s bookworm-security main\n"
        "deb-src mirror://src bookworm main\n"
        "deb [arch=amd64 signed-by=/k/one.gpg] mirror://line bookworm main contrib\n",
    )
    assert (
        "Types: deb\nURIs: mirror://line\nSuites: bookworm-backports\nComponents: main\nSigned-By: /k/one.gpg\nenv "
    ) in machine.run("--dry-run", "suricata").stdout


def test_a_disabled_stanza_is_passed_over(machine: Machine) -> None:
    """A stanza its owner switched off is not used, and no source at all is an error that says so."""
    machine.write_source("sources.list.d/debian.sources", "Enabled: no\n" + STANZA.split("\n", 1)[1])
    result = machine.run("--dry-run", "suricata")
    assert result.returncode == 1
    assert "install Suricata 7 by hand" in result.stderr


def test_no_source_is_added_where_backports_are_already_on(machine: Machine) -> None:
    """A machine whose own sources have the backports keeps them as they are."""
    machine.stubs["apt-cache"] = (
        f"[ $# = 1 ] && echo '     release o=Debian Backports,n=bookworm-backports' || printf '{OLD_CANDIDATE}'"
    )
    result = machine.run("--dry-run", "suricata")
    assert "Types:" not in result.stdout
    assert "-t bookworm-backports suricata" in result.stdout


def test_a_release_with_suricata_7_needs_no_backports(machine: Machine) -> None:
    """Where the release's own Suricata is 7 it is installed as it is."""
    machine.stubs["apt-cache"] = "printf 'suricata:\\n  Candidate: 1:7.0.10-1\\n'"
    result = machine.run("--dry-run", "suricata")
    assert result.stdout.splitlines()[-1] == f"{INSTALL} -y --no-install-recommends suricata"


def test_who_may_not_install_is_told_what_to_install(machine: Machine) -> None:
    """Without root and without sudo the script names the packages, runs nothing and fails."""
    machine.stubs |= {"id": "echo 1000", "apt-get": "echo touched"}
    result = machine.run("dissect", "suricata")
    assert (result.returncode, result.stdout) == (1, "")
    assert "apt-get install tshark suricata" in result.stderr


def test_sudo_without_a_password_is_used(machine: Machine) -> None:
    """An ordinary user with passwordless sudo installs through it."""
    log = machine.folder / "log"
    machine.stubs |= {
        "id": "echo 1000",
        "sudo": f'shift; [ "$1" = true ] || echo "$*" >>{log}',
    }
    result = machine.run("dissect")
    assert result.returncode == 1, "the stub installs nothing, which must not pass for success"
    assert "still missing after the installation: tshark" in result.stderr
    assert log.read_text().splitlines()[-1].endswith("install -y --no-install-recommends tshark")


def test_the_stanza_is_written_where_apt_looks(machine: Machine) -> None:
    """The added source is a file of its own; the machine's other sources stay as they were."""
    machine.write_source("sources.list.d/debian.sources", STANZA)
    machine.stubs |= {"id": "echo 0", "suricata": f"[ -f {machine.folder}/in ] && echo version 7.0", "apt-get": (
        f"case $* in *'-t bookworm-backports suricata') : >{machine.folder}/in;; esac"
    )}  # fmt: skip
    result = machine.run("suricata")
    folder = machine.etc / "apt" / "sources.list.d"
    assert result.returncode == 0, result.stderr
    assert "Suites: bookworm-backports\n" in (folder / "wanglou-backports.sources").read_text()
    assert (folder / "debian.sources").read_text() == STANZA


@pytest.mark.skipif(Path("/run/systemd/system").is_dir(), reason="systemd stops services here")
def test_a_broker_that_was_installed_does_not_go_on_running(machine: Machine) -> None:
    """Its service is stopped, and does not start with the machine."""
    log = machine.folder / "log"
    program = machine.folder / "bin" / "mosquitto"
    script = machine.etc / "init.d" / "mosquitto"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\necho "init $*" >>{log}\n')
    script.chmod(0o755)
    machine.stubs |= {
        "id": "echo 0",
        "update-rc.d": f'echo "update-rc.d $*" >>{log}',
        "apt-get": f"case $* in *' mosquitto') printf '#!/bin/sh\\n' >{program}; /bin/chmod +x {program};; esac",
    }
    result = machine.run("broker")
    assert (result.returncode, log.read_text()) == (0, "init stop\nupdate-rc.d mosquitto disable\n"), result.stderr


def test_a_broker_that_was_there_is_left_alone(machine: Machine) -> None:
    """Somebody's own broker is not stopped."""
    machine.stubs |= {"mosquitto": "exit 0", "update-rc.d": "echo touched", "systemctl": "echo touched"}
    assert machine.run("broker").stdout == ""


@pytest.mark.parametrize("arguments", [(), ("network",), ("dissect", "everything")])
def test_unknown_groups_are_refused(machine: Machine, arguments: tuple[str, ...]) -> None:
    """A wrong call gets the list of groups and exit code 2, before anything is installed."""
    machine.stubs["apt-get"] = "echo touched"
    result = machine.run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert "base dissect broker browser postgres suricata elasticsearch capture" in result.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root is root")
def test_root_needs_no_sudo(machine: Machine) -> None:
    """Root calls apt-get itself."""
    log = machine.folder / "log"
    machine.stubs["apt-get"] = f'echo "$*" >>{log}'
    machine.run("dissect")
    assert "install -y --no-install-recommends tshark" in log.read_text()
