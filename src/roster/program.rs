//! What is run and where: program, arguments, directory. It runs nothing and looks at no program.

use std::path::PathBuf;

use super::leaf;
use super::mistake::{Broken, Mistakes, quoted};
use super::secret::is_secret;
use super::source::Source;
use super::spot::Spot;
use super::tree::Content;

/// A name on the `PATH`, or a path.
pub fn read_program(
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<String, Broken> {
    let text = leaf::line(spot, mistakes)?;
    if !text.contains('/') && !text.starts_with('~') && !text.contains(char::is_whitespace) {
        return Ok(text);
    }
    let expanded = leaf::expand(&text, source.home);
    let written = expanded.to_str().filter(|_| expanded.is_absolute()).map(str::to_owned);
    written.ok_or_else(|| {
        let allowed = "one program: a name on the PATH, an absolute path, or one that begins with \
                       `~/`; its arguments go into `args`";
        mistakes.add(spot.node.place, &spot.path, quoted(&text), allowed)
    })
}

/// A list of texts.
pub fn read_args(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<Vec<String>, Broken> {
    let Content::List(items) = &spot.node.content else {
        let found = leaf::describe(spot.node);
        return Err(mistakes.add(spot.node.place, &spot.path, found, "a list of texts"));
    };
    let mut args = Ok(Vec::new());
    for (at, node) in items.iter().enumerate() {
        let item = Spot { node, path: format!("{}[{at}]", spot.path) };
        let read = leaf::text(&item, mistakes);
        if read.as_deref().is_ok_and(holds_secret) {
            let allowed = "that, but everybody on the host can read arguments; a variable with \
                           `{from_file: PATH}` is read by nobody else";
            let found = "a secret in plain sight".to_owned();
            mistakes.warn(node.place, &item.path, found, allowed);
        }
        args = args.and_then(|mut args: Vec<String>| {
            args.push(read?);
            Ok(args)
        });
    }
    args
}

/// The argument itself, or what stands behind `--flag=`.
fn holds_secret(arg: &str) -> bool {
    let value =
        arg.strip_prefix("--").and_then(|flag| flag.split_once('=')).map(|(_, value)| value);
    is_secret(arg) || value.is_some_and(is_secret)
}

/// A directory that exists.
pub fn read_workspace(
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<PathBuf, Broken> {
    let path = leaf::path(spot, source.home, mistakes)?;
    if (source.is_directory)(&path) {
        return Ok(path);
    }
    let shown = quoted(&path.to_string_lossy());
    let found = format!("{shown}, which is not a directory");
    Err(mistakes.add(spot.node.place, &spot.path, found, "a directory that exists"))
}
