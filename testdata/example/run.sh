#!/usr/bin/env bash
# Starts a sandbox in a throwaway directory and opens its screens in this terminal. Words after the program go to
# `signalbox sandbox`: --scenario, --seed, --speed, --as.
# usage: run.sh PATH-TO-SIGNALBOX [FLAG…]
set -euo pipefail
bin=$(realpath "$1")
shift
dir=$(mktemp -d "${TMPDIR:-/tmp}/signalbox-sandbox.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap finish EXIT

"$bin" sandbox --data "$dir/company" "$@" 2>"$dir/log" &
server=$!
until grep -q '^http: listening' "$dir/log"; do
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
grep '^sandbox: \|another program listens' "$dir/log"
read -ra client <<<"$(sed -n 's/^sandbox: \(ssh -t .*\)$/\1/p' "$dir/log")"
if [ -t 0 ] && [ -t 1 ]; then
  "${client[@]}"
else
  "${client[0]}" "${client[@]:2}" queue
fi
