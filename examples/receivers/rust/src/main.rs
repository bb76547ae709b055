// WEBHOOK_SECRETS=whsec_… PORT=8090 cargo run
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::Router;
use standardwebhooks::Webhook;
use std::collections::HashSet;
use std::sync::mpsc::{sync_channel, SyncSender};
use std::sync::{Arc, Mutex};
use std::{env, io, thread};

const MOST_BYTES: usize = 1_048_576;
const MOST_WAITING: usize = 1_000;

struct Event {
    id: String,
    kind: String,
}

struct Receiver {
    /// More than one while a secret is rotated, newest first.
    webhooks: Vec<Webhook>,
    /// In a real service: a table with webhook-id as its key, and a queue that outlives the process.
    seen: Mutex<HashSet<String>>,
    waiting: SyncSender<Event>,
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    // Over the bytes as they came: a body that was parsed and written again has another signature.
    if !receiver.webhooks.iter().any(|webhook| webhook.verify(&body, &headers).is_ok()) {
        return StatusCode::UNAUTHORIZED;
    }
    let event = serde_json::from_slice::<serde_json::Value>(&body).ok();
    let kind = event.as_ref().and_then(|event| event["type"].as_str());
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    match (id, kind) {
        (Some(id), Some(kind)) => receiver.queue(Event { id: id.into(), kind: kind.into() }),
        _ => StatusCode::BAD_REQUEST,
    }
}

impl Receiver {
    fn queue(&self, event: Event) -> StatusCode {
        let mut seen = self.seen.lock().expect("nobody panics while holding it");
        let id = event.id.clone();
        if seen.contains(&id) {
            return StatusCode::NO_CONTENT;
        }
        if self.waiting.try_send(event).is_err() {
            return StatusCode::SERVICE_UNAVAILABLE; // Signpost comes back later, and slowly.
        }
        seen.insert(id);
        StatusCode::NO_CONTENT
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let secrets = env::var("WEBHOOK_SECRETS").expect("WEBHOOK_SECRETS");
    let port = env::var("PORT").unwrap_or_else(|_| "8090".into());
    let webhooks = secrets.split(' ').map(|secret| Webhook::new(secret).expect("a secret")).collect();
    let (waiting, events) = sync_channel::<Event>(MOST_WAITING);
    thread::spawn(move || {
        for event in events {
            println!("worked {} {}", event.id, event.kind);
        }
    });
    let receiver = Arc::new(Receiver { webhooks, seen: Mutex::default(), waiting });
    let app = Router::new().fallback(take).layer(DefaultBodyLimit::max(MOST_BYTES)).with_state(receiver);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?.port());
    axum::serve(listener, app).await
}
