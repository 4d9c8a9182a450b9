//! `agent screenshot`: the screen at this moment, as a picture or as text. It changes nothing of it.

mod colour;
mod font;
mod picture;
mod png;
mod svg;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::timeout;

use super::arguments::ScreenshotAsked;
use super::{Desk, Exit, Failure, Machine, ProbedScreen, output};
use crate::clock;
use crate::fleet::rfc3339;
use crate::terminal::emulator::Letters;
use crate::wire::WatchFrame;
use crate::wire::client::ClientError;
use picture::Picture;

/// A screen comes within milliseconds; a supervisor that hangs, or whose tmux does, does not keep us.
const SCREEN_WITHIN: Duration = Duration::from_secs(10);

/// What the screen becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Png,
    Svg,
    Text,
    Ansi,
}

/// Takes the screen of an agent.
pub async fn run(desk: &Desk<impl Machine>, asked: &ScreenshotAsked) -> Result<(), Failure> {
    let form = form(asked)?;
    let file = file(asked, form)?;
    let picture = taken(desk, &asked.agent).await?;
    let bytes = match form {
        Form::Png => png::png(&picture),
        Form::Svg => svg::svg(&picture, &asked.agent).into_bytes(),
        Form::Text => picture.text().into_bytes(),
        Form::Ansi => picture.ansi().into_bytes(),
    };
    let Some((path, is_ours)) = file else { return output::write_bytes(&bytes) };
    let mut options = OpenOptions::new();
    // A name that nobody chose overwrites nothing.
    options.write(true).create(true).truncate(!is_ours).create_new(is_ours);
    let written = options.open(&path).and_then(|mut file| file.write_all(&bytes));
    written.map_err(|error| {
        let message = format!("write {}: {error}", path.display());
        Failure::new(Exit::Failed, message, "-o FILE says where it goes, -o - to standard output")
    })?;
    output::line(&path.to_string_lossy())
}

/// What was asked for by a switch, else by the end of the name, else a picture.
fn form(asked: &ScreenshotAsked) -> Result<Form, Failure> {
    let chosen = [
        (asked.png, Form::Png),
        (asked.svg, Form::Svg),
        (asked.text, Form::Text),
        (asked.ansi, Form::Ansi),
    ];
    if let Some((_, form)) = chosen.into_iter().find(|(is_chosen, _)| *is_chosen) {
        return Ok(form);
    }
    let end = asked.output.as_deref().and_then(Path::extension).and_then(OsStr::to_str);
    match end.map(str::to_ascii_lowercase).as_deref() {
        None | Some("png") => Ok(Form::Png),
        Some("svg") => Ok(Form::Svg),
        Some("txt") => Ok(Form::Text),
        Some("ans" | "ansi") => Ok(Form::Ansi),
        Some(end) => Err(Failure::new(
            Exit::Usage,
            format!("no picture ends in .{end}"),
            "name it .png, .svg, .txt or .ans, or say --png, --svg, --text or --ansi",
        )),
    }
}

/// Where it goes, and whether the name is ours; nothing is standard output.
fn file(asked: &ScreenshotAsked, form: Form) -> Result<Option<(PathBuf, bool)>, Failure> {
    let is_terminal = std::io::stdout().is_terminal();
    let end = match form {
        Form::Png => "png",
        Form::Svg => "svg",
        Form::Text | Form::Ansi => "txt",
    };
    match &asked.output {
        Some(path) if path.as_os_str() == "-" => {
            if form == Form::Png && is_terminal {
                let hint = "-o FILE writes it into a file; --ansi shows it here";
                return Err(Failure::new(Exit::Usage, "a terminal shows no PNG", hint));
            }
            Ok(None)
        }
        Some(path) => Ok(Some((path.clone(), false))),
        None if is_terminal && matches!(form, Form::Png | Form::Svg) => {
            let at = rfc3339(clock::now().wall_ms).replace([':', '.'], "-");
            Ok(Some((PathBuf::from(format!("{}-{at}.{end}", asked.agent)), true)))
        }
        None => Ok(None),
    }
}

/// The screen as tmux tells it where nobody else can: it is what the agent shows all the same.
fn probed(desk: &Desk<impl Machine>, agent: &str, error: &ClientError) -> Result<Picture, Failure> {
    let ProbedScreen { columns, rows, paint, tmux } =
        desk.machine.screen(agent).map_err(|probed| Failure {
            message: format!("{error}; and tmux was asked directly: {}", probed.message),
            ..Failure::from(error.clone())
        })?;
    output::note(&format!("{error}; this is what tmux shows of \"{agent}\""));
    Ok(Picture::of(columns, rows, Letters::of(&tmux), &paint))
}

/// The screen: as the supervisor has it, and where none answers, as tmux has it.
async fn taken(desk: &Desk<impl Machine>, agent: &str) -> Result<Picture, Failure> {
    let late = |_| Err(ClientError::Late { what: watch_of(agent), after: SCREEN_WITHIN });
    let watched = timeout(SCREEN_WITHIN, watched(desk, agent)).await.unwrap_or_else(late);
    match watched {
        Ok(Watched::Screen(picture)) => Ok(picture),
        Ok(Watched::Gone { reason }) => {
            let message = format!("\"{agent}\" has no screen now: {reason}");
            let hint = format!("`mosaic agent tail {agent}` shows what it wrote");
            Err(Failure::new(Exit::Refused, message, &hint))
        }
        Err(
            error @ (ClientError::NoSupervisor { .. }
            | ClientError::Left { .. }
            | ClientError::Late { .. }),
        ) => probed(desk, agent, &error),
        Err(error) => Err(error.into()),
    }
}

/// What a watch begins with.
enum Watched {
    Screen(Picture),
    /// It has none.
    Gone {
        reason: String,
    },
}

/// The beginning of a watch.
async fn watched(desk: &Desk<impl Machine>, agent: &str) -> Result<Watched, ClientError> {
    let mut frames = desk.client.watch(agent).await?;
    while let Some(frame) = frames.next().await? {
        match frame {
            WatchFrame::Screen { columns, rows, paint, tmux } => {
                let paint = STANDARD.decode(paint).unwrap_or_default();
                let picture = Picture::of(columns, rows, Letters::of(&tmux), &paint);
                return Ok(Watched::Screen(picture));
            }
            WatchFrame::Gone { reason } => return Ok(Watched::Gone { reason }),
            WatchFrame::Output { .. } | WatchFrame::Status { .. } => {}
        }
    }
    let why = "the stream ended before the screen came".to_owned();
    Err(ClientError::Left { what: watch_of(agent), why })
}

/// What the supervisor is asked, for who is told that no answer came.
fn watch_of(agent: &str) -> String {
    format!("the watch of \"{agent}\"")
}
