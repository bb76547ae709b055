#!/bin/sh
# Publishes several events in one request: all of them are accepted, or none.
#   API_URL=http://localhost:8080 API_KEY=… APPLICATION=shop-42 examples/publish-batch.sh
set -eu
: "${API_URL:?set it to where Signpost answers: http://localhost:8080}"
: "${API_KEY:?set it to an API key; npm start prints one}"
: "${APPLICATION:?set it to the id or uid of an application}"
event=$(cat "$(dirname "$0")/rating.json")

curl --silent --show-error --fail-with-body --request POST \
  --header "authorization: Bearer $API_KEY" --header 'content-type: application/json' \
  --data "{\"data\":[
    {\"eventType\":\"rating.submitted\",\"channels\":[\"emea\"],\"payload\":$event},
    {\"eventType\":\"rating.submitted\",\"conversationId\":\"cnv_7Q2m\",\"payload\":$event}
  ]}" \
  "$API_URL/api/v1/app/$APPLICATION/msg/batch"
echo
