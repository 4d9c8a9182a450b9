//! Durations as the roster writes them: `500ms`, `5s`, `2m`, `1h`. No fractions, no sums.

/// The units, longest first, in milliseconds.
const UNITS: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads a duration as milliseconds.
pub fn parse(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let leads_with_zero = number.len() > 1 && number.starts_with('0');
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if leads_with_zero {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(*milliseconds)
}

/// Writes milliseconds in the longest unit that needs no fraction.
pub fn written(milliseconds: u64) -> String {
    let whole = |(_, unit): &&(&str, u64)| milliseconds.is_multiple_of(*unit);
    match UNITS.iter().find(whole) {
        Some((name, unit)) if milliseconds > 0 => format!("{}{name}", milliseconds / unit),
        _ => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, written};

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        let good = [("500ms", 500), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)];
        for (text, milliseconds) in good {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
            assert_eq!(written(milliseconds), text);
        }
        let huge = format!("{}h", u64::MAX);
        for bad in ["", "5", "s", "5 s", "5S", "1.5s", "-1s", "1m30s", "05s", "+5s", "5d", &huge] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(written(1500), "1500ms");
        assert_eq!(written(90_000), "90s");
    }
}
