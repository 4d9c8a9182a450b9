//! A small model on loopback: enough of the Messages API to answer a prompt with text or a tool.
//!
//! The last text of the user steers it: `[[hold]]` streams a word and then waits for
//! [`Model::release`], `[[bash COMMAND]]` asks for the Bash tool; everything else is answered.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

/// A model that runs until it is dropped.
pub struct Model {
    /// Where claude finds it.
    pub url: String,
    seen: Arc<Seen>,
    _stop: oneshot::Sender<()>,
}

struct Seen {
    /// The texts of the user's last message of each request, oldest first.
    prompts: Mutex<Vec<String>>,
    /// How often each request's history said something before.
    lengths: Mutex<Vec<usize>>,
    held: Semaphore,
}

impl Model {
    /// Starts it on a free port, on a thread of its own.
    pub fn start() -> Self {
        let seen = Arc::new(Seen {
            prompts: Mutex::default(),
            lengths: Mutex::default(),
            held: Semaphore::new(0),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let state = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let routes = Router::new().route("/v1/messages", post(answer)).with_state(state);
                tokio::select! {
                    served = async { axum::serve(listener, routes).await } => served.unwrap(),
                    _dropped = stopped => {}
                }
            });
        });
        Self { url, seen, _stop: stop }
    }

    /// Lets one held answer end.
    pub fn release(&self) {
        self.seen.held.add_permits(1);
    }

    /// What the model was told, oldest first.
    pub fn prompts(&self) -> Vec<String> {
        self.seen.prompts.lock().unwrap().clone()
    }

    /// How many messages the longest history had.
    pub fn longest_history(&self) -> usize {
        self.seen.lengths.lock().unwrap().iter().copied().max().unwrap_or(0)
    }
}

async fn answer(State(seen): State<Arc<Seen>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let (text, after_tool) = last_of_user(&asked);
    // Requests without tools are claude's own: titles, summaries.
    let is_turn = asked["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    if is_turn {
        seen.prompts.lock().unwrap().push(text.clone());
        seen.lengths.lock().unwrap().push(asked["messages"].as_array().map_or(0, Vec::len));
    }
    if asked["stream"] != true {
        let content = json!([{"type": "text", "text": "ok"}]);
        return Json(message(&asked, content, "end_turn")).into_response();
    }
    // One request's events: a test's answer has no more, and claude reads as fast as it can.
    let (events, stream) = mpsc::channel(32);
    let directive = if is_turn && !after_tool { directive(&text) } else { None };
    tokio::spawn(async move { stream_answer(&seen, &asked, directive, &events).await });
    let body = Body::from_stream(ReceiverStream::new(stream));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// The last text of the user, without claude's reminders; whether a tool's result follows it.
fn last_of_user(asked: &Value) -> (String, bool) {
    let empty = Vec::new();
    let messages = asked["messages"].as_array().unwrap_or(&empty);
    let Some(last) = messages.iter().rev().find(|message| message["role"] == "user") else {
        return (String::new(), false);
    };
    let Some(blocks) = last["content"].as_array() else {
        return (last["content"].as_str().unwrap_or_default().to_owned(), false);
    };
    let after_tool = blocks.iter().any(|block| block["type"] == "tool_result");
    let mut texts = blocks.iter().filter_map(|block| block["text"].as_str());
    let text = texts.rfind(|text| !text.trim_start().starts_with("<system-reminder>"));
    (text.unwrap_or_default().to_owned(), after_tool)
}

/// What stands between the last `[[` and `]]`.
fn directive(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("[[")?;
    Some(rest.split_once("]]")?.0.to_owned())
}

fn message(asked: &Value, content: Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_mosaic", "type": "message", "role": "assistant", "model": asked["model"],
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {"input_tokens": 10, "output_tokens": 10},
    })
}

type Events = mpsc::Sender<Result<Bytes, Infallible>>;

async fn stream_answer(seen: &Seen, asked: &Value, directive: Option<String>, events: &Events) {
    let mut start = message(asked, json!([]), "end_turn");
    start["stop_reason"] = Value::Null;
    say(events, json!({"type": "message_start", "message": start})).await;
    let text = json!({"type": "text", "text": ""});
    say(events, json!({"type": "content_block_start", "index": 0, "content_block": text})).await;
    let delta = json!({"type": "text_delta", "text": "ACK"});
    say(events, json!({"type": "content_block_delta", "index": 0, "delta": delta})).await;
    if directive.as_deref() == Some("hold") {
        seen.held.acquire().await.unwrap().forget();
    }
    say(events, json!({"type": "content_block_stop", "index": 0})).await;
    let command = directive.as_deref().and_then(|directive| directive.strip_prefix("bash "));
    if let Some(command) = command {
        let tool = json!({"type": "tool_use", "id": "toolu_mosaic", "name": "Bash", "input": {}});
        say(events, json!({"type": "content_block_start", "index": 1, "content_block": tool}))
            .await;
        let input = json!({"command": command, "description": "a test"}).to_string();
        let delta = json!({"type": "input_json_delta", "partial_json": input});
        say(events, json!({"type": "content_block_delta", "index": 1, "delta": delta})).await;
        say(events, json!({"type": "content_block_stop", "index": 1})).await;
    }
    let reason = if command.is_some() { "tool_use" } else { "end_turn" };
    let delta = json!({"stop_reason": reason, "stop_sequence": null});
    let usage = json!({"output_tokens": 10});
    say(events, json!({"type": "message_delta", "delta": delta, "usage": usage})).await;
    say(events, json!({"type": "message_stop"})).await;
}

async fn say(events: &Events, event: Value) {
    let name = event["type"].as_str().unwrap_or_default().to_owned();
    // A claude that was interrupted or killed does not read the rest.
    let _gone = events.send(Ok(format!("event: {name}\ndata: {event}\n\n").into())).await;
}
