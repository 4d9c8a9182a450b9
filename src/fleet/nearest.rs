//! The nearest word; it only proposes, nothing is ever taken for another word.

/// The word that was probably meant, if one is near enough.
pub fn nearest<'a>(found: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.trim().to_ascii_lowercase().replace('-', "_");
    // A third of the letters may be wrong: `evry` is `every`, `size` is not `stop`.
    let farthest = (found.chars().count() / 3).clamp(1, 3);
    words
        .into_iter()
        .map(|word| {
            let folded = word.to_ascii_lowercase().replace('-', "_");
            (strsim::damerau_levenshtein(&found, &folded), word)
        })
        .filter(|(distance, _)| *distance <= farthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_near_words_are_proposed() {
        let words = ["every", "healthy_within", "grace", "on-failure"];
        assert_eq!(nearest("evry", words), Some("every"));
        assert_eq!(nearest("healthy-within", words), Some("healthy_within"));
        assert_eq!(nearest("on_failure", words), Some("on-failure"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("", words), None);
    }
}
