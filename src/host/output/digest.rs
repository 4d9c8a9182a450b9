//! What a segment's bytes come to, read as they lie there.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::protocol::segment_name;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// The length of a segment in bytes and their SHA-256 in hexadecimal; `None` when it is gone.
pub fn digest(directory: &Path, number: u64) -> io::Result<Option<(u64, String)>> {
    let mut file = match File::open(directory.join(segment_name(number))) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (mut digest, mut length, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => {
                digest.update(&piece[..count]);
                length += count as u64;
            }
        }
    }
    let hex = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some((length, hex)))
}
