//! The W3C trace context: which trace something belongs to. Never invents an id.

use std::fmt;

/// One span's place in a trace: the ids that its own record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span in it.
    pub span_id: [u8; 8],
    /// Whether the caller records it.
    pub sampled: bool,
}

impl TraceContext {
    /// Parses a `traceparent`; whatever is not exactly one is none.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let dashes = [2, 35, 52].iter().all(|at| bytes.get(*at) == Some(&b'-'));
        if !dashes || !text.is_ascii() {
            return None;
        }
        let [version] = digits::<1>(&text[..2])?;
        let length_fits = match version {
            0 => bytes.len() == 55,
            0xff => false,
            // Later versions may only add fields behind another dash.
            _ => bytes.len() == 55 || bytes.get(55) == Some(&b'-'),
        };
        let trace_id = digits::<16>(&text[3..35])?;
        let span_id = digits::<8>(&text[36..52])?;
        let [flags] = digits::<1>(text.get(53..55)?)?;
        let is_some = trace_id != [0; 16] && span_id != [0; 8];
        (length_fits && is_some).then_some(Self { trace_id, span_id, sampled: flags & 1 == 1 })
    }

    /// A new span below `parent`, or the first one of a new trace, from 24 random bytes.
    pub fn below(parent: Option<Self>, random: [u8; 24]) -> Self {
        let mut span_id = [0; 8];
        span_id.copy_from_slice(&random[..8]);
        let mut trace_id = [0; 16];
        trace_id.copy_from_slice(&random[8..]);
        // All zero means none: too rare to matter, too odd to leave to chance.
        span_id[0] |= u8::from(span_id == [0; 8]);
        trace_id[0] |= u8::from(trace_id == [0; 16]);
        match parent {
            Some(parent) => Self { span_id, ..parent },
            None => Self { trace_id, span_id, sampled: true },
        }
    }
}

/// Exactly `N` bytes as lower-case hexadecimal digits.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 2 * N || !text.bytes().all(is_digit) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

impl fmt::Display for TraceContext {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
        out.write_str("-")?;
        self.span_id.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
        write!(out, "-{:02x}", u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_comes_back_as_it_was() {
        let context = TraceContext::parse(GOOD).unwrap();
        assert!(context.sampled);
        assert_eq!(context.trace_id[..2], [0x0a, 0xf7]);
        assert_eq!(context.to_string(), GOOD);
        let unsampled = GOOD.replace("-01", "-00");
        assert_eq!(TraceContext::parse(&unsampled).unwrap().to_string(), unsampled);
    }

    #[test]
    fn what_is_not_exactly_a_traceparent_is_none() {
        let zero_trace = GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32));
        let zero_span = GOOD.replace("b7ad6b7169203331", &"0".repeat(16));
        let (upper, later) = (GOOD.to_uppercase(), format!("{GOOD}-what"));
        let bad = [
            "",
            "00",
            &GOOD[..54],
            &zero_trace,
            &zero_span,
            &upper,
            &later,
            &GOOD.replacen("00", "ff", 1),
            &GOOD.replace('-', "_"),
            &GOOD.replace("b7ad", "b7ax"),
            &GOOD.replace("b7ad", "+7ad"),
            &GOOD.replace("0a", "ä"),
            &format!("{GOOD} "),
        ];
        for bad in bad {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
        assert!(TraceContext::parse(&later.replacen("00", "01", 1)).is_some());
    }

    #[test]
    fn a_span_below_another_stays_in_its_trace() {
        let parent = TraceContext::parse(GOOD).unwrap();
        let child = TraceContext::below(Some(parent), [7; 24]);
        assert_eq!((child.trace_id, child.sampled), (parent.trace_id, true));
        assert_eq!(child.span_id, [7; 8]);
        let root = TraceContext::below(None, [0; 24]);
        assert!(TraceContext::parse(&root.to_string()).is_some(), "never the id that means none");
    }
}
