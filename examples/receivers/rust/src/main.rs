// WEBHOOK_SECRETS=whsec_… PORT=8090 cargo run
use http::{HeaderMap, HeaderName, HeaderValue};
use standardwebhooks::Webhook;
use std::collections::HashSet;
use std::io::Read;
use std::sync::mpsc::{sync_channel, SyncSender};
use std::{env, thread};
use tiny_http::{Request, Response, Server};

const MOST_BYTES: u64 = 1_048_576;
const MOST_WAITING: usize = 1_000;

struct Event {
    id: String,
    kind: String,
}

struct Receiver {
    /// More than one while a secret is rotated, newest first.
    webhooks: Vec<Webhook>,
    /// In a real service: a table with webhook-id as its key, and a queue that outlives the process.
    seen: HashSet<String>,
    waiting: SyncSender<Event>,
}

impl Receiver {
    fn take(&mut self, request: &mut Request) -> u16 {
        let mut body = Vec::new();
        let mut limited = request.as_reader().take(MOST_BYTES + 1);
        if limited.read_to_end(&mut body).is_err() {
            return 400;
        }
        if body.len() as u64 > MOST_BYTES {
            return 413;
        }
        let headers = headers_of(request);
        // Over the bytes as they came: a body that was parsed and written again has another signature.
        if !self.webhooks.iter().any(|webhook| webhook.verify(&body, &headers).is_ok()) {
            return 401;
        }
        let event = serde_json::from_slice::<serde_json::Value>(&body).ok();
        let kind = event.as_ref().and_then(|event| event["type"].as_str());
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
        match (id, kind) {
            (Some(id), Some(kind)) => self.queue(Event { id: id.into(), kind: kind.into() }),
            _ => 400,
        }
    }

    fn queue(&mut self, event: Event) -> u16 {
        if self.seen.contains(&event.id) {
            return 204;
        }
        let id = event.id.clone();
        if self.waiting.try_send(event).is_err() {
            return 503; // Signpost comes back later, and slowly.
        }
        self.seen.insert(id);
        204
    }
}

fn headers_of(request: &Request) -> HeaderMap {
    let headers = request.headers().iter().filter_map(|header| {
        let name = HeaderName::from_bytes(header.field.as_str().as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(header.value.as_str()).ok()?))
    });
    headers.collect()
}

fn main() {
    let secrets = env::var("WEBHOOK_SECRETS").expect("WEBHOOK_SECRETS");
    let port = env::var("PORT").unwrap_or_else(|_| "8090".into());
    let webhooks = secrets.split(' ').map(|secret| Webhook::new(secret).expect("a secret")).collect();
    let (sender, events) = sync_channel::<Event>(MOST_WAITING);
    thread::spawn(move || {
        for event in events {
            println!("worked {} {}", event.id, event.kind);
        }
    });
    let server = Server::http(format!("127.0.0.1:{port}")).expect("a free port");
    println!("listening on {}", server.server_addr().to_ip().expect("an address").port());
    let mut receiver = Receiver { webhooks, seen: HashSet::new(), waiting: sender };
    for mut request in server.incoming_requests() {
        let status = receiver.take(&mut request);
        let _ = request.respond(Response::empty(status));
    }
}
