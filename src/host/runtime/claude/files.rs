//! The two files that claude gets by flag; ours alone, in a directory of ours.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::plan::LaunchError;

/// The hooks that carry what nothing else does: the receipt, and the conversation's id.
const HOOKS: [&str; 2] = ["SessionStart", "UserPromptSubmit"];

/// Seconds. The hook itself leaves within 200 ms; this is for a host that stands still.
const HOOK_TIMEOUT_S: u32 = 5;

/// What `--settings` says. A hook in its form with `args` is run without a shell, and without
/// `onFailure` its failure never stops a prompt.
pub fn settings(mosaic: &str) -> Value {
    let hook = |event: &str| {
        let hook = json!({
            "type": "command", "command": mosaic, "args": ["hook", event], "timeout": HOOK_TIMEOUT_S,
        });
        (event.to_owned(), json!([{"hooks": [hook]}]))
    };
    json!({
        "hooks": HOOKS.into_iter().map(hook).collect::<serde_json::Map<_, _>>(),
        // Any process of this uid could type into the agent past its mailbox, without a receipt.
        "crossSessionInbound": "refuse",
    })
}

/// What `--mcp-config` says. The server inherits the environment, so no token stands in a file.
pub fn mcp(mosaic: &str) -> Value {
    json!({"mcpServers": {"mosaic": {"type": "stdio", "command": mosaic, "args": ["mcp"]}}})
}

/// Writes a file of ours, whole or not at all: a claude that starts meanwhile reads the old one.
pub fn write(directory: &Path, name: &str, content: &Value) -> Result<PathBuf, LaunchError> {
    let path = directory.join(name);
    match replace(directory, name, &format!("{content:#}\n")) {
        Ok(()) => Ok(path),
        Err(error) => Err(LaunchError::Files { path, error }),
    }
}

fn replace(directory: &Path, name: &str, content: &str) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let draft = directory.join(format!(".{name}"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content.as_bytes())?;
    fs::rename(draft, directory.join(name))
}
