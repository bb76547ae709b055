#!/bin/sh
# Sends a receiver one signed delivery, as Signpost would: send-signed.sh <url> <whsec_…> <file> [webhook-id]
set -eu
url=$1
secret=$2
file=$3
id=${4:-msg_$(date +%s)}

timestamp=$(date +%s)
key=$(printf %s "${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
signature=$({ printf '%s.%s.' "$id" "$timestamp"; cat "$file"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)

curl --silent --show-error --output /dev/null --write-out '%{http_code}\n' \
  --header 'content-type: application/json' \
  --header "webhook-id: $id" \
  --header "webhook-timestamp: $timestamp" \
  --header "webhook-signature: v1,$signature" \
  --data-binary "@$file" "$url"
