#!/bin/sh
# Restores an archive of Firn without Firn.
#
#   sh restore.sh MANIFESTS BUNDLES TARGET
#
# MANIFESTS  what `firn archive export-manifests` wrote: bundles.tsv, NNN.sha512, NNN.names
# BUNDLES    a folder with the archive's bundles, at any depth
# TARGET     where the files go: the file /data/exp/x becomes TARGET/data/exp/x
#
# Needs unzip and sha512sum, and nothing else that POSIX does not give. A file appears in TARGET only
# when its sha512 was right; what is there already is never replaced. It can be stopped and run again.
# Ends with 0 when every file that the manifests name is in TARGET, with 1 otherwise.
set -u
LC_ALL=C
export LC_ALL

if [ $# -ne 3 ] || [ ! -f "$1/bundles.tsv" ] || [ ! -d "$2" ]; then
  echo 'usage: sh restore.sh MANIFESTS BUNDLES TARGET' >&2
  exit 2
fi
mkdir -p "$3" || exit 2
manifests=$(cd "$1" && pwd)
bundles=$(cd "$2" && pwd)
target=$(cd "$3" && pwd)
tab=$(printf '\t')
work=$target/.restoring
rm -rf "$work"
mkdir "$work" || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
find "$bundles" -type f -name '*.zip' >"$work/found"
wrong=0
restored=0
present=0

complain() {
  echo "restore: $*" >&2
  wrong=$((wrong + 1))
}

# Whether the file at $1 has the sha512 $2.
has_sum() {
  [ "$(sha512sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

# unzip writes a member whose name is no path where it thinks best. Those of a bundle that has any are
# told by what they hold, and put under the paths of its lists. $1: its lists. $2: where it was unpacked.
sort_out() {
  grep -q '^=odd/' "$manifests/$1.names" || return 0
  rm -rf "$2.sums" "$2.odd"
  mkdir "$2.sums"
  find "$2" -type f -exec sh -c \
    'mv "$1" "$2/$(sha512sum <"$1" | cut -d " " -f 1)"' sh {} "$2.sums" \;
  mv "$2" "$2.odd" && mkdir "$2"
  while IFS="$tab" read -r path name sum; do
    [ -f "$2.sums/$sum" ] || continue
    case $path in */*) mkdir -p "$2/${path%/*}" ;; esac
    cp "$2.sums/$sum" "$2/$path"
  done <"$manifests/$1.names"
  rm -rf "$2.sums" "$2.odd"
}

# Puts the members of one unpacked bundle where they belong. $1: its lists. $2: where it was unpacked.
place() {
  # What sha512sum does not call right is taken away, so that only sound files are left to place.
  (cd "$2" && sha512sum -c "$manifests/$1.sha512" 2>/dev/null) | sed -n 's/: FAILED.*$//p' >"$work/bad"
  while IFS= read -r path; do
    complain "$path in bundle $1 is missing or not what the manifest says"
    rm -f "$2/$path"
  done <"$work/bad"
  while IFS="$tab" read -r path name sum; do
    [ -f "$2/$path" ] || continue
    if [ -e "$target$name" ]; then
      if has_sum "$target$name" "$sum"; then
        present=$((present + 1))
      else
        complain "$target$name is there with other bytes; it was left alone"
      fi
    else
      mkdir -p "$target${name%/*}" && mv "$2/$path" "$target$name" && restored=$((restored + 1)) ||
        complain "$target$name could not be written"
    fi
  done <"$manifests/$1.names"
}

while IFS="$tab" read -r bundle file size sum; do
  [ "$bundle" != '#bundle' ] || continue
  zip=$(grep -F -m 1 -e "/$file" "$work/found")
  if [ -z "$zip" ]; then
    complain "bundle $file is not below $bundles"
    continue
  fi
  if [ "$sum" != - ] && ! has_sum "$zip" "$sum"; then
    complain "bundle $zip is damaged; its members are tried one by one"
  fi
  mkdir "$work/unpacked"
  # unzip says by its status that something is wrong with a member; sha512sum says with which.
  # -UU: names are taken byte by byte, whatever the locale makes of them. -B: what it unpacks to the
  # same place, such as x and ../x, it keeps beside each other.
  unzip -q -o -B -UU "$zip" -d "$work/unpacked" </dev/null >"$work/unzip.log" 2>&1 ||
    sed 's/^/restore: unzip: /' "$work/unzip.log" >&2
  sort_out "$bundle" "$work/unpacked"
  place "$bundle" "$work/unpacked"
  rm -rf "$work/unpacked"
done <"$manifests/bundles.tsv"

echo "$restored files restored, $present were there already, $wrong things wrong"
[ "$wrong" -eq 0 ]
