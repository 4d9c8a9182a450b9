//! Randomness as an input: everything that must be new comes out of one seed.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A source of new ids, the same for the same seed.
#[derive(Debug, Clone)]
pub struct Fresh {
    seed: [u8; 32],
    drawn: u64,
}

impl Fresh {
    /// From 32 bytes that nobody can guess.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// 128 bits as 32 hexadecimal digits.
    pub fn hex(&mut self) -> String {
        let mut text = String::with_capacity(32);
        for byte in &self.draw()[..16] {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let mut text = self.hex();
        text.replace_range(12..13, "4");
        let variant = ["8", "9", "a", "b"][usize::from(self.draw()[0] % 4)];
        text.replace_range(16..17, variant);
        for place in [20, 16, 12, 8] {
            text.insert(place, '-');
        }
        text
    }

    /// 12 characters of `0-9a-z`: 62 bits.
    pub fn message_id(&mut self) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        self.draw()[..12].iter().map(|byte| char::from(DIGITS[usize::from(byte % 36)])).collect()
    }

    /// Between 0 and `limit`, both included.
    pub fn up_to(&mut self, limit: u64) -> u64 {
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.draw()[..8]);
        u64::from_le_bytes(eight) % limit.saturating_add(1).max(1)
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.drawn.to_le_bytes())
            .finalize()
            .into()
    }
}

/// SHA-256 of a token, hexadecimal: what the journal keeps of it.
pub fn token_hash(token: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(token.as_bytes()) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Fresh;

    #[test]
    fn ids_have_their_forms_and_never_repeat() {
        let mut fresh = Fresh::new([7; 32]);
        let uuid = fresh.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
        assert_ne!(fresh.hex(), fresh.hex());
        assert_eq!(fresh.message_id().len(), 12);
        assert!(fresh.up_to(3) <= 3);
    }
}
