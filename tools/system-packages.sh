#!/usr/bin/env bash
# Install the Debian packages that a pip install cannot bring, by group, when they are missing.
#
#   tools/system-packages.sh [--dry-run] GROUP...
#
#   base       python3-venv: an environment for the appliance
#   dissect    tshark: packets of an alert taken apart; the oracle of the tests
#   broker     mosquitto: a real MQTT broker for the tests
#   suricata   Suricata 7, for the benchmarks: from Debian's backports where the release itself is older
#   postgres   PostgreSQL's server, for the ledger's tests
#   browser    chromium and a Chinese font: looking at the console's pages
#   elasticsearch  a JDK and Maven: the server of tools/elasticsearch is fetched, built and run by them
#   capture    dumpcap or tcpdump, and ip: making captures on a real interface
#
# As root it installs; else through sudo where that asks for no password; else it says what to install. Nothing is
# done, and no package list fetched, where the commands are there already. --dry-run prints what would be run.
# A service that a package installed here would start is stopped and does not start again by itself.
# Environment: PYTHON, the interpreter whose venv module the group base is about (default python3).
# Exit code: 0 everything is there, 1 something is still missing, 2 wrong use.
set -euo pipefail

# Where ip, tcpdump and mosquitto are, not on everybody's PATH. Elsewhere in tests, which show it other machines.
PATH=$PATH:${WANGLOU_SBIN:-/usr/local/sbin:/usr/sbin:/sbin}
etc=${WANGLOU_ETC:-/etc}
postgres_folder=${WANGLOU_POSTGRES:-/usr/lib/postgresql}
own_sources=$etc/apt/sources.list.d/wanglou-backports.sources
dry=

say() { printf 'system-packages: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

has_suricata_7() { has suricata && [[ $(suricata -V 2>/dev/null) =~ version\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 7)); }

# Debian keeps the servers of several versions apart, and none of them on the PATH.
has_postgres() { has postgres || compgen -G "$postgres_folder/*/bin/postgres" >/dev/null; }

# Packages that a group still needs on this machine, one a line.
missing() {
  case $1 in
    base) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv ;;
    dissect) has tshark || echo tshark ;;
    broker) has mosquitto || echo mosquitto ;;
    suricata) has_suricata_7 || echo suricata ;;
    elasticsearch)
      { has java && has javac; } || echo default-jdk-headless
      has mvn || echo maven
      ;;
    browser)
      has chromium || echo chromium
      { has fc-list && [ -n "$(fc-list :lang=zh family)" ]; } || echo fonts-noto-cjk
      ;;
    postgres) has_postgres || echo postgresql ;;
    capture)
      has dumpcap || has tcpdump || echo tcpdump
      has ip || echo iproute2
      has ethtool || echo ethtool
      has sysctl || echo procps
      ;;
  esac
}

may_install() { has apt-get && { [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }; }; }

as_root() {
  if [ -n "$dry" ]; then
    printf '%s\n' "$*"
  elif [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# Shows what apt-get says only where it fails.
# noninteractive: wireshark-common would ask whether everybody may capture; its default is no.
apt() {
  local said failed=
  said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    "$@" 2>&1) || failed=yes
  if [ -n "$dry" ]; then printf '%s\n' "$said"; elif [ -n "$failed" ]; then printf '%s\n' "$said" >&2; fi
  [ -z "$failed" ]
}

# One broken source of the user's must not stop us: whether the packages can be had shows at the install.
update() { apt update || say "apt-get update reported errors (above); going on with what it has"; }

install() { say "installing $*" && apt install -y --no-install-recommends "$@" </dev/null; }

codename() { sed -n 's/^VERSION_CODENAME=//p' "$etc/os-release" 2>/dev/null || true; }

# Stanzas in deb822 style (*.sources) that offer main of the suite $1: the same addresses and key for its backports.
from_stanzas() {
  awk -v suite="$1" '
    function words(name, value) {
      value = text[name]; sub(/^[^:]*:/, "", value); gsub(/[ \t\n]+/, " ", value); return " " value " "
    }
    function flush() {
      if (words("types") ~ / deb / && words("components") ~ / main / && index(words("suites"), " " suite " ") &&
          words("enabled") !~ / (no|false|without|off|disable) /)
        print "Types: deb\n" text["uris"] "\nSuites: " suite "-backports\nComponents: main" \
          ("signed-by" in text ? "\n" text["signed-by"] : "")
      split("", text)
    }
    FNR == 1 && NR > 1 { flush() }
    /^#/ { next }
    /^[ \t]*$/ { flush(); next }
    /^[ \t]/ { text[name] = text[name] "\n" $0; next }
    { name = tolower($0); sub(/[ \t]*:.*/, "", name); text[name] = $0 }
    END { flush() }' "${@:2}"
}

# The same for lines in the old style (sources.list).
from_lines() {
  awk -v suite="$1" '
    { sub(/#.*/, "") }
    $1 != "deb" { next }
    {
      signed = ""
      if (match($0, /\[[^]]*\]/)) {
        count = split(substr($0, RSTART + 1, RLENGTH - 2), option, " "); sub(/\[[^]]*\]/, "")
        for (i = 1; i <= count; i++) if (option[i] ~ /^signed-by=/) signed = substr(option[i], 11)
      }
      gsub(/,/, " ", signed)
      for (main = 4; main <= NF && $main != "main"; main++);
      if ($3 == suite && main <= NF && $2 !~ /^cdrom:/)
        print "Types: deb\nURIs: " $2 "\nSuites: " suite "-backports\nComponents: main" \
          (signed ? "\nSigned-By: " signed : "")
    }' "${@:2}"
}

# One stanza for the backports of the suite $1, made of this machine's own sources; nothing where there are none.
backports_stanza() {
  local stanzas=() lines=() file
  for file in "$etc"/apt/sources.list.d/*.sources; do [ ! -f "$file" ] || stanzas+=("$file"); done
  for file in "$etc"/apt/sources.list "$etc"/apt/sources.list.d/*.list; do [ ! -f "$file" ] || lines+=("$file"); done
  {
    [ ${#stanzas[@]} -eq 0 ] || from_stanzas "$1" "${stanzas[@]}"
    [ ${#lines[@]} -eq 0 ] || from_lines "$1" "${lines[@]}"
  } | awk '/^Types:/ && ++count > 1 { exit } { print }'
}

add_backports() {
  local stanza
  stanza=$(backports_stanza "$1")
  if [ -z "$stanza" ]; then
    say "no Debian source of '$1' under $etc/apt to take the backports' address from; install Suricata 7 by hand"
    exit 1
  fi
  say "adding $1-backports as $own_sources (remove that file when it is no longer wanted)"
  printf '# Suricata 7 for the benchmarks of Wanglou, written by tools/system-packages.sh.\n%s\n' "$stanza" |
    if [ -n "$dry" ]; then cat; else as_root tee "$own_sources" >/dev/null; fi
  update
}

has_candidate_7() {
  [[ $(LC_ALL=C apt-cache policy suricata) =~ Candidate:\ ([0-9]+:)?([0-9]+)\. ]] && ((BASH_REMATCH[2] >= 7))
}

# Programs are run by hand; daemons that listen on this machine were not asked for. Without systemd an init script stops
# its own; where nothing starts services at all (containers) there is nothing to stop, which is no failure.
stop_service() {
  if [ -d /run/systemd/system ] && has systemctl; then
    as_root systemctl disable --now --quiet "$1.service"
  elif [ -x "$etc/init.d/$1" ]; then
    as_root "$etc/init.d/$1" stop >&2 || say "$1 could not be stopped; look whether it runs"
    ! has update-rc.d || as_root update-rc.d "$1" disable >&2 || say "$1 may start again with this machine"
  fi
}

install_suricata() {
  local suite
  suite=$(codename)
  if has_candidate_7; then
    install suricata
  else
    [[ $(LC_ALL=C apt-cache policy) == *"n=$suite-backports"* ]] || add_backports "$suite"
    install -t "$suite-backports" suricata
  fi
  stop_service suricata
}

all_missing() {
  local group
  for group in "$@"; do missing "$group"; done
}

main() {
  local group needed
  if [ "${1:-}" = --dry-run ]; then dry=yes && shift; fi
  [ $# -gt 0 ] || set -- ''
  for group in "$@"; do
    case $group in base | dissect | broker | browser | postgres | suricata | elasticsearch | capture) ;; *)
      say "no group '$group'; the groups are: base dissect broker browser postgres suricata elasticsearch capture"
      exit 2
      ;;
    esac
  done

  mapfile -t needed < <(all_missing "$@")
  [ ${#needed[@]} -gt 0 ] || exit 0
  if [ -z "$dry" ] && ! may_install; then
    say "missing, and neither root nor sudo without a password is to be had. Install as root:"
    say "  apt-get install ${needed[*]}"
    [[ ${needed[*]} != *suricata* ]] || say "  (Suricata must be 7 or newer; on Debian 12 it comes from bookworm-backports)"
    exit 1
  fi

  update
  [[ ${needed[*]} != *suricata* ]] || install_suricata
  mapfile -t needed < <(printf '%s\n' "${needed[@]}" | grep -vx suricata)
  [ ${#needed[@]} -eq 0 ] || install "${needed[@]}"
  [[ " ${needed[*]} " != *" mosquitto "* ]] || stop_service mosquitto
  [[ " ${needed[*]} " != *" postgresql "* ]] || stop_service postgresql

  [ -z "$dry" ] || exit 0
  mapfile -t needed < <(all_missing "$@")
  [ ${#needed[@]} -eq 0 ] || { say "still missing after the installation: ${needed[*]}" && exit 1; }
}

main "$@"
