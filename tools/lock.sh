#!/usr/bin/env bash
# Lock what pyproject.toml asks for into requirements.txt (to run) and requirements-dev.txt (to test and lint).
#
#   tools/lock.sh                      keep the locked versions, add and drop what pyproject.toml says
#   tools/lock.sh --upgrade            take the newest versions
#   tools/lock.sh --upgrade-package X  take the newest X
#
# Every file of each release is listed by its hash, so the same lock serves other Pythons and processors; addresses of
# package indexes never enter it. Run it with the oldest supported Python: newer ones need a subset of what that one
# needs.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-.venv/bin/python}
export CUSTOM_COMPILE_COMMAND="tools/lock.sh"
# A folder of wheels on this machine would change the choice of versions and leave its path in the lock.
unset PIP_FIND_LINKS

oldest=$(sed -n 's/^requires-python = ">=\(.*\)"/\1/p' pyproject.toml)
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$found" != "$oldest" ]; then
  echo "tools/lock.sh: $python is Python $found; lock with $oldest (PYTHON=.../python$oldest tools/lock.sh)" >&2
  exit 2
fi

compile() {
  "$python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --resolver=backtracking \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --newline=lf "$@" pyproject.toml
}

# hatchling installs the project itself, so it belongs to what is needed to run.
compile --build-deps-for=editable --output-file=requirements.txt "$@"
compile --build-deps-for=editable --extra=dev --constraint=requirements.txt --output-file=requirements-dev.txt "$@"

if grep -nE '^(--|-i |-f )|://' requirements.txt requirements-dev.txt; then
  echo "tools/lock.sh: the lines above name an address; a lock must not" >&2
  exit 3
fi
