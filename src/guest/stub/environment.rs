//! One variable of the environment at a time: a text, a switch or a number.

/// What a variable holds; an empty one holds nothing.
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a switch is on.
pub fn is_on(name: &str) -> bool {
    text(name).is_some_and(|value| value != "0")
}

/// The number in a variable, or what is wrong with it.
pub fn number<T: std::str::FromStr>(name: &str) -> Result<Option<T>, String> {
    let parse = |value: String| {
        value.parse().map_err(|_| format!("{name} is {value:?}, which is no number in its range"))
    };
    text(name).map(parse).transpose()
}
