#!/bin/sh
# From nothing to a delivery: an application, an endpoint, one event, and what became of it.
#   API_URL=http://localhost:8080 API_KEY=… RECEIVER_URL=https://… examples/quick-start.sh
set -eu
: "${API_URL:?set it to where Signpost answers: http://localhost:8080}"
: "${API_KEY:?set it to an API key; npm start prints one}"
: "${RECEIVER_URL:?set it to where deliveries go}"
here=$(dirname "$0")

call() {
  method=$1
  path=$2
  shift 2
  curl --silent --show-error --fail-with-body --request "$method" \
    --header "authorization: Bearer $API_KEY" --header 'content-type: application/json' "$API_URL$path" "$@"
  echo
}

echo '1. An application: the customer whose endpoints they are. Its uid is yours to choose.'
call POST '/api/v1/app?get_if_exists=true' --data '{"name":"Shop 42","uid":"shop-42"}'

echo '2. An endpoint: where the deliveries go, and which. PUT makes it, or changes it.'
call PUT /api/v1/app/shop-42/endpoint/crm \
  --data "{\"uid\":\"crm\",\"url\":\"$RECEIVER_URL\",\"eventTypes\":[\"rating.submitted\"],\"retryPreset\":\"fast\"}"

echo '3. The secret that its receiver verifies with.'
call GET /api/v1/app/shop-42/endpoint/crm/secret

# An endpoint gets every message accepted a second after it was made.
sleep 1

echo '4. An event. The answer comes once Kafka has it.'
event=$(cat "$here/rating.json")
call POST /api/v1/app/shop-42/msg \
  --data "{\"eventType\":\"rating.submitted\",\"conversationId\":\"cnv_7Q2m\",\"payload\":$event}"

echo '5. What became of it: the newest attempt.'
tries=0
while [ "$tries" -lt 100 ]; do
  attempts=$(call GET '/api/v1/app/shop-42/attempt/endpoint/crm?limit=1')
  case $attempts in
    *'"id"'*) echo "$attempts" && exit 0 ;;
  esac
  tries=$((tries + 1))
  sleep 0.2
done
echo 'There is no attempt after 20 seconds. Is the dispatcher running?' >&2
exit 1
