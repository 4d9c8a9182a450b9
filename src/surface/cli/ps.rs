//! `fleet ps`: the table. Without a supervisor it shows what can be seen, and says so.

use serde_json::Value;

use super::arguments::PsAsked;
use super::output::{Paint, Tone};
use super::table::{Detail, Sheet, Shown, painted, shown, sort, summary, table, trouble};
use super::{Desk, Exit, Failure, Machine, output};
use crate::clock;
use crate::wire::client::ClientError;
use crate::wire::{PsReply, Row};

/// Shows the rows.
pub async fn run(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    if asked.json {
        return json(desk, asked).await;
    }
    let Answer { reply, absent } = ask(desk).await?;
    asked.which.known(reply.rows.iter())?;
    if absent.is_none() || !reply.rows.is_empty() {
        page(&reply, asked, desk.paint, output::width()).write()?;
    }
    absent.map_or(Ok(()), Err)
}

/// Rows that somebody has, after another verb.
pub fn draw(desk: &Desk<impl Machine>, rows: &[Row]) -> Result<(), Failure> {
    let rows: Vec<&Row> = rows.iter().collect();
    let now_ms = clock::now().wall_ms;
    let (paint, width) = (desk.paint, output::width());
    let sheet = Sheet { paint, width, detail: Detail::Short, columns: &[], now_ms };
    Page::of(&rows, rows.len(), &sheet).write()
}

/// A table and what stands below it.
#[derive(Debug)]
pub struct Page {
    /// The heading and the rows.
    pub lines: Vec<String>,
    /// What could not be asked: a sentence each.
    pub unknown: Vec<String>,
    /// How many of what, and what to do first.
    pub summary: Vec<String>,
}

impl Page {
    fn of(rows: &[&Row], of: usize, sheet: &Sheet<'_>) -> Self {
        let summary = summary(&Shown { rows, of }, sheet.width);
        let summary = summary.iter().map(|line| painted(line, sheet.paint)).collect();
        Self { lines: table(rows, sheet), unknown: Vec::new(), summary }
    }

    fn write(mut self) -> Result<(), Failure> {
        self.lines.append(&mut self.unknown);
        self.lines.append(&mut self.summary);
        output::line(&self.lines.join("\n"))
    }
}

/// The page of a reply, as it is asked for, in so many columns.
pub fn page(reply: &PsReply, asked: &PsAsked, paint: Paint, width: Option<usize>) -> Page {
    let mut rows: Vec<&Row> = reply.rows.iter().filter(|row| asked.which.takes(row)).collect();
    sort(&mut rows, &asked.sort, |row| row);
    let detail = if asked.wide { Detail::Full } else { Detail::Short };
    let now_ms = clock::now().wall_ms;
    let sheet = Sheet { paint, width, detail, columns: &asked.columns, now_ms };
    let page = Page::of(&rows, reply.rows.len(), &sheet);
    let trouble = trouble(reply).map(|what| paint.tone(Tone::Warning, &shown(&what)));
    Page { unknown: trouble.collect(), ..page }
}

/// What is known of the fleet, and why not more.
pub struct Answer {
    /// The rows.
    pub reply: PsReply,
    /// How to end after they are shown, when no supervisor vouches for them.
    pub absent: Option<Failure>,
}

/// Asks the supervisor; looks directly when nobody answers.
pub async fn ask(desk: &Desk<impl Machine>) -> Result<Answer, Failure> {
    match desk.client.ps().await {
        Ok(reply) => Ok(Answer { reply, absent: None }),
        Err(error) => {
            let reply = probe(desk, &error)?;
            let absent = Some(absent(&error, &reply));
            Ok(Answer { reply, absent })
        }
    }
}

/// The reply as it came, or the probed rows in the same shape with `supervisor: null`.
async fn json(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    match desk.client.ps_text().await {
        Ok(text) if asked.which.is_all() && asked.sort.is_empty() => {
            output::write_bytes(&text)?;
            output::write(if text.ends_with(b"\n") { "" } else { "\n" })
        }
        Ok(text) => {
            let reply = serde_json::from_slice(&text).map_err(|why| broken(&why))?;
            output::json(&narrowed(reply, asked)?)
        }
        Err(error) => {
            let reply = probe(desk, &error)?;
            let absent = absent(&error, &reply);
            let reply = serde_json::to_value(&reply).map_err(std::io::Error::other)?;
            output::json(&narrowed(reply, asked)?)?;
            Err(absent)
        }
    }
}

/// A reply with the rows that are asked for; fields that this version does not know stay in them.
fn narrowed(mut reply: Value, asked: &PsAsked) -> Result<Value, Failure> {
    let Some(Value::Array(rows)) = reply.get_mut("rows") else {
        return Ok(reply);
    };
    let read = |value: Value| {
        let row: Result<Row, _> = serde_json::from_value(value.clone());
        row.map(|row| (row, value)).map_err(|why| broken(&why))
    };
    let mut read = std::mem::take(rows).into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    asked.which.known(read.iter().map(|(row, _)| row))?;
    read.retain(|(row, _)| asked.which.takes(row));
    sort(&mut read, &asked.sort, |(row, _)| row);
    rows.extend(read.into_iter().map(|(_, value)| value));
    Ok(reply)
}

fn broken(why: &serde_json::Error) -> Failure {
    let what = "GET /v1/ps".to_owned();
    ClientError::Broken { what, why: why.to_string() }.into()
}

/// Looks directly, when nobody answers; any other failure stays what it is.
fn probe(desk: &Desk<impl Machine>, error: &ClientError) -> Result<PsReply, Failure> {
    match error {
        ClientError::NoSupervisor { .. } | ClientError::Late { .. } => {
            // A question that failed is no absence: both failures are told.
            desk.machine.probe().map_err(|probed| Failure {
                message: format!("{error}; and direct probing failed: {}", probed.message),
                ..Failure::from(error.clone())
            })
        }
        ClientError::Forbidden { .. } | ClientError::Answered(_) | ClientError::Broken { .. } => {
            Err(error.clone().into())
        }
    }
}

/// The rows are real, and yet nobody vouches for them.
fn absent(error: &ClientError, reply: &PsReply) -> Failure {
    let failure = Failure::from(error.clone());
    let seen = match (reply.rows.len(), reply.incomplete.is_empty()) {
        (0, _) => "nothing runs on its tmux socket".to_owned(),
        (1, true) => "1 row by direct probing, its health unknown".to_owned(),
        (rows, true) => format!("{rows} rows by direct probing, their health unknown"),
        (rows, false) => format!("{rows} of the roster, and direct probing saw nothing"),
    };
    let is_late = failure.exit == Exit::Timeout;
    let exit = if is_late { Exit::Timeout } else { Exit::NoSupervisor };
    Failure { exit, message: format!("{}; {seen}", failure.message), ..failure }
}
