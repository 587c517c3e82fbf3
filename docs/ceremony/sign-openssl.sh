#!/bin/sh
# Signs standard input with the private key in the file that the first argument names (Ed25519 or P-256).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/payload"
if openssl pkey -in "$1" -noout -text 2> "$folder/error" | grep -q ED25519; then
  openssl pkeyutl -sign -inkey "$1" -rawin -in "$folder/payload"
else
  openssl dgst -sha256 -sign "$1" "$folder/payload"
fi
