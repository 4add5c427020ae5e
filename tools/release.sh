#!/usr/bin/env bash
# Makes a release in dist/: the archive with the static program, the wheel, Debian's packages, the SBOM, the sums. Sets VERSION and the
# section of CHANGELOG.md, which are to be committed and tagged. The same commit gives the same bytes (--twice builds again elsewhere, and
# compares). Everything is tested in a clean root. Usage: tools/release.sh VERSION [--twice]
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-} twice=${2:-}
semver='^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$'
if ! [[ $version =~ $semver ]] || [[ -n $twice && $twice != --twice ]]; then
  echo "usage: tools/release.sh VERSION [--twice]; VERSION is by SemVer, such as 1.2.3 or 1.2.3-rc.1" >&2
  exit 2
fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
step() { echo; echo "=== $1 ($(date +%H:%M:%S))"; }

# make SOURCE DIST: builds once, and packs the build three times.
make() {
  local source=$1 dist=$2 build=$1/build/release stage name=pdquant-$version-linux-x86_64
  stage=$(mktemp -d)
  rm -rf "$dist"; mkdir -p "$dist"
  cmake -S "$source" -B "$build" --preset release -USKBUILD* >/dev/null
  cmake --build "$build"
  cmake --install "$build" --prefix "$stage/$name" --component program --strip >/dev/null
  tools/release/sbom.py "$version" "$SOURCE_DATE_EPOCH" "$stage/$name/bin/pdquant" >"$dist/pdquant-$version.spdx.json"
  cp "$source"/{LICENSE,README.md,CHANGELOG.md} "$dist/pdquant-$version.spdx.json" "$stage/$name/share/doc/pdquant/"
  tar -C "$stage" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip -9n >"$dist/$name.tar.gz"
  (cd "$build" && cpack -G DEB -B "$stage/deb" >/dev/null)
  mv "$stage"/deb/*.deb "$dist/"
  # The wheel comes last: what it sets in the build's cache is of no use to the others.
  "$venv/bin/pip" wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w "$stage/wheel" -C build-dir="$build" \
    -C install.strip=true -C cmake.define.PDQUANT_STATIC=ON "$source"
  # It needs nothing of the machine, so it goes wherever wheels do.
  "$venv/bin/wheel" tags --remove --platform-tag manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64 "$stage"/wheel/*.whl >/dev/null
  mv "$stage"/wheel/*.whl "$dist/"
  (cd "$dist" && sha256sum -- * >SHA256SUMS)
  rm -rf "$stage"
}

step "what is needed"
.ci/setup release
venv=$PWD/build/release-tools
[ -e "$venv/complete" ] || { python3 -m venv "$venv" &&
  "$venv/bin/pip" install -q --disable-pip-version-check scikit-build-core==1.1.2 wheel==0.48.0 spdx-tools==0.8.5 && touch "$venv/complete"; }

step "VERSION and CHANGELOG.md"
echo "$version" >VERSION
tools/release/changelog.py CHANGELOG.md "$version" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)"

step "dist/"
make "$PWD" "$PWD/dist"

if [ -n "$twice" ]; then
  step "once more, elsewhere"
  other=$(mktemp -d)
  trap 'rm -rf "$other"' EXIT
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -C "$other" -xf -
  make "$other" "$other/dist"
  diff -r dist "$other/dist"
  echo "the same bytes"
fi

step "the SBOM, by SPDX's own validator"
"$venv/bin/pyspdxtools" -i "dist/pdquant-$version.spdx.json"

step "tests in clean roots"
tests/release/clean_roots.sh dist "$version"

step "done: commit VERSION and CHANGELOG.md, and tag v$version"
cat dist/SHA256SUMS
