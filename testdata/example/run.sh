#!/usr/bin/env bash
# Serves the example company from a throwaway data directory and opens its queue in this terminal.
# usage: run.sh PATH-TO-SIGNALBOX
set -euo pipefail
bin=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/signalbox-example.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap finish EXIT
sb() { "$bin" "$@" --data "$dir" >/dev/null; }

# Keys of their own: yours are not touched.
for who in you k.ito j.ruiz p.lind; do ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$dir/$who"; done
sb init --admin you --name You --key "$dir/you.pub"
for role in approver coordinator auditor; do sb person grant you "$role"; done
sb person add k.ito --name 'K. Ito' --role developer --key "$dir/k.ito.pub"
sb person add j.ruiz --name 'J. Ruiz' --role developer --role approver --key "$dir/j.ruiz.pub"
sb person add p.lind --name 'P. Lind' --role approver --key "$dir/p.lind.pub"
sb import organisation "$here/../catalogs/example/organisation.yaml"
sb import backstage "$here/../catalogs/example"

"$bin" serve --data "$dir" --ssh 127.0.0.1:0 --http 127.0.0.1:0 2>"$dir/log" &
server=$!
until grep -q '^http: listening' "$dir/log"; do
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
port=$(sed -n 's/^ssh: listening on .*:\([0-9]*\)$/\1/p' "$dir/log")
client=(ssh -p "$port" -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$dir/known_hosts" -o LogLevel=ERROR)

# Colleagues ask for what you will decide.
while IFS='|' read -r who service version kind title; do
  words=$(printf '%q ' change draft --service "$service" --environment production --version "$version" --kind "$kind" --title "$title" \
    --digest "sha256:$(printf '%s %s' "$service" "$version" | sha256sum | cut -d' ' -f1)" --json)
  id=$("${client[@]}" -i "$dir/$who" 127.0.0.1 "$words" </dev/null | sed -n 's/^  "id": "\(CHG-[0-9]*\)".*/\1/p')
  "${client[@]}" -i "$dir/$who" 127.0.0.1 change submit "$id" </dev/null >/dev/null
done <"$here/changes"
"${client[@]}" -i "$dir/p.lind" 127.0.0.1 approve CHG-1 -m "'flag stays off until Thursday'" </dev/null >/dev/null

echo "a second session:  ${client[*]} -i $dir/you 127.0.0.1 -t"
if [ -t 0 ] && [ -t 1 ]; then
  "${client[@]}" -i "$dir/you" -t 127.0.0.1
else
  "${client[@]}" -i "$dir/you" 127.0.0.1 queue
fi
