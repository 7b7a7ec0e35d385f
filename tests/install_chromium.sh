#!/bin/sh
# The browser tests drive Debian's chromium; install it where that is possible, else say how.
set -u
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing chromium for the browser tests"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium \
        >/dev/null; then exit 0; fi
fi
echo "The browser tests need chromium and will fail without it: run 'sudo apt-get install chromium', then 'make test'." >&2
