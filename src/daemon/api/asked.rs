//! What a request says, parsed once at the edge; every mistake becomes an error reply.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::{IntoParams, PartialSchema as _};

use super::ApiError;
use super::state::Api;
use crate::fleet::{AgentName, MessageId, Refusal};

/// A message of 64 KiB, escaped as JSON, and room for the rest.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The JSON body; an empty one is `{}`, so that a verb without arguments needs none.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).cloned();
        let bytes = body(request.into_body(), api.patience.body).await?;
        if let Some(kind) = kind.filter(|kind| !bytes.is_empty() && !is_json(kind)) {
            let kind = String::from_utf8_lossy(kind.as_bytes());
            return Err(ApiError::bad_request(format!("the body is {kind}, not JSON"))
                .hint("say `content-type: application/json`, or nothing about it")
                .status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let parsed = serde_json::from_slice(text);
        parsed.map(Self).map_err(|mistake| {
            ApiError::bad_request(format!("the body is not what this route takes: {mistake}"))
                .hint("GET /v1/openapi.json says what it takes")
        })
    }
}

async fn body(body: Body, deadline: Duration) -> Result<Bytes, ApiError> {
    match timeout(deadline, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(mistake)) if is_length(&mistake) => {
            let message = format!("the body is longer than {BODY_BYTES_MAX} bytes");
            Err(ApiError::bad_request(message)
                .hint("put a long text into a file and send its path")
                .status(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Ok(Err(mistake)) => {
            Err(ApiError::bad_request(format!("the body cannot be read: {mistake}"))
                .hint("it is as long as its `content-length` says, or in well-formed chunks"))
        }
        Err(_) => Err(ApiError::bad_request(format!("the body did not come within {deadline:?}"))
            .hint("send as many bytes as `content-length` says, at once")
            .status(StatusCode::REQUEST_TIMEOUT)),
    }
}

fn is_length(mistake: &axum::Error) -> bool {
    std::error::Error::source(mistake).is_some_and(|why| why.is::<LengthLimitError>())
}

fn is_json(kind: &HeaderValue) -> bool {
    let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// The agent that the path names.
#[derive(Debug)]
pub struct Named(pub AgentName);

impl IntoParams for Named {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let name = ParameterBuilder::new().name("name").parameter_in(ParameterIn::Path);
        let name = name.required(Required::True).schema(Some(String::schema()));
        vec![name.description(Some("the agent")).build()]
    }
}

impl FromRequestParts<Api> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let asked = segment(parts, api).await?;
        // A text that cannot be a name is the name of no agent.
        AgentName::parse(&asked).map(Self).map_err(|_| {
            let snapshot = api.dispatcher.snapshot();
            ApiError::no_such_agent(&asked, &snapshot.fleet)
        })
    }
}

/// The message that the path names.
#[derive(Debug)]
pub struct Numbered(pub MessageId);

impl FromRequestParts<Api> for Numbered {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let asked = segment(parts, api).await?;
        let formed = (1..=32).contains(&asked.len())
            && asked.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if formed {
            Ok(Self(MessageId(asked)))
        } else {
            Err(ApiError::from(Refusal::NoSuchMessage { asked, near: Vec::new() }))
        }
    }
}

async fn segment(parts: &mut Parts, api: &Api) -> Result<String, ApiError> {
    let path = Path::<String>::from_request_parts(parts, api).await;
    path.map(|Path(text)| text)
        .map_err(|mistake| ApiError::bad_request(format!("the path cannot be read: {mistake}")))
}

/// The query, with our errors.
#[derive(Debug)]
pub struct Queried<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Queried<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, api).await;
        query.map(|Query(query)| Self(query)).map_err(|mistake| {
            ApiError::bad_request(format!("the query cannot be read: {}", mistake.body_text()))
                .hint("GET /v1/openapi.json says which parameters there are")
        })
    }
}
