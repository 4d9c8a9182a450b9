//! The roster as a file: found, read, checked, written for the first time. It is never changed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Desk, Exit, Failure, Machine, output};
use crate::places;
use crate::roster::{self, Checked, Mistake, Source};

/// More than the reader takes: it says so itself, and we hold no more.
const READ_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Where no roster is.
const NO_ROSTER: &str =
    "`mosaic fleet init --write` writes a first one; `--roster FILE` names another";

/// A roster as it was read.
struct Roster {
    path: PathBuf,
    text: Vec<u8>,
    checked: Result<Checked, Vec<Mistake>>,
}

/// Shows a first roster, or writes it where `fleet up` reads it.
pub async fn init(desk: &Desk<impl Machine>, write: bool) -> Result<(), Failure> {
    let home = places::home().map_err(|why| failed("find the home directory", &why))?;
    let text = roster::example(&home, &places::user_name());
    if !write {
        return desk.pages.write(&text).await;
    }
    let path = desk.places.roster();
    let what = format!("write {}", path.display());
    let directory = DirBuilder::new().recursive(true).mode(0o700).create(&desk.places.config);
    directory.map_err(|why| failed(&what, &why))?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = match made {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Failure::new(
                Exit::Refused,
                format!("{} is there already and was not changed", path.display()),
                "edit it, then `mosaic fleet check`; `mosaic fleet init` shows the example",
            ));
        }
        Err(why) => return Err(failed(&what, &why)),
    };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|why| {
        // Half a roster is worse than none: the next `init` would refuse to write a whole one.
        drop(std::fs::remove_file(&path));
        failed(&what, &why)
    })?;
    output::line(&format!("{} written; `mosaic fleet up` starts what it names", path.display()))
}

/// Prints the JSON Schema of rosters.
pub async fn schema(desk: &Desk<impl Machine>) -> Result<(), Failure> {
    desk.pages.json(&roster::json_schema()).await
}

/// Checks a roster and tells every mistake.
pub fn check(
    desk: &Desk<impl Machine>,
    file: Option<PathBuf>,
    as_json: bool,
) -> Result<(), Failure> {
    let roster = match file {
        Some(dash) if dash == Path::new("-") => read_all(Path::new("<stdin>"), io::stdin().lock())?,
        Some(file) => read(&file, "look at its name; without one the roster in use is checked")?,
        None => read(&desk.places.roster(), NO_ROSTER)?,
    };
    if as_json {
        output::json(&report(&roster))?;
        return roster.checked.map(drop).map_err(|_| Failure::silent(Exit::WrongRoster));
    }
    let checked =
        roster.checked.map_err(|mistakes| wrong(&roster.path, &roster.text, &mistakes))?;
    for warning in &checked.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let count = checked.roster.agents.len();
    let noun = if count == 1 { "agent" } else { "agents" };
    output::line(&format!("{}: {count} {noun}, no mistakes", roster.path.display()))
}

/// The absolute path of a roster without mistakes. Its warnings come with the supervisor's answer.
pub fn checked(desk: &Desk<impl Machine>, named: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = named.map_or_else(|| desk.places.roster(), Path::to_owned);
    let path = std::path::absolute(&path)
        .map_err(|why| failed(&format!("find {}", path.display()), &why))?;
    lasts(&path)?;
    let roster = read(&path, NO_ROSTER)?;
    if let Err(mistakes) = &roster.checked {
        return Err(wrong(&roster.path, &roster.text, mistakes));
    }
    Ok(path)
}

/// The supervisor opens the file itself, now and when it is told to read it again: what only this
/// process can read, once, is none.
fn lasts(path: &Path) -> Result<(), Failure> {
    let is_ours = path.starts_with("/dev") || path.starts_with("/proc");
    let is_passing = std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
    if !is_ours && !is_passing {
        return Ok(());
    }
    let message = format!("{} is no file that the supervisor can read again", path.display());
    let hint = "write the roster to a file; `mosaic fleet check -` checks what comes from a pipe";
    Err(Failure::new(Exit::Usage, message, hint))
}

fn read(path: &Path, hint: &str) -> Result<Roster, Failure> {
    match File::open(path) {
        Ok(file) => read_all(path, file),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Err(Failure::new(
            Exit::WrongRoster,
            format!("there is no roster at {}", path.display()),
            hint,
        )),
        Err(why) => Err(failed(&format!("read the roster {}", path.display()), &why)),
    }
}

fn read_all(path: &Path, source: impl io::Read) -> Result<Roster, Failure> {
    let home = places::home().map_err(|why| failed("find the home directory", &why))?;
    let mut text = Vec::new();
    source
        .take(READ_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(|why| failed(&format!("read the roster {}", path.display()), &why))?;
    let file = path.to_string_lossy();
    let source =
        Source { text: &text, file: &file, home: &home, is_directory: &|path| path.is_dir() };
    let checked = roster::read(&source);
    Ok(Roster { path: path.to_owned(), text, checked })
}

/// All mistakes; on a terminal each with its lines.
fn wrong(path: &Path, text: &[u8], mistakes: &[Mistake]) -> Failure {
    let mut details = Vec::new();
    for mistake in mistakes {
        details.push(mistake.to_string());
        if io::stderr().is_terminal() {
            let lines = roster::snippet(text, mistake);
            details.extend(lines.lines().map(|line| format!("    {line}")));
        }
    }
    let noun = if mistakes.len() == 1 { "mistake" } else { "mistakes" };
    Failure {
        exit: Exit::WrongRoster,
        message: format!("{}: {} {noun}", path.display(), mistakes.len()),
        hint: Some("mend the roster, then `mosaic fleet check`".to_owned()),
        details,
    }
}

fn report(roster: &Roster) -> Value {
    let (mistakes, warnings): (&[Mistake], &[Mistake]) = match &roster.checked {
        Ok(checked) => (&[], &checked.warnings),
        Err(mistakes) => (mistakes, &[]),
    };
    let list = |all: &[Mistake]| all.iter().map(as_json).collect::<Vec<_>>();
    json!({
        "schema_version": 1,
        "file": roster.path.to_string_lossy(),
        "ok": roster.checked.is_ok(),
        "mistakes": list(mistakes),
        "warnings": list(warnings),
    })
}

fn as_json(mistake: &Mistake) -> Value {
    json!({
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "key": mistake.path,
        // The older name of `key`.
        "path": mistake.path,
        "found": mistake.found,
        "allowed": mistake.allowed,
        "nearest": mistake.nearest,
        "message": mistake.to_string(),
    })
}

fn failed(what: &str, why: &io::Error) -> Failure {
    let is = |kind| why.kind() == kind;
    let (exit, hint) = if is(io::ErrorKind::PermissionDenied) {
        (Exit::Forbidden, "look at who owns it and each directory above it: `namei -l PATH`")
    } else if is(io::ErrorKind::IsADirectory) {
        (Exit::WrongRoster, "name the file itself")
    } else if is(io::ErrorKind::StorageFull) {
        (Exit::Failed, "make room on that disk, and try again")
    } else {
        (Exit::Failed, "look at that path; MOSAIC_HOME moves where roster and state lie")
    };
    Failure::new(exit, format!("{what}: {why}"), hint)
}
