#!/bin/sh
# Makes sure that gcc, make, cargo and m4 are there; installs m4 where a package manager can be used.
set -u

missing() {
    echo "sublevel: $1" >&2
    exit 1
}

for tool in gcc make cargo; do
    command -v "$tool" >/dev/null 2>&1 || missing "$tool is missing: install it and run this command again."
done
command -v m4 >/dev/null 2>&1 && exit 0

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1; then
    $as_root apt-get update -qq >/dev/null 2>&1
    $as_root apt-get install -y -qq m4 >/dev/null 2>&1
elif command -v dnf >/dev/null 2>&1; then
    $as_root dnf install -y -q m4 >/dev/null 2>&1
elif command -v apk >/dev/null 2>&1; then
    $as_root apk add --quiet m4 >/dev/null 2>&1
elif command -v pacman >/dev/null 2>&1; then
    $as_root pacman -S --noconfirm --quiet m4 >/dev/null 2>&1
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet m4 >/dev/null 2>&1
fi
command -v m4 >/dev/null 2>&1 || missing "m4 is missing (GMP's build needs it) and could not be installed: install m4 and run this command again."
