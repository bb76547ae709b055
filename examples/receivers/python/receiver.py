# pip install -r requirements.txt && WEBHOOK_SECRETS=whsec_… PORT=8090 python receiver.py
import json
import os
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

MOST_BYTES = 1_048_576
MOST_WAITING = 1_000

# More than one while a secret is rotated, newest first.
webhooks = [Webhook(secret) for secret in os.environ["WEBHOOK_SECRETS"].split()]
# In a real service: a table with webhook-id as its key, and a queue that outlives the process.
seen: set[str] = set()
taking = threading.Lock()
waiting: queue.Queue = queue.Queue(MOST_WAITING)


def verified(body: bytes, headers: dict[str, str]) -> bool:
    for webhook in webhooks:
        try:
            # Over the bytes as they came: a body that was parsed and written again has another signature.
            webhook.verify(body, headers)
            return True
        except (WebhookVerificationError, ValueError, OverflowError):
            continue  # Perhaps it was signed with the next secret. A malformed header raises others than the first.
    return False


def take(body: bytes, headers: dict[str, str]) -> int:
    if not verified(body, headers):
        return 401
    try:
        event = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return 400
    with taking:
        if headers["webhook-id"] in seen:
            return 204
        try:
            waiting.put_nowait((headers["webhook-id"], event))
        except queue.Full:
            return 503  # Signpost comes back later, and slowly.
        seen.add(headers["webhook-id"])
    return 204


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        if size > MOST_BYTES:
            self.close_connection = True
            status = 413
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = take(self.rfile.read(size), headers)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def work() -> None:
    while True:
        webhook_id, event = waiting.get()
        print(f"worked {webhook_id} {event['type']}", flush=True)


threading.Thread(target=work, daemon=True).start()
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Receiver)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
