//! What the 2.x SDK calls otherwise.

use std::collections::BTreeSet;

use svix::error::Result;
pub use svix::{api::*, models::*};

const APP: &str = "shop";

pub fn event_types(out: &EndpointOut) -> &Option<BTreeSet<String>> {
    &out.event_types
}

pub fn event_type_in(name: &str, description: &str, schemas: serde_json::Value) -> EventTypeIn {
    EventTypeIn { schemas: Some(schemas), ..EventTypeIn::new(name.into(), description.into()) }
}

pub async fn upsert_application(svix: &Svix, uid: &str, given: ApplicationIn) -> Result<ApplicationOut> {
    svix.application().upsert(uid.into(), given).await
}

pub async fn upsert_event_type(
    svix: &Svix,
    name: &str,
    description: &str,
    schemas: serde_json::Value,
) -> Result<EventTypeOut> {
    let given = EventTypeUpsertIn { schemas: Some(schemas), ..EventTypeUpsertIn::new(description.into()) };
    svix.event_type().upsert(name.into(), given).await
}

pub fn endpoint_in(url: &str, event_type: &str) -> EndpointIn {
    EndpointIn {
        uid: Some("main".into()),
        description: Some("Created".into()),
        event_types: Some(BTreeSet::from([event_type.into()])),
        channels: Some(BTreeSet::from(["eu".into()])),
        metadata: Some([("team".to_string(), "billing".to_string())].into_iter().collect()),
        ..EndpointIn::new(url.into())
    }
}

pub fn with_channel(url: &str, channel: &str) -> EndpointIn {
    EndpointIn { channels: Some(BTreeSet::from([channel.into()])), ..EndpointIn::new(url.into()) }
}

pub async fn upsert_endpoint(svix: &Svix, id: &str, url: &str, event_type: &str) -> Result<EndpointOut> {
    let given = EndpointUpsertIn {
        uid: Some("main".into()),
        description: Some("Replaced".into()),
        event_types: Some(BTreeSet::from([event_type.into()])),
        channels: Some(BTreeSet::from(["eu".into()])),
        ..EndpointUpsertIn::new(url.into())
    };
    svix.endpoint().upsert(APP.into(), id.into(), given).await
}

pub async fn set_headers(svix: &Svix, id: &str, headers: [(String, String); 2]) -> Result<()> {
    let given = EndpointHeadersIn::new(headers.into_iter().collect());
    svix.endpoint().set_headers(APP.into(), id.into(), given).await
}

/// This major takes the new secret from the answer.
pub async fn rotate_secret(svix: &Svix, id: &str) -> Result<Option<String>> {
    let given = EndpointSecretRotateIn::new();
    Ok(Some(svix.endpoint().rotate_secret(APP.into(), id.into(), given, None).await?.key))
}

pub fn recover_in() -> RecoverIn {
    RecoverIn::new(chrono::Utc::now() - chrono::TimeDelta::hours(1))
}
