#!/bin/sh
# Give the browser tests a Firefox, Debian's package. Where there is none they are skipped and say so.
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 && exit 0
command -v apt-get >/dev/null 2>&1 || exit 0
if [ "$(id -u)" -eq 0 ]; then sudo=""; else sudo="sudo"; fi
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr || echo "There is no firefox-esr: tests in Firefox are skipped."
