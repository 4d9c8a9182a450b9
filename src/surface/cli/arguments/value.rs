//! Values that more than one verb reads.

use std::time::Duration;

/// `30s`, `2m`, `1h`, `500ms`; a bare number is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong(text))?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" | "" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong(text)),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(|| wrong(text))
}

fn wrong(text: &str) -> String {
    format!("\"{text}\" is no time; write 500ms, 30s, 2m or 1h")
}

/// How many: a whole number.
pub fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is no count; write a whole number, as in `-n 100`"))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_have_a_unit() {
        let ms = |text| duration(text).map(|time| time.as_millis()).ok();
        assert_eq!(ms("500ms"), Some(500));
        assert_eq!(ms("30s"), Some(30_000));
        assert_eq!(ms("7"), Some(7000));
        assert_eq!(ms("2m"), Some(120_000));
        for bad in ["", "s", "-1s", "1d", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(ms(bad), None, "{bad}");
        }
    }
}
