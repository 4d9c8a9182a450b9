//! `man`: the pages of the manual, made of the same words as the help.

mod page;
#[cfg(test)]
mod tests;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use clap::{Command, CommandFactory as _};

use super::arguments::{Arguments, ManAsked};
use super::{Desk, Exit, Failure, Machine, output, pager};
use crate::fleet::nearest;
use crate::terminal::screen;
use page::Page;

/// Verbs that no person types; each tells what it is for when it is asked for its help.
const FOR_PROGRAMS: [&str; 4] = ["hook", "mcp", "pane-exec", "runtime"];

/// Shows a page, or writes all of them.
pub async fn run(desk: &Desk<impl Machine>, asked: &ManAsked) -> Result<(), Failure> {
    let mut root = Arguments::command();
    root.build();
    if let Some(directory) = &asked.write {
        return write(&root, directory);
    }
    let (words, command) = found(&root, &asked.verb)?;
    let page = Page::new(&root, &words, command).roff().map_err(made)?;
    // `-l -` reads the page itself, wherever it comes from.
    match pager::reading("man", &["-l", "-"], &page).await {
        Ok(status) if status.success() => Ok(()),
        // A reader who left a pipe has seen enough; `man` passes on how its writer ended in its own way.
        Ok(status) if was_left(status) || screen::has_lost_reader() => {
            Err(Failure::silent(Exit::BrokenPipe))
        }
        Ok(status) => {
            let message = format!("`man` did not show the page: {status}");
            Err(Failure::new(Exit::Failed, message, "`mosaic help VERB` tells the same in short"))
        }
        Err(why) => {
            desk.pages.note(&format!("`man` cannot be run ({why}); this is the help")).await;
            desk.pages.write(&command.clone().render_long_help().to_string()).await
        }
    }
}

/// Whether a program ended for want of a reader, by itself or as a shell tells it of another.
fn was_left(status: ExitStatus) -> bool {
    let code = i32::from(Exit::BrokenPipe.code());
    status.signal() == Some(code - 128) || status.code() == Some(code)
}

/// The verb of these words.
fn found<'a>(root: &'a Command, words: &[String]) -> Result<(Vec<String>, &'a Command), Failure> {
    if let [word, ..] = words
        && FOR_PROGRAMS.contains(&word.as_str())
    {
        let message = format!("`{word}` is for programs and has no page");
        let hint = format!("`mosaic help {word}` tells what it does");
        return Err(Failure::new(Exit::Usage, message, &hint));
    }
    let mut command = root;
    for (at, word) in words.iter().enumerate() {
        let shown = || command.get_subcommands().filter(|verb| !verb.is_hide_set());
        command = shown().find(|verb| verb.get_name() == word).ok_or_else(|| {
            let before = words[..at].iter().map(|word| format!("{word} ")).collect::<String>();
            let hint = match nearest(word, shown().map(Command::get_name)) {
                Some(near) => format!("did you mean `mosaic man {before}{near}`?"),
                None => format!("`mosaic help {before}`").replace(" `", "`") + " lists them",
            };
            let message = format!("there is no verb `{before}{word}`");
            Failure::new(Exit::Usage, message, &hint)
        })?;
    }
    Ok((words.to_vec(), command))
}

/// Every page, by the words of its verb.
fn pages(root: &Command) -> Vec<(Vec<String>, &Command)> {
    fn walk<'a>(
        words: &[String],
        command: &'a Command,
        found: &mut Vec<(Vec<String>, &'a Command)>,
    ) {
        found.push((words.to_vec(), command));
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            walk(&[words, &[verb.get_name().to_owned()]].concat(), verb, found);
        }
    }
    let mut found = Vec::new();
    walk(&[], root, &mut found);
    found
}

fn write(root: &Command, directory: &Path) -> Result<(), Failure> {
    let told = |path: &Path, why: &std::io::Error| {
        let message = format!("write {}: {why}", path.display());
        Failure::new(Exit::Failed, message, "name a directory that this user may write")
    };
    std::fs::create_dir_all(directory).map_err(|why| told(directory, &why))?;
    let pages = pages(root);
    for (words, command) in &pages {
        let page = Page::new(root, words, command);
        let path = directory.join(page.file());
        std::fs::write(&path, page.roff().map_err(made)?).map_err(|why| told(&path, &why))?;
    }
    output::line(&format!("{} pages written to {}", pages.len(), directory.display()))
}

fn made(why: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("make the page: {why}"), "`mosaic help` tells the same")
}
