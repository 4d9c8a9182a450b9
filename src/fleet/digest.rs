//! The fleet as one number: two that differ in one byte have different ones.

use sha2::{Digest as _, Sha256};

use super::Fleet;

impl Fleet {
    /// SHA-256 over the fleet as JSON, in hexadecimal digits.
    pub fn digest(&self) -> String {
        // Maps of ours are ordered and have text for keys, so that this neither fails nor varies.
        let text = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
