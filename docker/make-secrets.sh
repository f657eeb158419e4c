#!/bin/sh
# Writes what docker-compose.yml reads as secrets, once: an existing file is kept. Usage: docker/make-secrets.sh [FOLDER]
# The folder is closed to other accounts of the host; the files are readable because the container's user is not yours.
set -eu
folder="${1:-secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
keep() { if [ ! -e "$folder/$1" ]; then cat >"$folder/$1" && chmod 444 "$folder/$1" && echo "made $folder/$1"; else cat >/dev/null; fi; }
random 48 | keep secret_key
random 24 | keep database_password
printf 'postgres://wild:%s@database:5432/wild' "$(cat "$folder/database_password")" | keep database_url
printf '' | keep relay_password
