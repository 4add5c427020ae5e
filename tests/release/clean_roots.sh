#!/usr/bin/env bash
# Tests what tools/release.sh made, each in a root of its own: the archive in an empty one, Debian's packages and the wheel in a new Debian 12,
# the archive and the wheel in an old base, Debian 11.
# Usage: clean_roots.sh DIST VERSION, as root; others test the archive alone. PDQUANT_DEBIAN in the environment is a root that debootstrap
# made (--include=python3,python3-venv), of which a copy is taken instead of a new one.
set -euo pipefail
dist=$(cd "${1:?usage: clean_roots.sh DIST VERSION}" && pwd) version=${2:?usage: clean_roots.sh DIST VERSION}
cd "$(dirname "$0")/../.."
debian_version=${version//-/\~}
archive=$dist/pdquant-$version-linux-x86_64.tar.gz
deb=$dist/pdquant_${debian_version}_amd64.deb
development=$dist/libpdquant-dev_${debian_version}_amd64.deb
sample=testdata/paddle/transpile/mlp
folder=$(mktemp -d)
trap 'umount "$folder"/debian*/proc 2>/dev/null || true; rm -rf --one-file-system "$folder"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "--- $*"; }

# expect PROGRAM COMMAND…: the command, a way to run the program where the sample is in /, does its work.
expect() {
  local root=$1; shift
  mkdir -p "$root/sample"
  cp "$sample/main.pb" "$sample/startup.pb" "$root/sample/"
  "$@" --version | grep -qx "pdquant $version" || fail "$*: not version $version"
  "$@" transpile /sample/main.pb -o /sample/q.pb --startup /sample/startup.pb --startup-out /sample/qs.pb -q
  "$@" check /sample/q.pb -q
  "$@" diff /sample/main.pb /sample/q.pb >/dev/null && fail "$*: nothing was quantized"
  cmp "$root/sample/q.pb" "$folder/q.pb"
}

step "sums"
(cd "$dist" && sha256sum --quiet -c SHA256SUMS)

step "$(basename "$archive")"
mkdir "$folder/unpacked"
tar -C "$folder/unpacked" -xzf "$archive"
unpacked=$folder/unpacked/pdquant-$version-linux-x86_64
[ -f "$unpacked/bin/pdquant" ] && [ ! -L "$unpacked/bin/pdquant" ] || fail "bin/pdquant is no regular file"
readelf -d "$unpacked/bin/pdquant" | grep -q "There is no dynamic section" || fail "bin/pdquant needs shared libraries"
readelf -l "$unpacked/bin/pdquant" | grep -q INTERP && fail "bin/pdquant needs a loader"
for file in share/man/man1/pdquant.1 share/bash-completion/completions/pdquant share/zsh/vendor-completions/_pdquant \
    share/fish/vendor_completions.d/pdquant.fish share/doc/pdquant/LICENSE share/doc/pdquant/licences/libprotobuf-dev \
    "share/doc/pdquant/pdquant-$version.spdx.json"; do
  [ -s "$unpacked/$file" ] || fail "the archive has no $file"
done
"$unpacked/bin/pdquant" transpile "$sample/main.pb" -o "$folder/q.pb" -q

if [ "$(id -u)" != 0 ]; then
  echo "SKIPPED: clean roots need root"
  exit 0
fi
step "the archive's program, in a root with nothing else"
mkdir -p "$folder/empty/tmp"
cp "$unpacked/bin/pdquant" "$folder/empty/"
expect "$folder/empty" chroot "$folder/empty" /pdquant

# new_root SUITE FOLDER: a Debian with Python and nothing else, and the release in /dist.
new_root() {
  # shellcheck disable=SC2016 # apt's own variable
  local mirror; mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Created-By: Packages' | grep -v security | head -n 1)
  debootstrap --variant=minbase --include=python3,python3-venv "$1" "$2" "$mirror" >"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2; fail "debootstrap"; }
}
# prepare FOLDER
prepare() {
  mount -t proc proc "$1/proc" # bash reads /dev/fd
  mkdir "$1/dist"
  cp "$dist"/* "$1/dist/"
}
in_root() { chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ DEBIAN_FRONTEND=noninteractive "${@:2}"; }
in_debian() { in_root "$folder/debian" "$@"; }
in_old() { in_root "$folder/debian11" "$@"; }
# wheel FOLDER RUN…: the wheel, in the root of that folder, where RUN runs a command.
wheel() {
  local root=$1; shift
  "$@" sh -c 'python3 -m venv /venv && /venv/bin/pip install -q --disable-pip-version-check --no-index --no-deps /dist/pdquant-*-py3-none-*.whl' >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; fail "pip install"; }
  [ "$(head -c 4 "$root/venv/bin/pdquant" | tail -c 3)" = ELF ] || fail "the wheel's pdquant isn't the program itself"
  expect "$root" "$@" /venv/bin/pdquant
  "$@" /venv/bin/python -c "import pdquant; assert pdquant.version() == '$version', pdquant.version(); pdquant.QuantizeTranspiler()"
}

step "a new Debian 12"
if [ -n "${PDQUANT_DEBIAN:-}" ]; then cp -a "$PDQUANT_DEBIAN" "$folder/debian"; else new_root bookworm "$folder/debian"; fi
prepare "$folder/debian"

step "$(basename "$deb")"
in_debian apt-get install -y -qq "/dist/$(basename "$deb")" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; fail "apt-get install"; }
expect "$folder/debian" in_debian pdquant
in_debian test -s /usr/share/man/man1/pdquant.1.gz || fail "no manual page"
in_debian bash -c '. /usr/share/bash-completion/completions/pdquant; COMP_WORDS=(pdquant che); COMP_CWORD=1; _pdquant; [ "${COMPREPLY[*]}" = check ]' ||
  fail "bash doesn't complete"
in_debian dpkg --purge pdquant >/dev/null
in_debian test ! -e /usr/bin/pdquant || fail "something is left of the package"

step "the wheel"
wheel "$folder/debian" in_debian

step "an old base, Debian 11: the archive's program, and the wheel"
new_root bullseye "$folder/debian11"
prepare "$folder/debian11"
cp "$unpacked/bin/pdquant" "$folder/debian11/usr/local/bin/"
expect "$folder/debian11" in_old /usr/local/bin/pdquant
wheel "$folder/debian11" in_old

step "$(basename "$development"): the example, built with it"
dpkg-deb -x "$development" "$folder/development"
cmake -S examples/transpile -B "$folder/example" -DCMAKE_PREFIX_PATH="$folder/development/usr" >/dev/null
cmake --build "$folder/example" >/dev/null
"$folder/example/transpile_in_process" "$sample/main.pb" "$folder/in_process.pb"
"$unpacked/bin/pdquant" transpile "$sample/main.pb" -o "$folder/command.pb" -q --weight-bits 4 --activation-quantize-type moving_average_abs_max
cmp "$folder/in_process.pb" "$folder/command.pb"

step "lintian"
lintian --allow-root --fail-on error --tag-display-limit 0 "$deb" "$development"
