//! One request to a supervisor that may die before its answer.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use super::LONG;

/// Asks the supervisor of this home; the status and the body, or nothing when the answer is lost. Who does not listen hangs up
/// when everything is said.
pub fn ask(
    home: &Path,
    what: &str,
    key: &str,
    body: &Value,
    listens: bool,
) -> Option<(u16, Value)> {
    let body = body.to_string();
    let mut stream = UnixStream::connect(home.join("state/control.sock")).ok()?;
    stream.set_read_timeout(Some(LONG)).ok()?;
    write!(
        stream,
        "{what} HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\nIdempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    if !listens {
        return None;
    }
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).ok()?))
}
