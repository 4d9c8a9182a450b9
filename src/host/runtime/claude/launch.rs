//! How claude is started so that it can be asked, heard and resumed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::super::environment::{environment, read, set, text};
use super::super::plan::{Launch, LaunchAsked, LaunchError};
use super::super::program::find_program;
use super::files;
use crate::fleet::{Conversation, Definition};

const INSTALL: &str = "npm install -g @anthropic-ai/claude-code";

/// A transcript names a prompt in its first lines; one that does not by here has none to resume.
const TRANSCRIPT_HEAD_BYTES: u64 = 4 * 1024 * 1024;

/// Arguments that mosaic gives itself, or under which claude is no agent in a pane.
const REFUSED: [(&[&str], &str); 4] = [
    (
        &["--session-id", "--resume", "-r", "--continue", "-c", "--fork-session", "--from-pr"],
        "mosaic resumes this agent's own conversation; remove it",
    ),
    (&["--settings"], "mosaic gives its own; put yours into settings.json of the user or project"),
    (
        &["--bare", "--safe-mode"],
        "it turns off the hooks and servers by which claude answers; remove it",
    ),
    (
        &["--print", "-p", "--bg", "--background", "--cloud", "--desktop"],
        "such a claude does not stay in its pane; remove it",
    ),
];

/// Arguments that already say the permission mode.
const MODES: [&str; 2] = ["--permission-mode", "--dangerously-skip-permissions"];

/// Writes our files and says how to start.
pub fn launch(asked: &LaunchAsked<'_>) -> Result<Launch, LaunchError> {
    let definition = asked.definition;
    refuse(&definition.args)?;
    let mut env = environment(asked)?;
    set(&mut env, "MOSAIC_SPOOL", text("MOSAIC_SPOOL", asked.spool)?);
    let command = definition.command.as_deref().unwrap_or("claude");
    let program = find_program(command, &env, &definition.workspace, Some(INSTALL))?;
    let mosaic = text("the hook's program", asked.mosaic)?;
    let settings = files::write(asked.files, "settings.json", &files::settings(mosaic))?;
    let mcp = files::write(asked.files, "mcp.json", &files::mcp(mosaic))?;

    let configuration = configuration(definition, asked.home)?;
    let (conversation, resumes) = choose(asked.conversation, &configuration);
    let mut argv = vec![program];
    for (flag, path) in [("--settings", &settings), ("--mcp-config", &mcp)] {
        argv.extend([flag.to_owned(), text(flag, path)?.to_owned()]);
    }
    if !definition.args.iter().any(|argument| MODES.iter().any(|mode| is_flag(argument, mode))) {
        // Without a mode claude decides by itself what it asks about.
        argv.extend(["--permission-mode".to_owned(), "manual".to_owned()]);
    }
    let flag = if resumes { "--resume" } else { "--session-id" };
    argv.extend([flag.to_owned(), conversation.clone()]);
    argv.extend(definition.args.iter().cloned());
    Ok(Launch { argv, env, cwd: definition.workspace.clone(), conversation, resumes })
}

fn refuse(arguments: &[String]) -> Result<(), LaunchError> {
    for argument in arguments {
        let why = REFUSED
            .iter()
            .find(|(flags, _)| flags.iter().any(|flag| is_flag(argument, flag)))
            .map(|(_, why)| *why);
        if let Some(why) = why {
            return Err(LaunchError::Argument { argument: argument.clone(), why });
        }
    }
    Ok(())
}

/// Whether an argument is this flag, alone or with `=value`.
fn is_flag(argument: &str, flag: &str) -> bool {
    argument.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// Where this claude keeps its state: `CLAUDE_CONFIG_DIR` of the roster, else `~/.claude`.
pub fn configuration(definition: &Definition, home: &Path) -> Result<PathBuf, LaunchError> {
    const NAME: &str = "CLAUDE_CONFIG_DIR";
    match definition.env.iter().rev().find(|(name, _)| name == NAME) {
        Some((_, value)) => Ok(definition.workspace.join(read(NAME, value)?)),
        None => Ok(home.join(".claude")),
    }
}

/// The conversation to start with, and whether it goes on. Claude refuses to resume one that it
/// does not have, and to begin one that it has.
fn choose(conversation: &Conversation, configuration: &Path) -> (String, bool) {
    match conversation {
        Conversation::Resume(old, _) if has_transcript(configuration, old) => (old.clone(), true),
        Conversation::New(id) | Conversation::Resume(_, id) => (uuid(id), false),
    }
}

/// The form of an id that claude takes: 32 hexadecimal digits get their hyphens.
fn uuid(id: &str) -> String {
    if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
    } else {
        id.to_owned()
    }
}

/// Whether claude still has this conversation, in whatever project it began.
fn has_transcript(configuration: &Path, id: &str) -> bool {
    let formed = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let Ok(projects) = fs::read_dir(configuration.join("projects")) else {
        return false;
    };
    let name = format!("{id}.jsonl");
    formed && projects.flatten().any(|project| has_prompt(&project.path().join(&name)))
}

/// Whether a transcript holds a prompt; before the first one there is nothing to go on with.
fn has_prompt(transcript: &Path) -> bool {
    let Ok(file) = File::open(transcript) else {
        return false;
    };
    BufReader::new(file.take(TRANSCRIPT_HEAD_BYTES))
        .split(b'\n')
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(&line).ok())
        .any(|line| line.get("type").and_then(serde_json::Value::as_str) == Some("user"))
}
