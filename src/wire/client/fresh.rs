//! Rows that are kept fresh: asked for when an event says so, and when they are too old for who
//! looks at them. It asks; it never commands.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::{Client, ClientError, EventQuery, Follow};
use crate::wire::{EventRecord, PsReply};

/// A burst of events is one question: quicker than an eye.
const SETTLE: Duration = Duration::from_millis(20);

/// Between two tries to reach a supervisor that is away: a restart takes some hundred milliseconds,
/// and who has left for good is looked for once a second.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(1);

/// What a question comes to: the rows, and the events after them where they were asked for.
type Answer = Result<(PsReply, Option<Follow>), ClientError>;

/// A question that is on its way.
type Question = Pin<Box<dyn Future<Output = Answer>>>;

/// What there is to say of the rows.
#[derive(Debug)]
pub enum News {
    /// They are these now.
    Rows(Box<PsReply>),
    /// Something happened; rows that know of it are on their way.
    Happened(Box<EventRecord>),
    /// Nobody answers, and somebody may again: why.
    Away(ClientError),
}

/// The rows, as they are.
pub struct Fresh {
    client: Client,
    /// What happens; nothing while it has to be asked for anew.
    events: Option<Follow>,
    question: Option<Question>,
    /// When the last rows came.
    came_at: Instant,
    /// How long they are good for, while nothing happens.
    good_for: Duration,
    /// When somebody is to be asked sooner than that: something happened, or nobody answered.
    sooner: Option<Instant>,
    /// Since when nobody answers, and how long is waited until the next try.
    away: Option<(Instant, Duration)>,
}

impl Fresh {
    /// The first rows. A supervisor that is not there now is an error.
    pub async fn open(client: Client, good_for: Duration) -> Result<(Self, PsReply), ClientError> {
        let (reply, events) = ask(client.clone(), true).await?;
        let (question, sooner, away) = (None, None, None);
        let came_at = Instant::now();
        Ok((Self { client, events, question, came_at, good_for, sooner, away }, reply))
    }

    /// How long rows are good for from when they came, while nothing happens.
    pub fn good_for(&mut self, time: Duration) {
        self.good_for = time;
    }

    /// Has the rows asked for at once.
    pub fn hurry(&mut self) {
        self.sooner = Some(Instant::now());
    }

    /// For how long nobody has answered; nothing while somebody does.
    pub fn away_for(&self) -> Option<Duration> {
        self.away.map(|(since, _)| since.elapsed())
    }

    /// What is new. An error is for good. Nothing is lost when this is given up and asked again.
    pub async fn next(&mut self) -> Result<News, ClientError> {
        loop {
            let ask_at = self.sooner.unwrap_or(self.came_at + self.good_for);
            tokio::select! {
                answer = answered(&mut self.question) => {
                    self.question = None;
                    return self.take(answer);
                }
                told = happened(&mut self.events) => match told {
                    Ok(Some(event)) => {
                        self.sooner.get_or_insert_with(|| Instant::now() + SETTLE);
                        return Ok(News::Happened(Box::new(event)));
                    }
                    // Whoever told is gone: whether somebody else is there is seen at once.
                    Ok(None) | Err(_) => {
                        self.events = None;
                        self.sooner = Some(Instant::now());
                    }
                },
                () = tokio::time::sleep_until(ask_at), if self.question.is_none() => {
                    self.sooner = None;
                    let question = ask(self.client.clone(), self.events.is_none());
                    self.question = Some(Box::pin(question));
                }
            }
        }
    }

    fn take(&mut self, answer: Answer) -> Result<News, ClientError> {
        let now = Instant::now();
        match answer {
            Ok((reply, events)) => {
                self.away = None;
                self.came_at = now;
                self.events = events.or_else(|| self.events.take());
                Ok(News::Rows(Box::new(reply)))
            }
            Err(error) if error.may_pass() => {
                let (since, wait) = self.away.unwrap_or((now, RETRY_FIRST));
                self.away = Some((since, (wait * 2).min(RETRY_LAST)));
                self.sooner = Some(now + wait);
                Ok(News::Away(error))
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fresh").field("away", &self.away).finish_non_exhaustive()
    }
}

/// The rows, and with `follow` the events after them.
async fn ask(client: Client, follow: bool) -> Answer {
    let reply = client.ps().await?;
    if !follow {
        return Ok((reply, None));
    }
    let query = EventQuery { from: reply.as_of_seq + 1, ..EventQuery::default() };
    let events = client.follow(query).await?;
    Ok((reply, Some(events)))
}

/// The answer of a question that is on its way.
async fn answered(question: &mut Option<Question>) -> Answer {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

/// The next event, while events are followed; `None` when their connection is over.
async fn happened(events: &mut Option<Follow>) -> Result<Option<EventRecord>, ClientError> {
    match events {
        Some(events) => events.connected().await,
        None => std::future::pending().await,
    }
}
