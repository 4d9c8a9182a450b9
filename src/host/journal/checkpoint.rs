//! A checkpoint: how many events there are, the root over them, signed. It is a signed note of
//! C2SP (`tlog-checkpoint`), so that other people's programs can check it; it never signs an event.
//!
//! ```text
//! mosaic/journal/<id of the first event>
//! 1200
//! <root, base64>
//! time 1764000000000
//! follows 1000 <hash of the note before it, base64>
//!
//! — mosaic/journal/<id of the first event> <key id and signature, base64>
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::tree::Hash;

/// The algorithm's number in the signed note.
const ED25519: u8 = 1;

/// Begins the line of a signature: an em dash and a space.
pub(super) const DASH: &str = "\u{2014} ";

/// What the signed note calls a key: four bytes of a hash over its name and itself.
pub(super) type KeyId = [u8; 4];

/// The note that stands before one in the file, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// It was signed before notes said that.
    Unsaid,
    /// It begins its file.
    Nothing,
    /// The note of so many events whose text has this hash.
    Note {
        /// How many events.
        size: u64,
        /// SHA-256 of its text.
        hash: Hash,
    },
}

impl Follows {
    /// What a note says that is signed behind this one.
    pub fn after(last: Option<&Checkpoint>) -> Self {
        last.map_or(Self::Nothing, |last| Self::Note { size: last.size, hash: last.hash() })
    }

    /// Its line, with its newline.
    fn line(self) -> String {
        match self {
            Self::Unsaid => String::new(),
            Self::Nothing => "follows nothing\n".to_owned(),
            Self::Note { size, hash } => format!("follows {size} {}\n", STANDARD.encode(hash)),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let said = line.strip_prefix("follows ")?;
        if said == "nothing" {
            return Some(Self::Nothing);
        }
        let (size, hash) = said.split_once(' ')?;
        Some(Self::Note { size: size.parse().ok()?, hash: decoded::<32>(hash)? })
    }
}

/// A signed statement about the first `size` events of one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// Which journal: it is named by the id of its first event.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of the tree over their leaves.
    pub root: Hash,
    /// When it was signed, milliseconds since 1970; the signer's word.
    pub at_ms: u64,
    /// Which note it was written behind.
    pub follows: Follows,
    /// The key that is said to have signed it.
    pub key: KeyId,
    signature: [u8; 64],
}

/// The origin of the journal that begins with this event.
pub(super) fn origin(first_id: &str) -> String {
    let plain = |character: char| if character.is_ascii_graphic() { character } else { '_' };
    let id: String = first_id.replace('+', "_").chars().map(plain).collect();
    format!("mosaic/journal/{id}")
}

/// The id of a key that signs for this origin.
pub(super) fn key_id(origin: &str, key: &VerifyingKey) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(origin.as_bytes());
    hash.update([b'\n', ED25519]);
    hash.update(key.as_bytes());
    let hash: Hash = hash.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A key id in words.
pub(super) fn key_name(id: KeyId) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The public half of a key, as programs for signed notes want it.
pub(super) fn verifier_key(origin: &str, key: &VerifyingKey) -> String {
    let bytes = [&[ED25519][..], key.as_bytes()].concat();
    format!("{origin}+{}+{}", key_name(key_id(origin, key)), STANDARD.encode(bytes))
}

impl Checkpoint {
    /// Signs one.
    pub fn sign(
        key: &SigningKey,
        origin: &str,
        (size, root): (u64, Hash),
        at_ms: u64,
        follows: Follows,
    ) -> Self {
        let name = key_id(origin, &key.verifying_key());
        let origin = origin.to_owned();
        let mut note = Self { origin, size, root, at_ms, follows, key: name, signature: [0; 64] };
        note.signature = key.sign(note.body().as_bytes()).to_bytes();
        note
    }

    /// Whether this key signed it, and exactly this.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        self.key == key_id(&self.origin, key)
            && key.verify_strict(self.body().as_bytes(), &signature).is_ok()
    }

    /// The note, up to and with the newline behind its signature.
    pub fn text(&self) -> String {
        let signed = STANDARD.encode([&self.key[..], &self.signature].concat());
        format!("{}\n{DASH}{} {signed}\n", self.body(), self.origin)
    }

    /// What the note behind it names it by.
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.text()).into()
    }

    /// What is signed.
    fn body(&self) -> String {
        let Self { origin, size, at_ms, .. } = self;
        let (root, follows) = (STANDARD.encode(self.root), self.follows.line());
        format!("{origin}\n{size}\n{root}\ntime {at_ms}\n{follows}")
    }

    /// Reads one note.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let lines: Vec<&str> = text.lines().collect();
        let (origin, size, root, time, follows, signed) = match lines[..] {
            [origin, size, root, time, "", signed] => (origin, size, root, time, None, signed),
            [origin, size, root, time, follows, "", signed] => {
                (origin, size, root, time, Some(follows), signed)
            }
            _ => return Err("it has not the lines of a checkpoint"),
        };
        let size = size.parse().map_err(|_| "its second line is no number of events")?;
        let root = decoded::<32>(root).ok_or("its third line is no root")?;
        let at_ms = time.strip_prefix("time ").and_then(|time| time.parse().ok());
        let at_ms = at_ms.ok_or("its fourth line is no time")?;
        let follows = follows.map_or(Some(Follows::Unsaid), Follows::parse);
        let follows = follows.ok_or("its fifth line names no checkpoint before it")?;
        let signed = signed.strip_prefix(DASH).and_then(|line| line.strip_prefix(origin));
        let signed = signed.and_then(|line| decoded::<68>(line.strip_prefix(' ')?));
        let signed = signed.ok_or("its last line is no signature for its first line")?;
        let mut signature = [0; 64];
        signature.copy_from_slice(&signed[4..]);
        let key = [signed[0], signed[1], signed[2], signed[3]];
        Ok(Self { origin: origin.to_owned(), size, root, at_ms, follows, key, signature })
    }
}

fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// A piece of a text that should be a row of notes, with the number of its first line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub line: usize,
    pub text: &'a str,
    /// Whether it has the signature that ends a note.
    pub is_whole: bool,
}

/// The notes of a text, one after the other; what follows the last signature is not whole.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut first, mut end) = (0, 1, 0);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if text[start..end].is_empty() && line.trim().is_empty() {
            start += line.len();
            first = at + 2;
        }
        end += line.len();
        if line.starts_with(DASH) && line.ends_with('\n') {
            pieces.push(Piece { line: first, text: &text[start..end], is_whole: true });
            (start, first) = (end, at + 2);
        }
    }
    if !text[start..].is_empty() {
        pieces.push(Piece { line: first, text: &text[start..], is_whole: false });
    }
    pieces
}
