#!/usr/bin/env bash
# Serves the example company from a throwaway data directory and opens its queue in this terminal.
# usage: run.sh PATH-TO-SIGNALBOX
set -euo pipefail
bin=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/signalbox-example.XXXXXX")
server=
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT

me=$(id -un | tr '[:upper:]' '[:lower:]')
sb() { "$bin" "$@" --data "$dir" >/dev/null; }

# A key of its own: yours are not touched.
ssh-keygen -q -t ed25519 -N '' -C example -f "$dir/key"
sb init --admin you --name 'You' --key "$dir/key.pub"
for role in approver coordinator auditor; do sb person grant you "$role"; done
sb import organisation "$here/../catalogs/example/organisation.yaml"
sb import backstage "$here/../catalogs/example"

# Two colleagues ask for what you will decide. The commands of this machine act as whoever its user is
# linked to, so the link is lent to each of them in turn.
sb person add k.ito --name 'K. Ito' --role developer
sb person add j.ruiz --name 'J. Ruiz' --role developer --role approver
as() {
  sb person link "$1" "os:$me"
  "${@:2}"
  sb person link "$1" "os:$me" --remove
}
ask() { # service version title [kind]
  local id
  id=$("$bin" change draft --data "$dir" --service "$1" --environment production --version "$2" --title "$3" --kind "${4:-normal}" \
    --digest "sha256:$(printf '%s %s' "$1" "$2" | sha256sum | cut -d' ' -f1)" --json | sed -n 's/^  "id": "\(CHG-[0-9]*\)".*/\1/p')
  sb change submit "$id"
}
sb person link you "os:$me" --remove
kito() {
  while read -r service version kind title; do ask "$service" "$version" "$title" "$kind"; done <"$here/changes"
}
as k.ito kito
sb person link you "os:$me"

"$bin" serve --data "$dir" --ssh 127.0.0.1:0 --http 127.0.0.1:0 2>"$dir/log" &
server=$!
until grep -q '^http: listening' "$dir/log"; do
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
port=$(sed -n 's/^ssh: listening on .*:\([0-9]*\)$/\1/p' "$dir/log")
client=(ssh -p "$port" -i "$dir/key" -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$dir/known_hosts" -o LogLevel=ERROR 127.0.0.1)
echo "another session:  ${client[*]}"
if [ -t 0 ] && [ -t 1 ]; then
  "${client[@]}" -t
else
  "${client[@]}" queue
fi
