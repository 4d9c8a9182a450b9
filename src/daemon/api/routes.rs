//! Every route, and the OpenAPI document that is made of the same list.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tokio::sync::watch;
use utoipa::OpenApi;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::measured::{Measuring, measured};
use super::state::{Api, Patience};
use super::{
    ApiError, ApiState, agents, events, messages, output, roster, supervisor, watch as watching,
};
use crate::wire::{ErrorCode, ErrorReply, OutputFrame, WatchFrame};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "mosaic",
        description = "The supervisor of one tenant, on a unix socket. Errors are `ErrorReply`.",
        license(name = "Apache-2.0 OR MIT"),
    ),
    // Lines of a stream and what every route answers, which no response names by itself.
    components(schemas(WatchFrame, OutputFrame, ErrorReply)),
)]
struct Document;

/// The routes over their state, and the document as it goes out.
pub fn router(state: ApiState, patience: Patience, leaving: watch::Receiver<bool>) -> Router {
    let (router, mut document) = listed().split_for_parts();
    answer_errors(&mut document);
    // The document is made of derived types: it always serialises.
    let spec = Bytes::from(document.to_json().unwrap_or_default());
    let ApiState { dispatcher, reads, telemetry, strain: _ } = state;
    let measuring = Measuring { telemetry: telemetry.clone(), dispatcher: dispatcher.clone() };
    let api = Api { dispatcher, reads, telemetry, leaving, spec, patience };
    let router = router.fallback(no_such_route).method_not_allowed_fallback(no_such_method);
    let router = router.with_state(api);
    if measuring.telemetry.is_on() {
        router.layer(from_fn_with_state(measuring, measured))
    } else {
        router
    }
}

fn listed() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(supervisor::status))
        .routes(routes!(supervisor::state))
        .routes(routes!(supervisor::stop))
        .routes(routes!(supervisor::ps))
        .routes(routes!(supervisor::table))
        .routes(routes!(roster::plan))
        .routes(routes!(roster::apply))
        .routes(routes!(agents::start))
        .routes(routes!(agents::stop))
        .routes(routes!(agents::restart))
        .routes(routes!(agents::explain))
        .routes(routes!(agents::attach))
        .routes(routes!(agents::detach))
        .routes(routes!(messages::send))
        .routes(routes!(messages::inbox))
        .routes(routes!(messages::message, messages::cancel))
        .routes(routes!(watching::watch))
        .routes(routes!(watching::history))
        .routes(routes!(output::output))
        .routes(routes!(events::events))
        .routes(routes!(openapi))
}

/// Every route answers what goes wrong alike.
fn answer_errors(document: &mut utoipa::openapi::OpenApi) {
    let body = Content::new(Some(Ref::from_schema_name("ErrorReply")));
    let error = ResponseBuilder::new().description("an error").content("application/json", body);
    let error = RefOr::T(error.build());
    for path in document.paths.paths.values_mut() {
        let all = [&mut path.get, &mut path.post, &mut path.delete];
        for operation in all.into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), error.clone());
        }
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
async fn openapi(State(api): State<Api>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], api.spec)
}

/// The router adds the `Allow` header.
async fn no_such_method(method: Method, uri: Uri) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no {method} {}", uri.path()))
        .hint("the header `allow` says what there is; GET /v1/openapi.json lists it")
        .status(StatusCode::METHOD_NOT_ALLOWED)
}

async fn no_such_route(method: Method, uri: Uri) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no {method} {}", uri.path()))
        .hint("GET /v1/openapi.json lists what there is")
}
