"""Publishes a rating through a topic of the platform's own, with the CloudEvents SDK and kafka-python.

    pip install -r requirements.txt
    KAFKA_BROKERS=localhost:9092 TOPIC=platform.events APPLICATION=app_… python3 producer.py
"""

import os
from datetime import datetime, timezone

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import KafkaProducer

now = datetime.now(timezone.utc)
event = CloudEvent(
    attributes={
        "id": f"rating-{int(now.timestamp() * 1000)}",
        "source": "/examples/python",
        "type": "rating.submitted",
        "datacontenttype": "application/json",
        # Whose event it is: the application's id, or its uid where ingest is told the organisation.
        "application": os.environ["APPLICATION"],
        # Events of one conversation keep their order.
        "conversation": "cnv_7Q2m",
    },
    # The payload as it is delivered.
    data={
        "type": "rating.submitted",
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "data": {"conversationId": "cnv_7Q2m", "score": 4, "comment": "Quick, though it asked for the date twice."},
    },
)
message = to_binary(event, JSONFormat(), key_mapper=lambda each: each.get_extension("conversation"))

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","), acks="all")
producer.send(
    os.environ["TOPIC"],
    key=message.key.encode(),
    value=message.value,
    headers=list(message.headers.items()),
).get(timeout=30)
producer.close()
print("published", event.get_id())
