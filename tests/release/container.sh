#!/usr/bin/env bash
# Builds the image of deploy/container without a daemon, and transpiles a sample in it. Usage: container.sh DIST VERSION, as root with buildah.
set -euo pipefail
dist=$(cd "${1:?usage: container.sh DIST VERSION}" && pwd) version=${2:?usage: container.sh DIST VERSION}
cd "$(dirname "$0")/../.."
.ci/install buildah crun
folder=$(mktemp -d)
buildah=(buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs)
trap 'umount "$folder"/storage/* 2>/dev/null || true; rm -rf --one-file-system "$folder"' EXIT
"${buildah[@]}" build -q --isolation chroot -f deploy/container/Containerfile --build-arg "VERSION=$version" -t pdquant "$dist" >/dev/null
container=$("${buildah[@]}" from pdquant)
mkdir -m 777 "$folder/data"
cp testdata/paddle/transpile/mlp/main.pb "$folder/data/"
run() { "${buildah[@]}" run --isolation chroot -v "$folder/data:/data" "$container" -- "$@"; }
run /usr/bin/pdquant --version | grep -qx "pdquant $version"
run /usr/bin/pdquant transpile /data/main.pb -o /data/q.pb -q
run /usr/bin/pdquant check /data/q.pb
echo "the image: $(du -sk "$("${buildah[@]}" mount "$container")" | cut -f 1) KiB"
