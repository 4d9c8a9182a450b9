//! Answers that go on: lines, watch frames, raw bytes. Nothing is lost when a wait is given up.

use std::marker::PhantomData;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::ClientError;
use super::connection::{Answered, Pump};
use crate::wire::{OutputFrame, WatchFrame};

/// The largest pane, each cell with colours of its own, painted and in base64.
const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A body as it comes.
#[derive(Debug)]
pub struct Chunks {
    what: String,
    body: Incoming,
    _pump: Pump,
}

impl Chunks {
    pub(super) fn new(answered: Answered) -> Self {
        let (what, body, pump) = answered.into_stream();
        Self { what, body, _pump: pump }
    }

    /// The next bytes; `None` when the supervisor has ended the stream.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(why)) => {
                    return Err(ClientError::exchanging(self.what.clone(), &why));
                }
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    fn broken(&self, why: String) -> ClientError {
        ClientError::Broken { what: self.what.clone(), why }
    }
}

/// A body cut into lines.
#[derive(Debug)]
pub struct Lines {
    chunks: Chunks,
    buffer: BytesMut,
}

impl Lines {
    pub(super) fn new(answered: Answered) -> Self {
        Self { chunks: Chunks::new(answered), buffer: BytesMut::new() }
    }

    /// The next line without its end; `None` when the stream has ended.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(searched + at).freeze();
                self.buffer.advance(1);
                return Ok(Some(line));
            }
            searched = self.buffer.len();
            if searched > LINE_BYTES_MAX {
                return Err(self.broken(format!("a line longer than {LINE_BYTES_MAX} bytes")));
            }
            match self.chunks.next().await? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    pub(super) fn broken(&self, why: String) -> ClientError {
        self.chunks.broken(why)
    }
}

/// A watch, frame by frame.
pub type Frames = FramesOf<WatchFrame>;

/// An agent's output, frame by frame.
pub type OutputFrames = FramesOf<OutputFrame>;

/// A body of frames, each a line.
#[derive(Debug)]
pub struct FramesOf<T>(Lines, PhantomData<T>);

impl<T: DeserializeOwned> FramesOf<T> {
    pub(super) fn new(answered: Answered) -> Self {
        Self(Lines::new(answered), PhantomData)
    }

    /// The next frame; `None` when the supervisor has ended the stream.
    pub async fn next(&mut self) -> Result<Option<T>, ClientError> {
        loop {
            let Some(line) = self.0.next().await? else {
                return Ok(None);
            };
            if line.is_empty() {
                continue;
            }
            return match serde_json::from_slice(&line) {
                Ok(frame) => Ok(Some(frame)),
                Err(why) => Err(self.0.broken(why.to_string())),
            };
        }
    }
}
