//! Whatever a reader does between, it gets what its filter wants, each once, in order.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use super::client::Lines;
use super::support::{Served, name};
use crate::fleet::{Event, Wanted};

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// So many events about either agent.
    Write(Vec<bool>),
    /// Read so many of those that are there to be read.
    Read(usize),
    /// The connection is lost; the reader goes on by `Last-Event-ID`, else by `from`.
    Reconnect { by_header: bool },
    /// The supervisor's page from the cursor on, of this size.
    Page(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        vec(any::<bool>(), 1..400).prop_map(Step::Write),
        (1_usize..300).prop_map(Step::Read),
        any::<bool>().prop_map(|by_header| Step::Reconnect { by_header }),
        (1_usize..40).prop_map(Step::Page),
    ];
    vec(step, 1..16)
}

/// A reader, and what it has to get.
struct Reader {
    served: Served,
    filter: &'static str,
    wanted: Vec<u64>,
    seen: usize,
    /// The seq that was read last; before the first, where the reader began.
    cursor: u64,
    lines: Option<Lines>,
}

impl Reader {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Write(agents) => agents.into_iter().for_each(|is_ada| self.write(is_ada)),
            Step::Reconnect { by_header } => self.connect(by_header).await,
            Step::Page(limit) => self.page(limit).await,
            Step::Read(count) => {
                let there = self.wanted.len() - self.seen;
                for _ in 0..count.min(there) {
                    let event = self.lines.as_mut().unwrap().event().await.unwrap();
                    self.cursor = event.0.parse().unwrap();
                    assert_eq!(self.cursor, self.wanted[self.seen]);
                    self.seen += 1;
                }
            }
        }
    }

    fn write(&mut self, is_ada: bool) {
        let agent = name(if is_ada { "ada" } else { "bob" });
        let wanted = Event::AgentWanted { agent, wanted: Wanted::Up, reason: String::new() };
        let seq = self.served.fake.happen(wanted);
        if self.filter.is_empty() || is_ada {
            self.wanted.push(seq);
        }
    }

    async fn connect(&mut self, by_header: bool) {
        let last = self.cursor.to_string();
        let path = format!("/v1/events?follow=true{}", self.filter);
        self.lines = Some(if by_header {
            self.served.client().await.lines(&path, &[("last-event-id", &last)]).await
        } else {
            let path = format!("{path}&from={}", self.cursor + 1);
            self.served.client().await.lines(&path, &[]).await
        });
    }

    async fn page(&mut self, limit: usize) {
        let path = format!("/v1/events?from={}&limit={limit}{}", self.cursor + 1, self.filter);
        let (_, page) = self.served.client().await.get(&path).await;
        let seqs: Vec<u64> = page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        let there = &self.wanted[self.seen..];
        assert_eq!(seqs, there[..limit.min(there.len())]);
    }
}

#[test]
fn whatever_a_reader_does_it_gets_each_event_once_and_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let filters = prop_oneof![
        proptest::strategy::Just(""),
        proptest::strategy::Just("&agent=ada&type=agent.wanted"),
    ];
    // A case that fails waits for its deadline: it is made smaller only a little.
    let cases =
        Config { cases: 48, failure_persistence: None, max_shrink_iters: 4, ..Config::default() };
    TestRunner::new(cases)
        .run(&(steps(), filters), |(steps, filter)| {
            runtime.block_on(async {
                let served = Served::new().await;
                // The roster is the first event, and no reader asks for it.
                let mut reader =
                    Reader { served, filter, wanted: Vec::new(), seen: 0, cursor: 1, lines: None };
                reader.connect(false).await;
                for step in steps {
                    reader.step(step).await;
                }
                reader.step(Step::Read(usize::MAX)).await;
            });
            Ok(())
        })
        .unwrap();
}
