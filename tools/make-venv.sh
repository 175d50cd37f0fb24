#!/bin/sh
# Make .venv, whole or not at all: a half-made one would break every later run.
python="$(tools/find-python.sh)" || exit 1
if "$python" -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip; then
    exit 0
fi
rm -rf .venv
echo "No virtual environment could be made with $python. On Debian and Ubuntu: apt install python3-venv" >&2
exit 1
