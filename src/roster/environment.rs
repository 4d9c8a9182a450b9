//! The `env` of an agent: names, texts and files. It opens no file and shows no secret.

use crate::fleet::EnvValue;

use super::fields::Fields;
use super::leaf;
use super::mistake::{Broken, Mistakes, quoted};
use super::schema;
use super::secret::{is_secret, looks_secret};
use super::source::Source;
use super::spot::Spot;
use super::tree::Content;

/// The variables of an agent or of `defaults`, in the order of the text.
pub fn read_env(
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Vec<(String, EnvValue)> {
    let Ok(fields) = Fields::any(spot, mistakes) else {
        return Vec::new();
    };
    let mut env = Vec::new();
    for (key, value) in fields.iter() {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let formed = key.bytes().all(letters) && !key.starts_with(|c: char| c.is_ascii_digit());
        if key.is_empty() || !formed {
            let allowed = "a name of A-Z, a-z, 0-9 and _ that begins with no digit";
            mistakes.add(spot.place_of_key(key), &value.path, quoted(key), allowed);
        } else if key.starts_with("MOSAIC_") && !key.starts_with("MOSAIC_STUB_") {
            let allowed = "another name: those that begin with `MOSAIC_` belong to mosaic itself, but for the stub's `MOSAIC_STUB_`";
            mistakes.add(spot.place_of_key(key), &value.path, quoted(key), allowed);
        }
        if let Ok(read) = read_env_value(key, value, source, mistakes) {
            env.push((key.to_owned(), read));
        }
    }
    env
}

fn read_env_value(
    key: &str,
    spot: &Spot<'_>,
    source: &Source<'_>,
    mistakes: &mut Mistakes,
) -> Result<EnvValue, Broken> {
    if matches!(spot.node.content, Content::Mapping(_)) {
        let fields = Fields::known(spot, &schema::FROM_FILE, mistakes)?;
        let file = fields.required("from_file", "`from_file: PATH`", mistakes)?;
        let path = leaf::path(file, source.home, mistakes)?;
        if (source.is_directory)(&path) {
            let found = format!("{}, which is a directory", quoted(&path.to_string_lossy()));
            return Err(mistakes.add(file.node.place, &file.path, found, "a file"));
        }
        return Ok(EnvValue::FromFile(path));
    }
    let looks_so = looks_secret(key) || leaf::as_text(spot.node).is_some_and(is_secret);
    if !looks_so {
        return leaf::text(spot, mistakes).map(EnvValue::Value);
    }
    let found = "a secret in plain sight".to_owned();
    let allowed = "that, but it is journaled; `{from_file: PATH}` is not";
    match leaf::as_text(spot.node) {
        Some(_) if leaf::disguise(spot.node).is_none() => {
            mistakes.warn(spot.node.place, &spot.path, found, allowed);
            leaf::text(spot, mistakes).map(EnvValue::Value)
        }
        // The value itself stays out of the message.
        Some(_) | None => {
            let found = match leaf::disguise(spot.node) {
                Some(looks_like) => format!("a value that {looks_like}"),
                None => leaf::describe_kind(spot.node).to_owned(),
            };
            let allowed = "text in quotes, or `{from_file: PATH}`";
            Err(mistakes.add(spot.node.place, &spot.path, found, allowed))
        }
    }
}
