//! A draft in somebody's own editor. Its file is theirs alone, and gone afterwards.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use tokio::process::Command;

/// The draft, as it was left in the editor; else why it stays as it was.
pub async fn edited(agent: &str, text: &str) -> Result<String, String> {
    let (program, arguments) = editor();
    let path = write(agent, text).map_err(|why| format!("write the draft to a file: {why}"))?;
    #[expect(clippy::disallowed_methods, reason = "this is surface::tui::editor")]
    let ended = Command::new(&program).args(arguments).arg(&path).status().await;
    let status = match ended {
        Ok(status) => status,
        Err(why) => {
            drop(fs::remove_file(&path));
            return Err(format!("run {program}: {why}; VISUAL or EDITOR name another"));
        }
    };
    let read = fs::read(&path).map_err(|why| format!("read {}: {why}", path.display()))?;
    let Ok(mut text) = String::from_utf8(read) else {
        return Err(format!("it is not UTF-8: it is kept in {}", path.display()));
    };
    // What cannot be removed is said nowhere: it is the user's own file in their own place.
    drop(fs::remove_file(&path));
    if !status.success() {
        return Err(format!("{program} ended with {status}: the draft is as it was"));
    }
    // Editors end the last line.
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// Program and arguments, as `VISUAL` or `EDITOR` has them; no shell reads them.
fn editor() -> (String, Vec<String>) {
    let named = |name| std::env::var(name).ok().filter(|text: &String| !text.trim().is_empty());
    let words = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let mut words = words.split_whitespace().map(str::to_owned);
    (words.next().unwrap_or_else(|| "vi".to_owned()), words.collect())
}

fn write(agent: &str, text: &str) -> io::Result<PathBuf> {
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    // A name that is a path, or a direction on the terminal, is no part of a file's name.
    let safe: String = agent.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let path = place().join(format!("mosaic-{safe}-{random}.md"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

/// The user's own place where there is one, else the common one: nobody else reads the file there.
fn place() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    own.filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir)
}
