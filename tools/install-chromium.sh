#!/bin/sh
# Give the browser tests a Chromium: Debian's package where apt is at hand, Playwright's own build elsewhere.
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" -eq 0 ]; then sudo=""; else sudo="sudo"; fi
    $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium && exit 0
fi
exec .venv/bin/playwright install chromium
