//! One page of the manual: clap_mangen's name, synopsis and options, and our own sections around.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::super::Exit;
use super::super::arguments::SHORT;

/// What every verb heeds.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("MOSAIC_HOME", "Moves roster and state together into this directory, for a second fleet."),
    (
        "MOSAIC_PAGER, PAGER",
        "The pager of long output on a terminal; less -FRX without them, none where it is empty or cat.",
    ),
    (
        "NO_COLOR",
        "Not empty: no colours, as with --color never. TERM=dumb has none either, and no pager.",
    ),
];

/// What only some do.
const ENVIRONMENT_MORE: [(&str, &str); 5] = [
    ("HOME", "Where roster and state lie; the home directory of passwd without it."),
    ("COLUMNS", "How wide a table may be that is piped."),
    ("VISUAL, EDITOR", "The editor for a message in the screen of fleet top."),
    ("MOSAIC_LOG", "What the supervisor logs: error, warn, info, debug or trace."),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Where spans and metrics of the supervisor go; nowhere without it.",
    ),
];

/// Where things lie.
const FILES: [(&str, &str); 3] = [
    ("~/.config/mosaic/roster.yaml", "What should run."),
    (
        "~/.local/state/mosaic/",
        "The journal, what agents wrote, the log and the lock of the supervisor, links to its sockets.",
    ),
    ("/run/user/UID/mosaic/", "The sockets themselves, where the machine keeps that directory."),
];

/// A page, and what it is about.
pub struct Page<'a> {
    root: &'a Command,
    words: &'a [String],
    command: &'a Command,
}

impl<'a> Page<'a> {
    /// The page of a verb.
    pub fn new(root: &'a Command, words: &'a [String], command: &'a Command) -> Self {
        Self { root, words, command }
    }

    /// What its file is called.
    pub fn file(&self) -> String {
        format!("{}.1", title(self.words))
    }

    /// The page itself.
    pub fn roff(&self) -> io::Result<String> {
        let version = self.root.get_version().unwrap_or_default();
        let man = Man::new(self.command.clone());
        let below = Below::of(self.command);
        let mut page = Vec::new();
        // Without a date of its own: the same program makes the same page on every day.
        let heading = title(self.words).to_uppercase();
        writeln!(page, ".TH \"{heading}\" 1 \"\" \"mosaic {version}\" \"mosaic manual\"")?;
        let mut name = Roff::new();
        name.control("SH", ["NAME"]);
        let about = self.command.get_about().map(ToString::to_string).unwrap_or_default();
        name.text([roman(format!("{} - {}", title(self.words), about.replace('`', "")))]);
        name.to_writer(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        self.description(&below).to_writer(&mut page)?;
        if self.command.has_subcommands() {
            self.verbs().to_writer(&mut page)?;
        }
        man.render_options_section(&mut page)?;
        self.rest(&below).to_writer(&mut page)?;
        String::from_utf8(page).map_err(io::Error::other)
    }

    fn description(&self, below: &Below) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["DESCRIPTION"]);
        let long = self.command.get_long_about().or_else(|| self.command.get_about());
        let long = long.map(ToString::to_string).unwrap_or_default();
        let long = long.split("\n\n").map(str::to_owned);
        for (at, paragraph) in long.chain(below.prose.iter().cloned()).enumerate() {
            if at > 0 {
                roff.control("PP", []);
            }
            let end = if paragraph.ends_with(['.', ':', '?']) { "" } else { "." };
            roff.text([roman(format!("{paragraph}{end}"))]);
        }
        for (heading, lines) in &below.tables {
            roff.control("SS", [heading.as_str()]);
            literal(&mut roff, lines);
        }
        roff
    }

    fn verbs(&self) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["VERBS"]);
        for verb in self.command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let words = [self.words, &[verb.get_name().to_owned()]].concat();
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            roff.control("TP", []);
            roff.text([bold(title(&words)), roman("(1)")]);
            roff.text([roman(format!("{about}."))]);
        }
        roff
    }

    fn rest(&self, below: &Below) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["EXIT STATUS"]);
        if let Some(exits) = &below.exits {
            roff.text([roman(format!("{}.", exits.trim_end_matches('.')))]);
        }
        let is_root = self.words.is_empty();
        let named = [Exit::Done, Exit::Failed, Exit::Usage, Exit::NoSupervisor];
        let exits: &[Exit] = if is_root { Exit::ALL } else { &named };
        for exit in exits {
            roff.control("TP", []);
            roff.text([bold(exit.code().to_string())]);
            roff.text([roman(exit.means())]);
        }
        if !is_root {
            roff.control("PP", []);
            roff.text([roman("All of them are listed in "), bold("mosaic"), roman("(1).")]);
        }
        rows(&mut roff, "ENVIRONMENT", &ENVIRONMENT);
        if is_root {
            for (name, what) in ENVIRONMENT_MORE {
                row(&mut roff, name, what);
            }
        }
        rows(&mut roff, "FILES", &FILES);
        roff.control("SH", ["EXAMPLES"]);
        literal(&mut roff, &below.examples);
        roff.control("SH", ["SEE ALSO"]);
        let mut line = Vec::new();
        for (at, name) in self.related().iter().enumerate() {
            line.extend([roman(if at > 0 { ", " } else { "" }), bold(name.clone()), roman("(1)")]);
        }
        roff.text(line);
        roff
    }

    /// The other form of the same verb, its group, its siblings; of mosaic itself, every verb.
    fn related(&self) -> Vec<String> {
        let verb = self.words.join(" ");
        let named = |verb: &str| title(&verb.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let other = |(short, long): &(&str, &str)| {
            let other = if *short == verb { long } else { short };
            (*short == verb || *long == verb).then(|| named(other))
        };
        let others = SHORT.iter().filter_map(other);
        let above = match self.words.split_last() {
            Some((_, above)) => above,
            None => &[],
        };
        let group = above.iter().try_fold(self.root, |command, word| command.find_subcommand(word));
        let siblings = group.into_iter().flat_map(Command::get_subcommands);
        let siblings = siblings.filter(|verb| !verb.is_hide_set());
        let siblings = siblings.map(|verb| title(&[above, &[verb.get_name().to_owned()]].concat()));
        let mut related: Vec<String> = others.collect();
        related.extend((1..self.words.len()).map(|end| title(&self.words[..end])));
        if !self.words.is_empty() {
            related.push("mosaic".to_owned());
        }
        related.extend(siblings);
        let own = title(self.words);
        let mut seen = std::collections::BTreeSet::from([own]);
        related.retain(|name| seen.insert(name.clone()));
        related.push("tmux".to_owned());
        related
    }
}

/// `mosaic-agent-watch`.
fn title(words: &[String]) -> String {
    std::iter::once("mosaic").chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-")
}

fn rows(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, what) in rows {
        row(roff, name, what);
    }
}

fn row(roff: &mut Roff, name: &str, what: &str) {
    roff.control("TP", []);
    roff.text([italic(name)]);
    roff.text([roman(what)]);
}

/// Lines as they stand.
fn literal(roff: &mut Roff, lines: &[String]) {
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line.clone())]);
    }
    roff.control("fi", []);
}

/// What stands below the options in the help, by what it is.
#[derive(Debug, Default)]
struct Below {
    prose: Vec<String>,
    tables: Vec<(String, Vec<String>)>,
    exits: Option<String>,
    examples: Vec<String>,
}

impl Below {
    fn of(command: &Command) -> Self {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let mut below = Self::default();
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            let mut lines = paragraph.lines().map(str::to_owned);
            let first = lines.next().unwrap_or_default();
            let rest: Vec<String> = lines.collect();
            match first.strip_suffix(':') {
                Some("Examples") => below.examples = rest,
                Some(heading) if !rest.is_empty() => below.tables.push((heading.to_owned(), rest)),
                _ if first.starts_with("Exit codes") => below.exits = Some(first),
                _ => below.prose.push(first),
            }
        }
        below
    }
}
