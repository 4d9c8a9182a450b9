//! The text of a message: of the command line, a file or standard input; never more than is taken.

use std::io::{IsTerminal as _, Read};
use std::path::Path;

use super::super::{Exit, Failure};

/// As much as the supervisor takes.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

/// The text that these words and this file name.
pub fn read(words: &[String], file: Option<&Path>) -> Result<String, Failure> {
    let text = match (words, file) {
        ([], Some(path)) if path == Path::new("-") => input(std::io::stdin(), "standard input")?,
        ([], Some(path)) => of_file(path)?,
        ([_, ..], Some(_)) => {
            return usage("there is a text and a --file", "one of them is the message");
        }
        ([], None) if std::io::stdin().is_terminal() => {
            return usage(
                "no text",
                "`mosaic send NAME TEXT`, or `-` to type it here, Ctrl-D at its end",
            );
        }
        ([], None) => input(std::io::stdin(), "standard input")?,
        ([dash], None) if dash == "-" => input(std::io::stdin(), "standard input")?,
        (words, None) => words.join(" "),
    };
    match text.len() as u64 {
        0 => usage("the text is empty", "`mosaic send NAME TEXT`, or a pipe into it"),
        1..=TEXT_BYTES_MAX => Ok(text),
        _ => usage("the text is longer than 64 KiB", "put it into a file and send the file's path"),
    }
}

fn usage<T>(message: &str, hint: &str) -> Result<T, Failure> {
    Err(Failure::new(Exit::Usage, message, hint))
}

fn of_file(path: &Path) -> Result<String, Failure> {
    let shown = path.display().to_string();
    let unread = |why: std::io::Error| {
        let is_forbidden = why.kind() == std::io::ErrorKind::PermissionDenied;
        let exit = if is_forbidden { Exit::Forbidden } else { Exit::Usage };
        Failure::new(exit, format!("read {shown}: {why}"), "nothing was sent")
    };
    input(std::fs::File::open(path).map_err(unread)?, &shown)
}

/// All of it up to the last newline, as far as anybody would take it.
fn input(from: impl Read, what: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(TEXT_BYTES_MAX + 2).read_to_end(&mut bytes).map_err(|why| {
        Failure::new(Exit::Failed, format!("read {what}: {why}"), "nothing was sent")
    })?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // A long text may have been cut inside a character.
        Err(cut) if cut.as_bytes().len() as u64 > TEXT_BYTES_MAX => {
            Ok(String::from_utf8_lossy(cut.as_bytes()).into_owned())
        }
        Err(_) => usage(&format!("{what} is not UTF-8"), "send text; put other bytes into a file"),
    }
}
