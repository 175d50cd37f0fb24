#!/bin/sh
# Give tests and `make cluster` Debian's PostgreSQL, Redis and nginx. Only their programs are used: the package managers'
# own clusters and services are neither made nor started.
set -e
found() {
    command -v "$1" >/dev/null 2>&1 && return
    for program in /usr/sbin/"$1" /usr/lib/postgresql/*/bin/"$1"; do
        if [ -x "$program" ]; then return 0; fi
    done
    return 1
}

missing=""
found initdb || missing="$missing postgresql"
found redis-server || missing="$missing redis-server"
found nginx || missing="$missing nginx-light"
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 || { echo "Not found:$missing. Tests that need them are skipped." >&2; exit 0; }
if [ "$(id -u)" -eq 0 ]; then sudo=""; else sudo="sudo"; fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    # Debian asks this file before it starts a service, and starts none where it exits with 101.
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
    trap '$sudo rm -f "$policy"' EXIT
fi
$sudo mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
$sudo apt-get update -qq
# shellcheck disable=SC2086  # several words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold $missing
