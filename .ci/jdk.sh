# Sets JAVA_HOME to a JDK 25 or newer: JAVA_HOME, then PATH, then the usual place of Debian and Temurin.
is_jdk25() {
  [ -x "$1/bin/javac" ] && [ "$("$1/bin/javac" -version 2>&1 | sed -nE 's/^javac ([0-9]+).*/\1/p')" -ge 25 ] 2>/dev/null
}

find_jdk25() {
  local candidate
  for candidate in "${JAVA_HOME:-}" \
    "$(dirname "$(dirname "$(readlink -f "$(command -v javac || echo /nonexistent/x)")")")" \
    /usr/lib/jvm/*; do
    if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

JAVA_HOME=$(find_jdk25) || {
  echo "firn: no JDK 25 in JAVA_HOME, PATH or /usr/lib/jvm; install one (for example Temurin 25) and set JAVA_HOME" >&2
  exit 2
}
export JAVA_HOME
