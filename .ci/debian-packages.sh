#!/bin/sh
# Installs the Debian packages of the real servers in fixtures/targets. Run as root. A second run
# changes nothing; only a failure says something.
set -eu

packages='nginx-light libnginx-mod-nchan docker-registry python3-websockets websocketd'

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

missing=''
for package in $packages; do
  installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "debian-packages.sh: must run as root to install:$missing" >&2
  exit 1
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=''
tidy() {
  if [ -n "$made_policy" ]; then rm -f "$policy"; fi
  rm -f "$log"
}
trap tidy EXIT

# The packages bring services; the suite starts these servers itself, so none may be started here
# (policy-rc.d exit status 101: action forbidden).
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086 -- a list of names
  apt-get install -q -y --no-install-recommends $missing >"$log" 2>&1
}

# Package lists may be absent or old: they are fetched when the first try fails.
if ! install; then
  apt-get update -q >"$log" 2>&1 && install || {
    cat "$log" >&2
    exit 1
  }
fi
