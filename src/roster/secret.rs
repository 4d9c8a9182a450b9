//! Which keys probably hold a secret; a guess by name, only used to show less.

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

#[cfg(test)]
mod tests {
    use super::looks_secret;

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
