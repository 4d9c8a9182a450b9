//! The environment of an agent: a fixed base and the roster's own; never that of the supervisor.
//!
//! A shell, cron and a unit start supervisors with different environments; an agent must not
//! notice which of them it was.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::fleet::EnvValue;

use super::plan::{LaunchAsked, LaunchError};

/// The kernel takes no longer string at an exec (`MAX_ARG_STRLEN`), its name and `=` included.
const VALUE_BYTES_MAX: usize = 128 * 1024 - 256;

/// The whole environment of a life. What is ours comes last: a roster cannot move an agent to
/// another name, socket or token.
pub fn environment(asked: &LaunchAsked<'_>) -> Result<Vec<(String, String)>, LaunchError> {
    let mut env = base(asked.home, asked.user);
    for (name, value) in &asked.definition.env {
        set(&mut env, name, &read(name, value)?);
    }
    let address = asked.address;
    let socket = text("MOSAIC_HEARTBEAT_SOCKET", asked.guest_socket)?;
    set(&mut env, "MOSAIC_AGENT", address.agent.as_str());
    set(&mut env, "MOSAIC_TENANT", &address.tenant);
    set(&mut env, "MOSAIC_HOST", &address.host);
    set(&mut env, "MOSAIC_SESSION", &asked.session.0);
    set(&mut env, "MOSAIC_SESSION_TOKEN", asked.token);
    set(&mut env, "MOSAIC_HEARTBEAT_SOCKET", socket);
    if let Some(moved_to) = asked.moved_to {
        set(&mut env, "MOSAIC_HOME", text("MOSAIC_HOME", moved_to)?);
    }
    if let Some(traceparent) = asked.traceparent {
        set(&mut env, "TRACEPARENT", traceparent);
    }
    Ok(env)
}

/// Sets a variable, in the place that it already has.
pub fn set(env: &mut Vec<(String, String)>, name: &str, value: &str) {
    match env.iter_mut().find(|(other, _)| other == name) {
        Some((_, old)) => value.clone_into(old),
        None => env.push((name.to_owned(), value.to_owned())),
    }
}

/// The text of a value; that of a file without its last newline.
pub fn read(name: &str, value: &EnvValue) -> Result<String, LaunchError> {
    let (text, file) = match value {
        EnvValue::Value(text) => (Ok(text.clone()), None),
        EnvValue::FromFile(path) => (read_file(path), Some(path.clone())),
    };
    let checked = text.and_then(|text| {
        if text.contains('\0') {
            Err("it holds a NUL byte, which no environment can".to_owned())
        } else if text.len() > VALUE_BYTES_MAX {
            Err(format!("it is longer than {VALUE_BYTES_MAX} bytes"))
        } else {
            Ok(text)
        }
    });
    checked.map_err(|why| LaunchError::Variable { name: name.to_owned(), file, why })
}

fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(VALUE_BYTES_MAX + 2).unwrap_or(u64::MAX);
    fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() > VALUE_BYTES_MAX + 1 {
        return Err(format!("it is longer than {VALUE_BYTES_MAX} bytes"));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// A path as a value.
pub fn text<'a>(name: &str, path: &'a Path) -> Result<&'a str, LaunchError> {
    path.to_str().ok_or_else(|| LaunchError::Variable {
        name: name.to_owned(),
        file: None,
        why: format!("{} is not UTF-8", path.display()),
    })
}

/// What a login would give, without what a login happens to have.
fn base(home: &Path, user: &str) -> Vec<(String, String)> {
    let home = home.display();
    let path = format!(
        "{home}/.local/bin:{home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    );
    let base = [
        ("HOME", home.to_string()),
        ("USER", user.to_owned()),
        ("LOGNAME", user.to_owned()),
        ("SHELL", shell(user)),
        ("PATH", path),
        ("LANG", language()),
        ("TERM", "tmux-256color".to_owned()),
        ("COLORTERM", "truecolor".to_owned()),
    ];
    base.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The user's login shell; `/bin/sh` for those who must not log in.
fn shell(user: &str) -> String {
    let shell = nix::unistd::User::from_name(user).ok().flatten().map(|user| user.shell);
    shell
        .and_then(|shell| shell.to_str().map(str::to_owned))
        .filter(|shell| {
            !shell.is_empty() && !shell.ends_with("/nologin") && !shell.ends_with("/false")
        })
        .unwrap_or_else(|| "/bin/sh".to_owned())
}

/// The host's language when it is written in UTF-8: runtimes draw with more than ASCII.
fn language() -> String {
    ["/etc/default/locale", "/etc/locale.conf"]
        .iter()
        .find_map(|file| fs::read_to_string(file).ok().and_then(|text| utf8_language(&text)))
        .unwrap_or_else(|| "C.UTF-8".to_owned())
}

fn utf8_language(settings: &str) -> Option<String> {
    let value = settings.lines().rev().find_map(|line| line.trim().strip_prefix("LANG="))?;
    let value = value.trim_matches('"');
    let encoding = value.rsplit_once('.')?.1.to_ascii_lowercase();
    matches!(encoding.as_str(), "utf-8" | "utf8").then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::utf8_language;

    #[test]
    fn a_language_that_is_not_utf8_is_not_taken() {
        let takes = |text: &str| utf8_language(text);
        assert_eq!(takes("# x\nLANG=\"de_DE.UTF-8\"\n"), Some("de_DE.UTF-8".to_owned()));
        assert_eq!(takes("LANG=C.utf8"), Some("C.utf8".to_owned()));
        for none in ["", "LANG=C", "LANG=de_DE.ISO-8859-1", "LANGUAGE=de.UTF-8"] {
            assert_eq!(takes(none), None, "{none}");
        }
    }
}
