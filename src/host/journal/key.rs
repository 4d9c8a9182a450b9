//! The key that signs checkpoints: a file beside the journal, made once; it never leaves it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use nix::fcntl::OFlag;

use super::error::JournalError;

/// Begins the one line of the file.
const FORM: &str = "mosaic-journal-key ed25519 ";

/// The line is shorter; what is longer is no key of ours.
const BYTES_MAX: u64 = 256;

/// Where the key of a journal lies.
pub(super) fn place(journal: &Path) -> PathBuf {
    journal.with_extension("key")
}

/// The key, when there is one; one that others could have read or written is refused.
pub(super) fn read(path: &Path) -> Result<Option<SigningKey>, JournalError> {
    let wrong = |what: &str| JournalError::Key { path: path.to_owned(), what: what.to_owned() };
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC).bits();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    let meta = file.metadata().map_err(|error| wrong(&error.to_string()))?;
    if !meta.is_file() {
        return Err(wrong("it is no file"));
    }
    let ours = nix::unistd::geteuid().as_raw();
    if meta.uid() != ours {
        return Err(wrong(&format!("it belongs to uid {} and not to us ({ours})", meta.uid())));
    }
    if meta.mode() & 0o077 != 0 {
        let mode = meta.mode() & 0o777;
        return Err(wrong(&format!("others may open it (mode {mode:03o}); `chmod 600` it")));
    }
    let mut text = String::new();
    let read = file.take(BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| wrong(&error.to_string()))?;
    let seed = text.strip_prefix(FORM).and_then(|seed| STANDARD.decode(seed.trim_end()).ok());
    let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
    let seed = seed.ok_or_else(|| wrong("it is not in the form of a key"))?;
    Ok(Some(SigningKey::from_bytes(&seed)))
}

/// Makes a key: whole on the disk, for us alone, before anybody signs with it.
pub(super) fn make(path: &Path) -> Result<SigningKey, JournalError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the kernel gives random bytes once it has booted");
    let draft = path.with_extension("key.new");
    let write = || {
        // One that a crash has left was never used.
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(format!("{FORM}{}\n", STANDARD.encode(seed)).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        File::open(path.parent().filter(|at| !at.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()
    };
    write().map_err(|error| JournalError::io(path, "make the key of", error))?;
    Ok(SigningKey::from_bytes(&seed))
}
