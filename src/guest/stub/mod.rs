//! `mosaic runtime stub`.
use std::ffi::OsString;
use std::process::ExitCode;
/// Runs the stub.
pub fn main(_words: &[OsString]) -> ExitCode {
    ExitCode::SUCCESS
}
