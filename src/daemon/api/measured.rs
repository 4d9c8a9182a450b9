//! How long each request takes, by route, for whoever collects figures. It changes no reply.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::clock;
use crate::daemon::Dispatcher;
use crate::daemon::figures::labels;
use crate::daemon::spans::Labels;
use crate::telemetry::{Telemetry, Took};

/// The methods that OpenTelemetry's conventions name; any other is one and the same.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"];

/// What is measured with.
#[derive(Debug, Clone)]
pub struct Measuring {
    /// Who is told.
    pub telemetry: Arc<Telemetry>,
    /// Whose fleet it is.
    pub dispatcher: Dispatcher,
}

/// Measures one request up to the head of its reply; a stream goes on after that.
pub async fn measured(
    State(measuring): State<Measuring>,
    request: Request,
    next: Next,
) -> Response {
    let begun = clock::instant();
    let method = request.method().as_str();
    let method = METHODS.into_iter().find(|known| *known == method).unwrap_or("_OTHER");
    // The route, never the path: names would make a series each.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    measuring.telemetry.took(Took::ApiRequest, begun.elapsed(), || {
        let snapshot = measuring.dispatcher.snapshot();
        let fleet = &snapshot.fleet;
        let mut attributes =
            labels(Labels { tenant: &fleet.tenant.label, host: &fleet.host.label });
        attributes.push(("http.request.method", method.to_owned()));
        attributes.push(("http.response.status_code", status.to_string()));
        attributes.extend(route.map(|route| ("http.route", route)));
        attributes
    });
    response
}
