#!/bin/sh
# Signs standard input with a P-256 key in a PKCS#11 token: TOKEN_MODULE, TOKEN_LABEL, TOKEN_KEY (the key's id), TOKEN_PIN.
# Tokens that know only plain ECDSA get the SHA-256 of the payload; pkcs11-tool turns the answer into DER.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl dgst -sha256 -binary > "$folder/digest"
pkcs11-tool --module "$TOKEN_MODULE" --token-label "$TOKEN_LABEL" --login --pin env:TOKEN_PIN --id "$TOKEN_KEY" \
  --sign --mechanism ECDSA --signature-format openssl --input-file "$folder/digest" --output-file "$folder/signature" >&2
cat "$folder/signature"
