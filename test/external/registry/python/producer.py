"""Produces one of the cases below with Confluent's own serialisers, and prints the value's bytes of each record.

    REGISTRY_URL=… REGISTRY_USER=name:password KAFKA_BROKERS=… TOPIC=… TENANT=… python3 producer.py CASE

With HOLD set it says "ready" once all is serialised, and produces when a line comes in.
"""

import json
import os
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import UUID

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TENANT = os.environ["TENANT"]
TOPIC = os.environ["TOPIC"]
AT = datetime(2026, 10, 1, 12, 0, 0, 125000, tzinfo=timezone.utc)

registry = SchemaRegistryClient(
    {"url": os.environ["REGISTRY_URL"], "basic.auth.user.info": os.environ["REGISTRY_USER"]}
)


def record(name, *fields):
    """What every event has, and more."""
    common = [{"name": "tenant", "type": "string"}, {"name": "id", "type": "string"}]
    return {"type": "record", "namespace": "crm", "name": name, "fields": common + list(fields)}


def avro(schema, value, references=()):
    serializer = AvroSerializer(registry, Schema(json.dumps(schema), "AVRO", list(references)))
    return serializer({"tenant": TENANT, **value}, SerializationContext(TOPIC, MessageField.VALUE))


def optional(name, kind):
    return {"name": name, "type": ["null", kind], "default": None}


LEAD = record(
    "Lead",
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "value", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    {"name": "number", "type": "long"},
    {"name": "share", "type": "double"},
    {"name": "stage", "type": {"type": "enum", "name": "Stage", "symbols": ["NEW", "WON"]}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": ["null", "string", "long"]}},
    {
        "name": "contact",
        "type": [
            {"type": "record", "name": "Person", "fields": [{"name": "email", "type": "string"}]},
            {"type": "record", "name": "Company", "fields": [{"name": "vat", "type": "string"}]},
        ],
    },
    optional("photo", "bytes"),
)

NOTE_1 = record("Note", {"name": "text", "type": "string"})
NOTE_2 = record("Note", {"name": "text", "type": "string"}, optional("author", "string"))
CONTACT = {"type": "record", "namespace": "crm", "name": "Contact", "fields": [{"name": "email", "type": "string"}]}
CALL = record("Call", optional("contact", "crm.Contact"))
CHAT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Chat",
    "type": "object",
    "properties": {"tenant": {"type": "string"}, "id": {"type": "string"}, "score": {"type": "number"}},
    "required": ["tenant", "id"],
}


def logical():
    lead = {
        "id": "logical",
        "at": AT,
        "day": date(2026, 10, 1),
        "key": UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        "value": Decimal("12.50"),
        "number": 2**53 + 1,
        "share": 0.25,
        "stage": "WON",
        "tags": ["a", "é😀"],
        "more": {"x": 1, "y": "two", "z": None},
        "contact": {"vat": "DE123"},
        "photo": b"\x00\xff",
    }
    return [avro(LEAD, lead)]


def note(number):
    schema = NOTE_2 if number % 2 else NOTE_1
    more = {"author": "zoe"} if number % 2 else {}
    return avro(schema, {"id": f"note-{number}", "text": f"no. {number}", **more})


def evolved():
    return [note(number) for number in range(6)]


def referring():
    registry.register_schema("contact", Schema(json.dumps(CONTACT), "AVRO"))
    references = [SchemaReference("crm.Contact", "contact", 1)]
    return [avro(CALL, {"id": "call", "contact": {"email": "zoe@example.com"}}, references)]


def json_schema():
    serializer = JSONSerializer(json.dumps(CHAT), registry)
    context = SerializationContext(f"{TOPIC}-json", MessageField.VALUE)
    return [serializer({"tenant": TENANT, "id": "chat", "score": 4.5}, context)]


def outage():
    """A schema that is known, one that is not, and the first again."""
    ticket = record("Ticket", {"name": "number", "type": "int"})
    unknown = [avro(ticket, {"id": f"ticket-{number}", "number": number}) for number in range(3)]
    return [note(100), *unknown, note(101)]


def unknown():
    return [b"\x00\x00\x0f\x42\x40" + note(7)[5:], note(9)]


CASES = {case.__name__: case for case in (logical, evolved, referring, json_schema, outage, unknown)}

values = CASES[sys.argv[1]]()
if os.environ.get("HOLD"):
    print("ready", flush=True)
    sys.stdin.readline()
producer = Producer({"bootstrap.servers": os.environ["KAFKA_BROKERS"], "acks": "all", "enable.idempotence": True})
for value in values:
    producer.produce(TOPIC, value=value)
producer.flush()
for value in values:
    print(value.hex())
