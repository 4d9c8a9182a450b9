//! A second look at a runtime that answers nothing: by its processes and its screen, never by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Examined, Observation, SessionId};
use crate::host::process::{Trees, Usage};

/// A tmux that shows no screen by then does not count as a screen that stands still.
const SCREEN_WITHIN: Duration = Duration::from_secs(2);

/// What the timers of a runtime that only waits may take in one look; a tick of the kernel's count.
const IDLE_CPU_MS: u64 = 10;

/// What is seen at one moment.
struct Glance {
    usage: Option<Usage>,
    screen: Option<Vec<String>>,
}

/// Looks twice, and says what changed in between.
pub async fn examine(
    hands: Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    (pid, pane): (u32, String),
    over_ms: u64,
) {
    let Some(begun) = hands.examined.begin(&session) else { return };
    let before = glance(&hands, pid, &pane).await;
    // What it does in this time is the question; nothing tells that it does nothing.
    sleep(Duration::from_millis(over_ms)).await;
    let after = glance(&hands, pid, &pane).await;
    drop(begun);
    let (examined, evidence) = compare(&before, &after, over_ms);
    hands.saw(Observation::Examined { agent, session, examined, evidence }).await;
}

async fn glance(hands: &Hands, pid: u32, pane: &str) -> Glance {
    let read = tokio::task::spawn_blocking(move || {
        let table = Trees::default().look(BTreeSet::from([pid])).ok()?;
        table.usage(pid)
    });
    let screen = async { hands.tmux()?.screen(pane).await.ok() };
    let screen = timeout(SCREEN_WITHIN, screen).await.ok().flatten();
    Glance { usage: read.await.ok().flatten(), screen }
}

fn compare(before: &Glance, after: &Glance, over_ms: u64) -> (Examined, String) {
    let (Some(earlier), Some(later)) = (before.usage, after.usage) else {
        return (Examined::Unanswered, "the kernel did not show its process".to_owned());
    };
    let stopped = match later.state {
        'T' | 't' => Some("is stopped"),
        'Z' | 'X' => Some("is dead, and nobody has waited for it"),
        _ => None,
    };
    if let Some(how) = stopped {
        return (Examined::Stuck, format!("its process {how} ({})", later.state));
    }
    let cpu_ms = later.cpu_ms.saturating_sub(earlier.cpu_ms);
    if cpu_ms > IDLE_CPU_MS {
        let sentence = format!("its processes used {cpu_ms} ms of a processor in {over_ms} ms");
        return (Examined::Moving, sentence);
    }
    match (&before.screen, &after.screen) {
        (Some(earlier), Some(later)) if earlier != later => {
            (Examined::Moving, format!("its screen changed within {over_ms} ms"))
        }
        (Some(_), Some(_)) => {
            let sentence = format!("it used no processor and drew nothing for {over_ms} ms");
            (Examined::Stuck, format!("{sentence} (state {})", later.state))
        }
        _ => (Examined::Unanswered, "tmux did not show its screen".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Examined, Glance, Usage, compare};

    fn seen(state: char, cpu_ms: u64, screen: Option<&str>) -> Glance {
        let usage = Some(Usage { state, cpu_ms, memory_bytes: 0, count: 1 });
        Glance { usage, screen: screen.map(|line| vec![line.to_owned()]) }
    }

    #[test]
    fn only_what_stands_still_by_every_sign_is_stuck() {
        let nothing = Glance { usage: None, screen: Some(Vec::new()) };
        let cases = [
            (seen('S', 5, Some("a")), seen('S', 5, Some("a")), Examined::Stuck),
            (seen('S', 5, Some("a")), seen('S', 15, Some("a")), Examined::Stuck),
            (seen('S', 5, Some("a")), seen('R', 16, Some("a")), Examined::Moving),
            (seen('S', 5, Some("a")), seen('S', 5, Some("b")), Examined::Moving),
            (seen('S', 5, None), seen('S', 5, Some("a")), Examined::Unanswered),
            (seen('S', 5, Some("a")), seen('T', 5, None), Examined::Stuck),
            (seen('S', 5, Some("a")), nothing, Examined::Unanswered),
        ];
        for (at, (before, after, expected)) in cases.into_iter().enumerate() {
            assert_eq!(compare(&before, &after, 1_000).0, expected, "case {at}");
        }
    }
}
