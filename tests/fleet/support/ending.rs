//! A program of ours, which ends with the value.

use std::process::Child;

/// The program.
pub struct Ending(pub Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}
