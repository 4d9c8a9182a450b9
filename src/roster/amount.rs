//! Amounts that are neither whole numbers nor durations: memory, processor time, parts of a whole.

use std::ops::RangeInclusive;

use super::leaf::{as_text, describe};
use super::memory;
use super::mistake::{Broken, Mistakes, quoted};
use super::schema::{CPU_PERCENT, MEMORY_BYTES};
use super::spot::Spot;
use super::tree::Content;
use super::tree::Meaning;

/// A size of memory or of files, as bytes.
pub fn memory(
    spot: &Spot<'_>,
    range: &RangeInclusive<u64>,
    mistakes: &mut Mistakes,
) -> Result<u64, Broken> {
    let text = as_text(spot.node).unwrap_or_default();
    if let Some(bytes) = memory::parse(text).filter(|bytes| range.contains(bytes)) {
        return Ok(bytes);
    }
    let (least, most) = (memory::written(*range.start()), memory::written(*range.end()));
    let what = if *range == MEMORY_BYTES { "memory" } else { "a size" };
    let allowed = format!(
        "{what} from {least} to {most}: a whole number and one of KiB, MiB, GiB, TiB, like `512MiB`"
    );
    let meant = memory::meant(text).filter(|meant| meant != text).map(|meant| quoted(&meant));
    Err(mistakes.propose(spot.node.place, &spot.path, describe(spot.node), &allowed, meant))
}

/// Processor time as percent of one core: `50%`, or a number of cores.
pub fn cpu(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<u32, Broken> {
    if let Some(percent) = hundredths(spot).filter(|percent| CPU_PERCENT.contains(percent)) {
        return Ok(percent);
    }
    let allowed = "percent of one core from `1%` to `102400%`, or cores from 0.01 to 1024 with at \
                   most two decimals, like `1.5`";
    Err(mistakes.propose(spot.node.place, &spot.path, describe(spot.node), allowed, unquoted(spot)))
}

/// A part of a whole, as percent: `20%`, or `0.2`.
pub fn share(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Result<u8, Broken> {
    let percent = hundredths(spot).and_then(|percent| u8::try_from(percent).ok());
    if let Some(percent) = percent.filter(|percent| *percent <= 100) {
        return Ok(percent);
    }
    let meant = match &spot.node.content {
        Content::Scalar(scalar) => match scalar.meaning {
            Meaning::Whole(percent @ 2..=100) => Some(format!("`{percent}%`")),
            Meaning::Whole(_)
            | Meaning::Text
            | Meaning::Null
            | Meaning::Boolean(_)
            | Meaning::Number => unquoted(spot),
        },
        Content::List(_) | Content::Mapping(_) => None,
    };
    let allowed = "a part of the pause: `0%` to `100%`, or 0 to 1 with at most two decimals";
    Err(mistakes.propose(spot.node.place, &spot.path, describe(spot.node), allowed, meant))
}

/// `N%` as N, and a number in plain decimal digits as its hundredfold.
fn hundredths(spot: &Spot<'_>) -> Option<u32> {
    let Content::Scalar(scalar) = &spot.node.content else { return None };
    match scalar.meaning {
        Meaning::Text => whole(scalar.text.strip_suffix('%')?),
        Meaning::Whole(_) | Meaning::Number => decimal(&scalar.text),
        Meaning::Null | Meaning::Boolean(_) => None,
    }
}

/// Digits, without a zero in front.
fn whole(text: &str) -> Option<u32> {
    let formed =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| formed)
}

/// `1`, `1.5` or `1.25` as hundredths; no sign, no exponent, no third decimal.
fn decimal(text: &str) -> Option<u32> {
    let (units, parts) = text.split_once('.').unwrap_or((text, "0"));
    let digits = parts.bytes().all(|byte| byte.is_ascii_digit());
    let parts = match parts.len() {
        1 => parts.parse::<u32>().ok()? * 10,
        2 => parts.parse().ok()?,
        _ => return None,
    };
    whole(units)?.checked_mul(100)?.checked_add(parts).filter(|_| digits)
}

/// The number in a pair of quotes that should not be there.
fn unquoted(spot: &Spot<'_>) -> Option<String> {
    let text = as_text(spot.node)?;
    decimal(text).map(|_| quoted(text))
}
