//! What the 1.x SDK calls otherwise.

pub use svix::api::*;
use svix::error::Result;

const APP: &str = "shop";

pub fn event_types(out: &EndpointOut) -> &Option<Vec<String>> {
    &out.filter_types
}

pub fn event_type_in(name: &str, description: &str, schemas: serde_json::Value) -> EventTypeIn {
    EventTypeIn { schemas: Some(schemas), ..EventTypeIn::new(description.into(), name.into()) }
}

pub async fn upsert_application(svix: &Svix, uid: &str, given: ApplicationIn) -> Result<ApplicationOut> {
    svix.application().update(uid.into(), given).await
}

pub async fn upsert_event_type(
    svix: &Svix,
    name: &str,
    description: &str,
    schemas: serde_json::Value,
) -> Result<EventTypeOut> {
    let given = EventTypeUpdate { schemas: Some(schemas), ..EventTypeUpdate::new(description.into()) };
    svix.event_type().update(name.into(), given).await
}

pub fn endpoint_in(url: &str, event_type: &str) -> EndpointIn {
    EndpointIn {
        uid: Some("main".into()),
        description: Some("Created".into()),
        filter_types: Some(vec![event_type.into()]),
        channels: Some(vec!["eu".into()]),
        metadata: Some([("team".to_string(), "billing".to_string())].into_iter().collect()),
        ..EndpointIn::new(url.into())
    }
}

pub fn with_channel(url: &str, channel: &str) -> EndpointIn {
    EndpointIn { channels: Some(vec![channel.into()]), ..EndpointIn::new(url.into()) }
}

pub async fn upsert_endpoint(svix: &Svix, id: &str, url: &str, event_type: &str) -> Result<EndpointOut> {
    let given = EndpointUpdate {
        uid: Some("main".into()),
        description: Some("Replaced".into()),
        filter_types: Some(vec![event_type.into()]),
        channels: Some(vec!["eu".into()]),
        ..EndpointUpdate::new(url.into())
    };
    svix.endpoint().update(APP.into(), id.into(), given).await
}

pub async fn set_headers(svix: &Svix, id: &str, headers: [(String, String); 2]) -> Result<()> {
    let given = EndpointHeadersIn::new(headers.into_iter().collect());
    svix.endpoint().update_headers(APP.into(), id.into(), given).await
}

/// This major takes nothing from the answer.
pub async fn rotate_secret(svix: &Svix, id: &str) -> Result<Option<String>> {
    svix.endpoint().rotate_secret(APP.into(), id.into(), EndpointSecretRotateIn::new(), None).await?;
    Ok(None)
}

pub fn recover_in() -> RecoverIn {
    RecoverIn::new((chrono::Utc::now() - chrono::TimeDelta::hours(1)).to_rfc3339())
}
