//! Sizes of memory as the roster writes them: `512MiB`, `2GiB`. No fractions, and no units of ten.

/// The units, longest first, in bytes.
const UNITS: &[(&str, u64)] =
    &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Reads a size as bytes.
pub fn parse(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if number.starts_with('0') {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(*bytes)
}

/// What a size in the words of others probably means: `512M`, `2 GB` and `1g` are near to a unit.
pub fn meant(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let letter = unit.trim_start().chars().next()?.to_ascii_uppercase();
    let (name, _) = UNITS.iter().find(|(name, _)| name.starts_with(letter))?;
    let meant = format!("{number}{name}");
    parse(&meant).map(|_| meant)
}

/// Writes bytes in the longest unit that needs no fraction.
pub fn written(bytes: u64) -> String {
    let whole = |(_, unit): &&(&str, u64)| bytes.is_multiple_of(*unit);
    match UNITS.iter().find(whole) {
        Some((name, unit)) if bytes > 0 => format!("{}{name}", bytes / unit),
        Some(_) | None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::{meant, parse, written};

    #[test]
    fn sizes_are_a_whole_number_and_a_unit_of_two() {
        let good = [("1KiB", 1 << 10), ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40)];
        for (text, bytes) in good {
            assert_eq!(parse(text), Some(bytes), "{text}");
            assert_eq!(written(bytes), text);
        }
        let huge = format!("{}TiB", u64::MAX);
        for bad in
            ["", "5", "MiB", "5 MiB", "5mib", "1.5GiB", "-1GiB", "05MiB", "0MiB", "5MB", &huge]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for (text, means) in [("512M", "512MiB"), ("2 GB", "2GiB"), ("1g", "1GiB"), ("3kb", "3KiB")]
        {
            assert_eq!(meant(text).as_deref(), Some(means), "{text}");
        }
        assert_eq!(meant("lots"), None);
    }
}
