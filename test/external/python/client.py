"""Drives Signpost with the Svix SDK of either major; tells each step on stdout (test/external/svix/steps.ts)."""

import base64
import json
import os
import sys
from datetime import datetime, timedelta, timezone

import svix.models as models
from svix.api import Svix, SvixOptions
from svix.webhooks import Webhook, WebhookVerificationError

MAJOR = int(os.environ["SVIX_MAJOR"])
ORIGIN = os.environ["SIGNPOST_URL"]
PATH = os.environ["RECEIVER_PATH"]
URL = os.environ["RECEIVER_URL"] + PATH
OTHER_SECRET = "whsec_" + base64.b64encode(b"\7" * 24).decode()
APP = "shop"
EVENT_TYPE = "invoice.paid"
SCHEMAS = {"1": {"type": "object", "properties": {"amount": {"type": "integer"}}, "examples": [{"amount": 5}]}}
EVENT_TYPES = "filter_types" if MAJOR == 1 else "event_types"
UPSERT = "update" if MAJOR == 1 else "upsert"


def client(token):
    return Svix(token, SvixOptions(server_url=ORIGIN))


svix = client(os.environ["SIGNPOST_KEY"])


def model(*names):
    """The first of these that this major has."""
    return next(getattr(models, name) for name in names if hasattr(models, name))


def options(resource, name, **values):
    """Options classes live beside the resource's own."""
    return getattr(sys.modules[type(resource).__module__], name)(**values)


def tell(line):
    print(json.dumps(line), flush=True)


def step(name):
    """Runs the function at once; whatever it raises is its result."""

    def run(function):
        try:
            tell({"step": name, "result": function() or {}})
        except Exception as error:  # noqa: BLE001
            tell({"step": name, "error": f"{type(error).__name__}: {error!r}"})

    return run


def ask(**question):
    tell(question)
    answer = json.loads(sys.stdin.readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def delivery(count):
    return ask(ask="delivery", application=APP, path=PATH, count=count)


def error_of(function):
    """The SDK's own error that the function has to end with."""
    try:
        function()
    except Exception as error:
        if not hasattr(error, "status_code"):
            raise
        return error
    raise RuntimeError("nothing was raised")


def failure(function):
    error = error_of(function)
    return {"status": error.status_code, "code": error.code, "detail": error.detail}


def verifies(secret, sent, body=None):
    try:
        Webhook(secret).verify(sent["body"] if body is None else body, sent["headers"])
        return True
    except WebhookVerificationError:
        return False


def ids(listed):
    return [each.id for each in listed.data]


def invoice(amount):
    return models.MessageIn(
        event_type=EVENT_TYPE, event_id=f"invoice-{amount - 11}", channels=["eu"], payload={"amount": amount}
    )


kept = {}


@step("health.get")
def _():
    svix.health.get()


@step("application.create")
def _():
    out = svix.application.create(models.ApplicationIn(name="Shop", uid=APP, metadata={"plan": "pro"}))
    return {
        "id": out.id,
        "uid": out.uid,
        "name": out.name,
        "plan": out.metadata["plan"],
        "createdAt": out.created_at.isoformat(),
    }


@step("application.get-or-create")
def _():
    out = svix.application.get_or_create(models.ApplicationIn(name="Another name", uid=APP))
    return {"id": out.id, "name": out.name}


@step("application.get")
def _():
    out = svix.application.get(APP)
    return {"id": out.id, "uid": out.uid}


@step("application.update")
def _():
    out = getattr(svix.application, UPSERT)(APP, models.ApplicationIn(name="Shop, replaced", uid=APP))
    return {"id": out.id, "name": out.name, "uid": out.uid}


@step("application.upsert")
def _():
    out = getattr(svix.application, UPSERT)("second", models.ApplicationIn(name="Second", uid="second"))
    return {"id": out.id, "name": out.name, "uid": out.uid}


@step("application.patch")
def _():
    out = svix.application.patch(APP, models.ApplicationPatch(name="Shop, patched"))
    return {"id": out.id, "name": out.name, "uid": out.uid}


@step("application.list")
def _():
    uids, pages, iterator, done = [], 0, None, False
    while not done:
        page = svix.application.list(options(svix.application, "ApplicationListOptions", limit=1, iterator=iterator))
        uids += [each.uid for each in page.data]
        iterator, done, pages = page.iterator, page.done, pages + 1
    return {"uids": sorted(uids), "pages": pages}


@step("application.delete")
def _():
    svix.application.delete("second")


@step("event-type.create")
def _():
    out = svix.event_type.create(
        models.EventTypeIn(name=EVENT_TYPE, description="An invoice was paid", schemas=SCHEMAS)
    )
    return {"name": out.name, "description": out.description, "archived": out.archived}


@step("event-type.get")
def _():
    out = svix.event_type.get(EVENT_TYPE)
    return {"name": out.name, "versions": list(out.schemas)}


@step("event-type.update")
def _():
    replaced = model("EventTypeUpdate", "EventTypeUpsert", "EventTypeUpsertIn")(description="Replaced", schemas=SCHEMAS)
    return {"description": getattr(svix.event_type, UPSERT)(EVENT_TYPE, replaced).description}


@step("event-type.patch")
def _():
    return {"description": svix.event_type.patch(EVENT_TYPE, models.EventTypePatch(description="Patched")).description}


@step("event-type.list")
def _():
    listed = svix.event_type.list(options(svix.event_type, "EventTypeListOptions", with_content=True))
    return {"names": [each.name for each in listed.data]}


@step("endpoint.create")
def _():
    given = {EVENT_TYPES: [EVENT_TYPE], "channels": ["eu"], "metadata": {"team": "billing"}}
    out = svix.endpoint.create(APP, models.EndpointIn(url=URL, uid="main", description="Created", **given))
    kept["endpoint"] = out.id
    return {
        "id": out.id,
        "uid": out.uid,
        "url": str(out.url),
        "description": out.description,
        "eventTypes": getattr(out, EVENT_TYPES),
        "channels": out.channels,
        "disabled": out.disabled,
        "team": out.metadata["team"],
    }


@step("endpoint.get")
def _():
    out = svix.endpoint.get(APP, "main")
    return {"id": out.id, "eventTypes": getattr(out, EVENT_TYPES)}


@step("endpoint.update")
def _():
    given = {EVENT_TYPES: [EVENT_TYPE], "channels": ["eu"], "url": URL, "uid": "main", "description": "Replaced"}
    replaced = model("EndpointUpdate", "EndpointUpsert", "EndpointUpsertIn")(**given)
    out = getattr(svix.endpoint, UPSERT)(APP, kept["endpoint"], replaced)
    return {"id": out.id, "description": out.description, "eventTypes": getattr(out, EVENT_TYPES)}


@step("endpoint.patch")
def _():
    out = svix.endpoint.patch(APP, kept["endpoint"], models.EndpointPatch(description="Patched"))
    return {"id": out.id, "description": out.description, "eventTypes": getattr(out, EVENT_TYPES)}


@step("endpoint.list")
def _():
    return {"ids": ids(svix.endpoint.list(APP))}


@step("endpoint.set-headers")
def _():
    given = model("EndpointHeadersSetIn", "EndpointHeadersIn")(headers={"x-shop": "one", "authorization": "Bearer secret"})
    set_headers = svix.endpoint.update_headers if MAJOR == 1 else svix.endpoint.set_headers
    set_headers(APP, kept["endpoint"], given)


def get_headers():
    out = svix.endpoint.get_headers(APP, kept["endpoint"])
    return {"headers": out.headers, "sensitive": list(out.sensitive)}


step("endpoint.get-headers")(get_headers)


@step("endpoint.patch-headers")
def _():
    patch = models.EndpointHeadersPatchIn(headers={"x-second": "two"}, delete_headers=["x-shop"])
    svix.endpoint.patch_headers(APP, kept["endpoint"], patch)


step("endpoint.get-headers-again")(get_headers)


@step("endpoint.get-secret")
def _():
    kept["old"] = svix.endpoint.get_secret(APP, kept["endpoint"]).key
    return {"key": kept["old"]}


@step("message.create")
def _():
    ask(ask="known", application=APP)
    once = options(svix.message, "MessageCreateOptions", idempotency_key="first-invoice")
    out = svix.message.create(APP, invoice(12), once)
    kept["message"] = out.id
    return {"id": out.id, "eventType": out.event_type, "eventId": out.event_id, "channels": out.channels}


@step("message.create-again")
def _():
    once = options(svix.message, "MessageCreateOptions", idempotency_key="first-invoice")
    return {"id": svix.message.create(APP, invoice(12), once).id}


@step("message.create-conflict")
def _():
    return failure(lambda: svix.message.create(APP, invoice(12)))


@step("webhook.verify")
def _():
    first = delivery(1)
    return {
        "id": first["headers"]["webhook-id"],
        "amount": json.loads(first["body"])["amount"],
        "own": verifies(kept["old"], first),
        "other": verifies(OTHER_SECRET, first),
        "tampered": verifies(kept["old"], first, first["body"] + " "),
        "header": first["custom"].get("x-second"),
    }


@step("message.get")
def _():
    out = svix.message.get(APP, kept["message"], options(svix.message, "MessageGetOptions", with_content=True))
    return {"id": out.id, "eventId": out.event_id, "eventType": out.event_type, "amount": out.payload["amount"]}


@step("message.list")
def _():
    return {"ids": ids(svix.message.list(APP, options(svix.message, "MessageListOptions", event_types=[EVENT_TYPE])))}


@step("message-attempt.list-by-endpoint")
def _():
    delivered = options(
        svix.message_attempt, "MessageAttemptListByEndpointOptions", status=models.MessageStatus(0)
    )
    listed = svix.message_attempt.list_by_endpoint(APP, kept["endpoint"], delivered).data
    return {
        "msgIds": [each.msg_id for each in listed],
        "status": int(listed[0].status),
        "statusCode": listed[0].response_status_code,
        "trigger": int(listed[0].trigger_type),
        "url": str(listed[0].url),
    }


@step("message-attempt.list-by-msg")
def _():
    of_one = options(svix.message_attempt, "MessageAttemptListByMsgOptions", limit=10, endpoint_id="main")
    listed = svix.message_attempt.list_by_msg(APP, kept["message"], of_one).data
    kept["attempt"] = listed[0].id
    return {"id": listed[0].id, "endpointIds": [each.endpoint_id for each in listed]}


@step("message-attempt.get")
def _():
    out = svix.message_attempt.get(APP, kept["message"], kept["attempt"])
    return {"id": out.id, "msgId": out.msg_id, "endpointId": out.endpoint_id}


@step("message-attempt.list-attempted-messages")
def _():
    listed = svix.message_attempt.list_attempted_messages(APP, kept["endpoint"])
    return {"ids": ids(listed), "status": int(listed.data[0].status)}


@step("message-attempt.list-attempted-destinations")
def _():
    listed = svix.message_attempt.list_attempted_destinations(APP, kept["message"])
    return {"ids": ids(listed), "status": int(listed.data[0].status)}


@step("endpoint.rotate-secret")
def _():
    out = svix.endpoint.rotate_secret(APP, kept["endpoint"], models.EndpointSecretRotateIn())
    return {"answered": getattr(out, "key", None)}


@step("endpoint.get-secret-again")
def _():
    kept["new"] = svix.endpoint.get_secret(APP, kept["endpoint"]).key
    return {"key": kept["new"]}


@step("webhook.verify-rotated")
def _():
    ask(ask="known", application=APP)
    svix.message.create(APP, invoice(13))
    second = delivery(2)
    return {
        "old": verifies(kept["old"], second),
        "new": verifies(kept["new"], second),
        "amount": json.loads(second["body"])["amount"],
    }


@step("message-attempt.resend")
def _():
    svix.message_attempt.resend(APP, kept["message"], kept["endpoint"])


@step("message-attempt.list-resent")
def _():
    resent = delivery(3)
    ask(ask="attempts", application=APP, message=kept["message"], count=2)
    listed = svix.message_attempt.list_by_msg(APP, kept["message"]).data
    return {"webhookId": resent["headers"]["webhook-id"], "triggers": sorted(int(each.trigger_type) for each in listed)}


@step("message.create-failing")
def _():
    ask(ask="fail-once", application=APP, endpoint=kept["endpoint"], path=PATH)
    kept["failing"] = svix.message.create(APP, invoice(14)).id
    return {"id": kept["failing"]}


@step("endpoint.recover")
def _():
    ask(ask="fate", application=APP, message=kept["failing"], status=2)
    since = datetime.now(timezone.utc) - timedelta(hours=1)
    out = svix.endpoint.recover(APP, kept["endpoint"], models.RecoverIn(since=since))
    kept["task"] = out.id
    return {"id": out.id, "status": str(out.status), "task": str(out.task)}


@step("webhook.verify-recovered")
def _():
    recovered = delivery(5)
    ask(ask="fate", application=APP, message=kept["failing"], status=0)
    return {"id": recovered["headers"]["webhook-id"], "verified": verifies(kept["new"], recovered)}


@step("background-task.get")
def _():
    out = svix.background_task.get(kept["task"])
    return {"id": out.id, "status": str(out.status)}


@step("endpoint.send-example")
def _():
    out = svix.endpoint.send_example(APP, kept["endpoint"], models.EventExampleIn(event_type=EVENT_TYPE))
    kept["example"] = out.id
    return {"id": out.id, "eventType": out.event_type}


@step("webhook.verify-example")
def _():
    sent = delivery(6)
    ask(ask="fate", application=APP, message=kept["example"], status=0)
    return {"id": sent["headers"]["webhook-id"], "verified": verifies(kept["new"], sent)}


@step("endpoint.get-stats")
def _():
    out = svix.endpoint.get_stats(APP, kept["endpoint"])
    return {"success": out.success, "fail": out.fail, "pending": out.pending, "sending": out.sending}


@step("message-attempt.expunge-content")
def _():
    svix.message_attempt.expunge_content(APP, kept["message"], kept["attempt"])


@step("message.expunge-content")
def _():
    svix.message.expunge_content(APP, kept["message"])


@step("message.get-expunged")
def _():
    out = svix.message.get(APP, kept["message"], options(svix.message, "MessageGetOptions", with_content=True))
    return {"id": out.id, "amount": (out.payload or {}).get("amount")}


@step("authentication.app-portal-access")
def _():
    out = svix.authentication.app_portal_access(APP, models.AppPortalAccessIn())
    kept["portal"] = client(out.token)
    return {"token": out.token, "url": str(out.url)}


@step("portal.endpoint.list")
def _():
    return {"ids": ids(kept["portal"].endpoint.list(APP))}


@step("portal.event-type.list")
def _():
    return {"names": [each.name for each in kept["portal"].event_type.list().data]}


@step("portal.application.list")
def _():
    return failure(kept["portal"].application.list)


@step("portal.authentication.logout")
def _():
    kept["portal"].authentication.logout()


@step("portal.after-logout")
def _():
    return failure(lambda: kept["portal"].endpoint.list(APP))


@step("error.unauthorised")
def _():
    return failure(client("wrong").application.list)


@step("error.not-found")
def _():
    return failure(lambda: svix.application.get("nobody"))


@step("error.conflict")
def _():
    return failure(lambda: svix.application.create(models.ApplicationIn(name="Twice", uid=APP)))


@step("error.validation")
def _():
    error = error_of(lambda: svix.endpoint.create(APP, models.EndpointIn(url=URL, channels=["no channel"])))
    return {"status": error.status_code, "loc": error.detail[0].loc, "message": error.detail[0].msg}


@step("endpoint.delete")
def _():
    svix.endpoint.delete(APP, kept["endpoint"])


@step("endpoint.get-deleted")
def _():
    return failure(lambda: svix.endpoint.get(APP, kept["endpoint"]))


@step("event-type.delete")
def _():
    svix.event_type.delete(EVENT_TYPE)
