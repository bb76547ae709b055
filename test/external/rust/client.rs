//! Drives Signpost with the Svix SDK of either major; tells each step on stdout (test/external/svix/steps.ts).

mod major;

use std::{
    env, error,
    io::{self, BufRead},
};

use http::HeaderMap;
use major::*;
use serde_json::{json, Value};
use svix::{error::Error, webhooks::Webhook};

type Outcome = Result<Value, Box<dyn error::Error>>;

const APP: &str = "shop";
const EVENT_TYPE: &str = "invoice.paid";
/// `whsec_` and 24 times the byte 7.
const OTHER_SECRET: &str = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";

/// Runs one step; whatever it fails with is its result.
macro_rules! step {
    ($name:expr, $body:block) => {{
        let outcome: Outcome = async { $body }.await;
        match outcome {
            Ok(result) => tell(&json!({ "step": $name, "result": result })),
            Err(error) => tell(&json!({ "step": $name, "error": format!("{error:?}") })),
        }
    }};
}

fn tell(line: &Value) {
    println!("{line}");
}

fn ask(question: Value) -> Outcome {
    tell(&question);
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let answer: Value = serde_json::from_str(&line)?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(error.into()),
        None => Ok(answer),
    }
}

fn delivery(path: &str, count: u32) -> Outcome {
    ask(json!({ "ask": "delivery", "application": APP, "path": path, "count": count }))
}

/// What the SDK makes of an answer that is no success.
fn failure<T>(answer: Result<T, Error>) -> Outcome {
    match answer {
        Err(Error::Http(content)) => {
            let payload = content.payload.ok_or("the error has no payload")?;
            Ok(json!({ "status": content.status.as_u16(), "code": payload.code, "detail": payload.detail }))
        }
        Err(other) => Err(format!("another error: {other:?}").into()),
        Ok(_) => Err("it did not fail".into()),
    }
}

fn verifies(secret: &str, sent: &Value, more: &str) -> bool {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, sent["headers"][name].as_str().unwrap_or("").parse().unwrap());
    }
    let body = format!("{}{more}", sent["body"].as_str().unwrap_or(""));
    Webhook::new(secret).is_ok_and(|webhook| webhook.verify(body.as_bytes(), &headers).is_ok())
}

fn amount_of(sent: &Value) -> Result<i64, Box<dyn error::Error>> {
    let body: Value = serde_json::from_str(sent["body"].as_str().unwrap_or(""))?;
    body["amount"].as_i64().ok_or_else(|| "no amount".into())
}

fn invoice(amount: i64) -> MessageIn {
    MessageIn {
        event_id: Some(format!("invoice-{}", amount - 11)),
        channels: Some(["eu".to_string()].into_iter().collect()),
        ..MessageIn::new(EVENT_TYPE.into(), json!({ "amount": amount }))
    }
}

fn application(name: &str, uid: &str) -> ApplicationIn {
    ApplicationIn { uid: Some(uid.into()), ..ApplicationIn::new(name.into()) }
}

fn client(token: &str) -> Svix {
    let server_url = Some(env::var("SIGNPOST_URL").expect("SIGNPOST_URL"));
    Svix::new(token.into(), Some(SvixOptions { server_url, ..Default::default() }))
}

fn uid_of(out: &ApplicationOut) -> Value {
    json!({ "id": out.id, "name": out.name, "uid": out.uid })
}

fn schemas() -> Value {
    json!({ "1": {
        "type": "object",
        "properties": { "amount": { "type": "integer" } },
        "examples": [{ "amount": 5 }],
    } })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let path = env::var("RECEIVER_PATH").expect("RECEIVER_PATH");
    let url = format!("{}{path}", env::var("RECEIVER_URL").expect("RECEIVER_URL"));
    let svix = client(&env::var("SIGNPOST_KEY").expect("SIGNPOST_KEY"));

    applications(&svix).await;
    event_types(&svix).await;
    let (endpoint, old_secret) = endpoints(&svix, &url).await;
    let (message, attempt) = messages(&svix, &path, &endpoint, &old_secret).await;
    let new_secret = rotation(&svix, &path, &endpoint, &old_secret).await;
    redelivery(&svix, &path, &endpoint, &message, &new_secret).await;
    expunge(&svix, &message, &attempt).await;
    portals(&svix).await;
    mistakes(&svix, &url).await;

    step!("endpoint.delete", {
        svix.endpoint().delete(APP.into(), endpoint.clone()).await?;
        Ok(json!({}))
    });
    step!("endpoint.get-deleted", {
        failure(svix.endpoint().get(APP.into(), endpoint.clone()).await)
    });
    step!("event-type.delete", {
        svix.event_type().delete(EVENT_TYPE.into(), None).await?;
        Ok(json!({}))
    });
}

async fn applications(svix: &Svix) {
    step!("health.get", {
        svix.health().get().await?;
        Ok(json!({}))
    });
    step!("application.create", {
        let mut given = application("Shop", APP);
        given.metadata = Some([("plan".to_string(), "pro".to_string())].into_iter().collect());
        let out = svix.application().create(given, None).await?;
        Ok(json!({
            "id": out.id, "uid": out.uid, "name": out.name, "plan": out.metadata["plan"], "createdAt": out.created_at,
        }))
    });
    step!("application.get-or-create", {
        let out = svix.application().get_or_create(application("Another name", APP), None).await?;
        Ok(json!({ "id": out.id, "name": out.name }))
    });
    step!("application.get", {
        let out = svix.application().get(APP.into()).await?;
        Ok(json!({ "id": out.id, "uid": out.uid }))
    });
    step!("application.update", {
        Ok(uid_of(&major::upsert_application(svix, APP, application("Shop, replaced", APP)).await?))
    });
    step!("application.upsert", {
        Ok(uid_of(&major::upsert_application(svix, "second", application("Second", "second")).await?))
    });
    step!("application.patch", {
        let patch = ApplicationPatch { name: Some("Shop, patched".into()), ..Default::default() };
        Ok(uid_of(&svix.application().patch(APP.into(), patch).await?))
    });
    step!("application.list", {
        let (mut uids, mut pages, mut iterator) = (Vec::new(), 0, None);
        loop {
            let options = ApplicationListOptions { limit: Some(1), iterator, ..Default::default() };
            let page = svix.application().list(Some(options)).await?;
            uids.extend(page.data.into_iter().filter_map(|each| each.uid));
            pages += 1;
            iterator = page.iterator;
            if page.done {
                break;
            }
        }
        uids.sort();
        Ok(json!({ "uids": uids, "pages": pages }))
    });
    step!("application.delete", {
        svix.application().delete("second".into()).await?;
        Ok(json!({}))
    });
}

async fn event_types(svix: &Svix) {
    step!("event-type.create", {
        let given = major::event_type_in(EVENT_TYPE, "An invoice was paid", schemas());
        let out = svix.event_type().create(given, None).await?;
        Ok(json!({ "name": out.name, "description": out.description, "archived": out.archived }))
    });
    step!("event-type.get", {
        let out = svix.event_type().get(EVENT_TYPE.into()).await?;
        let schemas = json!(out.schemas);
        let versions: Vec<&String> = schemas.as_object().ok_or("no schemas")?.keys().collect();
        Ok(json!({ "name": out.name, "versions": versions }))
    });
    step!("event-type.update", {
        Ok(json!({ "description": major::upsert_event_type(svix, EVENT_TYPE, "Replaced", schemas()).await?.description }))
    });
    step!("event-type.patch", {
        let patch = EventTypePatch { description: Some("Patched".into()), ..Default::default() };
        Ok(json!({ "description": svix.event_type().patch(EVENT_TYPE.into(), patch).await?.description }))
    });
    step!("event-type.list", { types_of(svix).await });
}

async fn types_of(svix: &Svix) -> Outcome {
    let options = EventTypeListOptions { with_content: Some(true), ..Default::default() };
    let listed = svix.event_type().list(Some(options)).await?;
    let names: Vec<String> = listed.data.into_iter().map(|each| each.name).collect();
    Ok(json!({ "names": names }))
}

async fn endpoints_of(svix: &Svix) -> Outcome {
    let listed = svix.endpoint().list(APP.into(), None).await?;
    let ids: Vec<String> = listed.data.into_iter().map(|each| each.id).collect();
    Ok(json!({ "ids": ids }))
}

async fn headers_of(svix: &Svix, endpoint: &str) -> Outcome {
    let out = svix.endpoint().get_headers(APP.into(), endpoint.into()).await?;
    Ok(json!({ "headers": out.headers, "sensitive": out.sensitive }))
}

async fn endpoints(svix: &Svix, url: &str) -> (String, String) {
    let (mut endpoint, mut secret) = (String::new(), String::new());
    step!("endpoint.create", {
        let out = svix.endpoint().create(APP.into(), major::endpoint_in(url, EVENT_TYPE), None).await?;
        endpoint = out.id.clone();
        Ok(json!({
            "id": out.id, "uid": out.uid, "url": out.url, "description": out.description,
            "eventTypes": major::event_types(&out), "channels": out.channels, "disabled": out.disabled,
            "team": out.metadata["team"],
        }))
    });
    step!("endpoint.get", {
        let out = svix.endpoint().get(APP.into(), "main".into()).await?;
        Ok(json!({ "id": out.id, "eventTypes": major::event_types(&out) }))
    });
    step!("endpoint.update", {
        let out = major::upsert_endpoint(svix, &endpoint, url, EVENT_TYPE).await?;
        Ok(json!({ "id": out.id, "description": out.description, "eventTypes": major::event_types(&out) }))
    });
    step!("endpoint.patch", {
        let patch = EndpointPatch { description: Some("Patched".into()), ..Default::default() };
        let out = svix.endpoint().patch(APP.into(), endpoint.clone(), patch).await?;
        Ok(json!({ "id": out.id, "description": out.description, "eventTypes": major::event_types(&out) }))
    });
    step!("endpoint.list", { endpoints_of(svix).await });
    step!("endpoint.set-headers", {
        let headers = [("x-shop", "one"), ("authorization", "Bearer secret")];
        major::set_headers(svix, &endpoint, headers.map(|(name, value)| (name.into(), value.into()))).await?;
        Ok(json!({}))
    });
    step!("endpoint.get-headers", { headers_of(svix, &endpoint).await });
    step!("endpoint.patch-headers", {
        let patch = EndpointHeadersPatchIn {
            delete_headers: Some(["x-shop".to_string()].into_iter().collect()),
            ..EndpointHeadersPatchIn::new([("x-second".to_string(), "two".to_string())].into_iter().collect())
        };
        svix.endpoint().patch_headers(APP.into(), endpoint.clone(), patch).await?;
        Ok(json!({}))
    });
    step!("endpoint.get-headers-again", { headers_of(svix, &endpoint).await });
    step!("endpoint.get-secret", {
        secret = svix.endpoint().get_secret(APP.into(), endpoint.clone()).await?.key;
        Ok(json!({ "key": secret }))
    });
    (endpoint, secret)
}

async fn messages(svix: &Svix, path: &str, endpoint: &str, secret: &str) -> (String, String) {
    let (mut message, mut attempt) = (String::new(), String::new());
    let once = || Some(MessageCreateOptions { idempotency_key: Some("first-invoice".into()), ..Default::default() });
    step!("message.create", {
        ask(json!({ "ask": "known", "application": APP }))?;
        let out = svix.message().create(APP.into(), invoice(12), once()).await?;
        message = out.id.clone();
        Ok(json!({ "id": out.id, "eventType": out.event_type, "eventId": out.event_id, "channels": out.channels }))
    });
    step!("message.create-again", {
        Ok(json!({ "id": svix.message().create(APP.into(), invoice(12), once()).await?.id }))
    });
    step!("message.create-conflict", {
        failure(svix.message().create(APP.into(), invoice(12), None).await)
    });
    step!("webhook.verify", {
        let first = delivery(path, 1)?;
        Ok(json!({
            "id": first["headers"]["webhook-id"],
            "amount": amount_of(&first)?,
            "own": verifies(secret, &first, ""),
            "other": verifies(OTHER_SECRET, &first, ""),
            "tampered": verifies(secret, &first, " "),
            "header": first["custom"]["x-second"],
        }))
    });
    step!("message.get", {
        let options = MessageGetOptions { with_content: Some(true) };
        let out = svix.message().get(APP.into(), message.clone(), Some(options)).await?;
        Ok(json!({ "id": out.id, "eventId": out.event_id, "eventType": out.event_type, "amount": out.payload["amount"] }))
    });
    step!("message.list", {
        let options = MessageListOptions { event_types: Some([EVENT_TYPE.to_string()].into_iter().collect()), ..Default::default() };
        let listed = svix.message().list(APP.into(), Some(options)).await?;
        let ids: Vec<String> = listed.data.into_iter().map(|each| each.id).collect();
        Ok(json!({ "ids": ids }))
    });
    step!("message-attempt.list-by-endpoint", {
        let options = MessageAttemptListByEndpointOptions { status: Some(MessageStatus::Success), ..Default::default() };
        let listed = svix.message_attempt().list_by_endpoint(APP.into(), endpoint.into(), Some(options)).await?;
        let ids: Vec<&String> = listed.data.iter().map(|each| &each.msg_id).collect();
        let first = listed.data.first().ok_or("no attempts")?;
        Ok(json!({
            "msgIds": ids, "status": first.status, "statusCode": first.response_status_code,
            "trigger": first.trigger_type, "url": first.url,
        }))
    });
    step!("message-attempt.list-by-msg", {
        let options =
            MessageAttemptListByMsgOptions { limit: Some(10), endpoint_id: Some("main".into()), ..Default::default() };
        let listed = svix.message_attempt().list_by_msg(APP.into(), message.clone(), Some(options)).await?;
        let ids: Vec<&String> = listed.data.iter().map(|each| &each.endpoint_id).collect();
        attempt = listed.data.first().ok_or("no attempts")?.id.clone();
        Ok(json!({ "id": attempt, "endpointIds": ids }))
    });
    step!("message-attempt.get", {
        let out = svix.message_attempt().get(APP.into(), message.clone(), attempt.clone(), None).await?;
        Ok(json!({ "id": out.id, "msgId": out.msg_id, "endpointId": out.endpoint_id }))
    });
    step!("message-attempt.list-attempted-messages", {
        let listed = svix.message_attempt().list_attempted_messages(APP.into(), endpoint.into(), None).await?;
        let ids: Vec<&String> = listed.data.iter().map(|each| &each.id).collect();
        Ok(json!({ "ids": ids, "status": listed.data.first().ok_or("no messages")?.status }))
    });
    step!("message-attempt.list-attempted-destinations", {
        let listed = svix.message_attempt().list_attempted_destinations(APP.into(), message.clone(), None).await?;
        let ids: Vec<&String> = listed.data.iter().map(|each| &each.id).collect();
        Ok(json!({ "ids": ids, "status": listed.data.first().ok_or("no destinations")?.status }))
    });
    (message, attempt)
}

async fn rotation(svix: &Svix, path: &str, endpoint: &str, old_secret: &str) -> String {
    let mut new_secret = String::new();
    step!("endpoint.rotate-secret", {
        Ok(json!({ "answered": major::rotate_secret(svix, endpoint).await? }))
    });
    step!("endpoint.get-secret-again", {
        new_secret = svix.endpoint().get_secret(APP.into(), endpoint.into()).await?.key;
        Ok(json!({ "key": new_secret }))
    });
    step!("webhook.verify-rotated", {
        ask(json!({ "ask": "known", "application": APP }))?;
        svix.message().create(APP.into(), invoice(13), None).await?;
        let second = delivery(path, 2)?;
        Ok(json!({
            "old": verifies(old_secret, &second, ""),
            "new": verifies(&new_secret, &second, ""),
            "amount": amount_of(&second)?,
        }))
    });
    new_secret
}

async fn redelivery(svix: &Svix, path: &str, endpoint: &str, message: &str, secret: &str) {
    let fate = |message: &str, status: u8| {
        ask(json!({ "ask": "fate", "application": APP, "message": message, "status": status }))
    };
    let arrived = |count: u32, message: &str| -> Outcome {
        let sent = delivery(path, count)?;
        fate(message, 0)?;
        Ok(json!({ "id": sent["headers"]["webhook-id"], "verified": verifies(secret, &sent, "") }))
    };
    let (mut failing, mut task, mut example) = (String::new(), String::new(), String::new());
    step!("message-attempt.resend", {
        svix.message_attempt().resend(APP.into(), message.into(), endpoint.into(), None).await?;
        Ok(json!({}))
    });
    step!("message-attempt.list-resent", {
        let resent = delivery(path, 3)?;
        ask(json!({ "ask": "attempts", "application": APP, "message": message, "count": 2 }))?;
        let listed = svix.message_attempt().list_by_msg(APP.into(), message.into(), None).await?;
        let mut triggers = Vec::new();
        for each in listed.data {
            triggers.push(json!(each.trigger_type).as_i64());
        }
        triggers.sort();
        Ok(json!({ "webhookId": resent["headers"]["webhook-id"], "triggers": triggers }))
    });
    step!("message.create-failing", {
        ask(json!({ "ask": "fail-once", "application": APP, "endpoint": endpoint, "path": path }))?;
        failing = svix.message().create(APP.into(), invoice(14), None).await?.id;
        Ok(json!({ "id": failing }))
    });
    step!("endpoint.recover", {
        fate(&failing, 2)?;
        let out = svix.endpoint().recover(APP.into(), endpoint.into(), major::recover_in(), None).await?;
        task = out.id.clone();
        Ok(json!({ "id": out.id, "status": out.status, "task": out.task }))
    });
    step!("webhook.verify-recovered", { arrived(5, &failing) });
    step!("background-task.get", {
        let out = svix.background_task().get(task.clone()).await?;
        Ok(json!({ "id": out.id, "status": out.status }))
    });
    step!("endpoint.send-example", {
        let given = EventExampleIn::new(EVENT_TYPE.into());
        let out = svix.endpoint().send_example(APP.into(), endpoint.into(), given, None).await?;
        example = out.id.clone();
        Ok(json!({ "id": out.id, "eventType": out.event_type }))
    });
    step!("webhook.verify-example", { arrived(6, &example) });
    step!("endpoint.get-stats", {
        let out = svix.endpoint().get_stats(APP.into(), endpoint.into(), None).await?;
        Ok(json!({ "success": out.success, "fail": out.fail, "pending": out.pending, "sending": out.sending }))
    });
}

async fn expunge(svix: &Svix, message: &str, attempt: &str) {
    step!("message-attempt.expunge-content", {
        svix.message_attempt().expunge_content(APP.into(), message.into(), attempt.into()).await?;
        Ok(json!({}))
    });
    step!("message.expunge-content", {
        svix.message().expunge_content(APP.into(), message.into()).await?;
        Ok(json!({}))
    });
    step!("message.get-expunged", {
        let options = MessageGetOptions { with_content: Some(true) };
        let out = svix.message().get(APP.into(), message.into(), Some(options)).await?;
        Ok(json!({ "id": out.id, "amount": out.payload["amount"] }))
    });
}

async fn portals(svix: &Svix) {
    let mut token = String::new();
    step!("authentication.app-portal-access", {
        let out = svix.authentication().app_portal_access(APP.into(), AppPortalAccessIn::new(), None).await?;
        token = out.token.clone();
        Ok(json!({ "token": out.token, "url": out.url }))
    });
    let portal = client(&token);
    step!("portal.endpoint.list", { endpoints_of(&portal).await });
    step!("portal.event-type.list", { types_of(&portal).await });
    step!("portal.application.list", { failure(portal.application().list(None).await) });
    step!("portal.authentication.logout", {
        portal.authentication().logout(None).await?;
        Ok(json!({}))
    });
    step!("portal.after-logout", { failure(portal.endpoint().list(APP.into(), None).await) });
}

async fn mistakes(svix: &Svix, url: &str) {
    step!("error.unauthorised", { failure(client("wrong").application().list(None).await) });
    step!("error.not-found", { failure(svix.application().get("nobody".into()).await) });
    step!("error.conflict", {
        failure(svix.application().create(application("Twice", APP), None).await)
    });
    step!("error.validation", {
        match svix.endpoint().create(APP.into(), major::with_channel(url, "no channel"), None).await {
            Err(Error::Validation(content)) => {
                let payload = content.payload.ok_or("the error has no payload")?;
                let fault = payload.detail.first().ok_or("the error names no fault")?;
                Ok(json!({ "status": content.status.as_u16(), "loc": fault.loc, "message": fault.msg }))
            }
            other => Err(format!("no validation error: {other:?}").into()),
        }
    });
}
