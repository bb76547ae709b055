#!/bin/sh
# Publishes an event through a topic of the platform's own, with the console producer that comes with Kafka: a CloudEvent
# in binary mode. INGEST_SOURCE_TOPICS of ingest names the topic.
#   KAFKA_BROKERS=localhost:9092 TOPIC=platform.events APPLICATION=app_… examples/publish-from-kafka.sh
set -eu
: "${KAFKA_BROKERS:?set it to host:port of a broker}"
: "${TOPIC:?set it to a topic that INGEST_SOURCE_TOPICS names}"
: "${APPLICATION:?set it to the id of an application}"
event=$(tr -d '\n' <"$(dirname "$0")/rating.json")
id=rating-$(date +%s)-$$

# Headers, a tab, and the payload; each header is name:value.
headers="ce_specversion:1.0,ce_id:$id,ce_source:/examples,ce_type:rating.submitted,ce_application:$APPLICATION"
printf '%s,content-type:application/json\t%s\n' "$headers" "$event" |
  kafka-console-producer.sh --bootstrap-server "$KAFKA_BROKERS" --topic "$TOPIC" --property parse.headers=true
echo "published $id"
