#!/bin/sh
# Reads every staged file again and compares it with SHA256SUMS beside this script.
# Needs a POSIX shell and one of sha256sum, shasum or openssl.
# Prints a receipt for `firn stage receipt`: a line for every file and one for the whole.
# Ends with 0 when everything is there and right, else with 1.
set -u
cd "$(dirname "$0")" || exit 2

sum() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    openssl dgst -sha256 <"$1" | sed 's/.*[= ]//'
  fi
}

good=0
bad=0
echo "firn-stage-receipt 1"
echo "manifest $(sum manifest.json)"
while read -r expected path; do
  if [ ! -f "$path" ]; then
    echo "missing $path"
    bad=$((bad + 1))
    continue
  fi
  actual=$(sum "$path")
  echo "file $actual $path"
  if [ "$actual" = "$expected" ]; then
    good=$((good + 1))
  else
    echo "$path: expected $expected, read $actual" >&2
    bad=$((bad + 1))
  fi
done <SHA256SUMS
echo "end good=$good bad=$bad"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
