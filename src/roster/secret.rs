//! What probably is a secret; a guess by name and by form, only used to show less and to warn.

/// Parts of names that are used for secrets.
const PARTS: &[&str] = &[
    "APIKEY",
    "API_KEY",
    "AUTH",
    "CREDENTIAL",
    "COOKIE",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE",
    "SECRET",
    "TOKEN",
];

/// Whether a value of the environment with this name should not be shown.
pub fn looks_secret(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let is_key = key == "KEY" || key.ends_with("_KEY") || key.ends_with("_PASS");
    is_key || PARTS.iter().any(|part| key.contains(part))
}

/// How secrets of well-known makers begin.
const BEGINNINGS: &[&str] = &[
    "sk-",
    "sk_live_",
    "rk_live_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xoxs-",
    "AKIA",
    "ASIA",
    "AIza",
    "hf_",
    "npm_",
    "pypi-",
    "SG.",
    "eyJ",
];

/// Letters of a secret after its beginning; fewer are a word of somebody's own.
const LETTERS_MIN: usize = 16;

/// Whether a value looks like a secret, whatever its name: by how it begins, as a private key, or
/// as an address with a password in it.
pub fn is_secret(value: &str) -> bool {
    let value = value.trim();
    let begins = BEGINNINGS.iter().any(|beginning| {
        value.strip_prefix(beginning).is_some_and(|rest| {
            let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            rest.len() >= LETTERS_MIN && rest.bytes().all(inside)
        })
    });
    begins
        || (value.starts_with("-----BEGIN") && value.contains("PRIVATE KEY"))
        || has_password(value)
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((who, _)) = place.rsplit_once('@') else { return false };
    who.split_once(':').is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_secret, looks_secret};

    #[test]
    fn values_of_secrets_are_guessed() {
        for value in [
            "sk-ant-api03-0123456789abcdef",
            "ghp_0123456789abcdef0123",
            "AKIA0123456789ABCDEF01",
            "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG",
            "postgres://ada:hunter2@db/x",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
        ] {
            assert!(is_secret(value), "{value}");
        }
        for value in [
            "sk-8",
            "skate-0123456789abcdef",
            "nano",
            "http://host:8080/a@b",
            "ssh://git@host/x",
            "eyJ of a bird in a tree",
        ] {
            assert!(!is_secret(value), "{value}");
        }
    }

    #[test]
    fn names_of_secrets_are_guessed() {
        for key in ["ANTHROPIC_API_KEY", "github_token", "DB_PASSWORD", "KEY", "MY_SECRET_2"] {
            assert!(looks_secret(key), "{key}");
        }
        for key in ["EDITOR", "KEYMAP", "MONKEY", "PORT", "COMPASS"] {
            assert!(!looks_secret(key), "{key}");
        }
    }
}
