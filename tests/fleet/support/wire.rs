//! The control socket, byte for byte: no client library stands between the test and the wire.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::Value;

use super::{Fleet, LONG};

/// A reply, whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    /// Its body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// One connection.
pub struct Wire {
    reader: BufReader<UnixStream>,
}

impl Wire {
    /// To the supervisor of a fleet; whatever is waited for on it ends after `LONG`.
    pub fn to(fleet: &Fleet) -> Self {
        let stream = UnixStream::connect(fleet.state("control.sock")).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        Self { reader: BufReader::new(stream) }
    }

    /// Writes bytes. Who is hung up on while writing still reads what was said.
    pub fn write(&mut self, bytes: &[u8]) {
        let _hung_up = self.reader.get_mut().write_all(bytes);
    }

    /// Writes a whole request.
    pub fn request(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: mosaic\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        self.write(text.as_bytes());
    }

    /// Asks, and reads the reply.
    #[track_caller]
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Reply {
        self.request(method, path, "", body);
        self.reply()
    }

    /// Reads one reply.
    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        let (status, headers) = self.head();
        self.body(status, headers)
    }

    /// Reads the body behind this head.
    #[track_caller]
    pub fn body(&mut self, status: u16, headers: BTreeMap<String, String>) -> Reply {
        let length = headers.get("content-length").map(|text| text.parse().unwrap());
        let mut body = Vec::new();
        match length {
            Some(length) => {
                body.resize(length, 0);
                self.reader.read_exact(&mut body).unwrap();
            }
            None if headers.contains_key("transfer-encoding") => {
                while let Some(chunk) = self.chunk() {
                    body.extend(chunk);
                }
            }
            None => {
                self.reader.read_to_end(&mut body).unwrap();
            }
        }
        Reply { status, headers, body }
    }

    /// Reads the head of a reply.
    #[track_caller]
    pub fn head(&mut self) -> (u16, BTreeMap<String, String>) {
        let first = self.line();
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no reply: {first:?}"));
        let mut headers = BTreeMap::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        (status, headers)
    }

    /// The next chunk of a chunked body; none at its end.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.line();
        let size = usize::from_str_radix(&size, 16).ok().filter(|size| *size > 0)?;
        let mut bytes = vec![0; size + 2];
        self.reader.read_exact(&mut bytes).ok()?;
        bytes.truncate(size);
        Some(bytes)
    }

    /// The next line without its end; empty at the end of everything.
    fn line(&mut self) -> String {
        let mut line = String::new();
        let _at_the_end = self.reader.read_line(&mut line);
        line.trim_end().to_owned()
    }
}

/// A follower of `/v1/events`.
pub struct Follower {
    wire: Wire,
    text: String,
}

impl Follower {
    /// Follows from a seq on.
    #[track_caller]
    pub fn from(fleet: &Fleet, seq: u64) -> Self {
        Self::open(fleet, &format!("/v1/events?follow=true&from={seq}"), "")
    }

    /// Goes on after the event that was read last.
    #[track_caller]
    pub fn after(fleet: &Fleet, seq: u64) -> Self {
        Self::open(fleet, "/v1/events?follow=true", &format!("last-event-id: {seq}\r\n"))
    }

    #[track_caller]
    fn open(fleet: &Fleet, path: &str, headers: &str) -> Self {
        let mut wire = Wire::to(fleet);
        wire.request("GET", path, headers, "");
        let (status, headers) = wire.head();
        assert_eq!((status, &*headers["content-type"]), (200, "text/event-stream"));
        Self { wire, text: String::new() }
    }

    /// The next event; none at the end of the stream.
    pub fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
                // Without data it is a comment.
                let Some(data) = field("data: ") else { continue };
                let record: Value = serde_json::from_str(data).unwrap();
                assert_eq!(field("id: "), Some(&*record["seq"].to_string()), "the id is the seq");
                return Some(record);
            } else {
                let chunk = self.wire.chunk()?;
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        }
    }

    /// The seqs up to this one.
    #[track_caller]
    pub fn up_to(&mut self, last: u64) -> Vec<u64> {
        let mut seqs = Vec::new();
        while seqs.last().is_none_or(|seq| *seq < last) {
            let event = self.next().unwrap_or_else(|| panic!("the stream ended after {seqs:?}"));
            seqs.push(event["seq"].as_u64().unwrap());
        }
        seqs
    }
}
