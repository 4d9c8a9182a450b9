//! `fleet ps`: the table. Without a supervisor it shows what can be seen, and says so.

use serde_json::Value;

use super::arguments::PsAsked;
use super::output::Paint;
use super::table::{Begun, Detail, Page, Sheet, sort, trouble};
use super::{Desk, Exit, Failure, Machine, output};
use crate::clock;
use crate::wire::client::ClientError;
use crate::wire::{PsReply, Row};

/// Shows the rows.
pub fn run(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    if asked.json {
        return json(desk, asked);
    }
    let Answer { reply, absent } = match is_plain(asked).then(|| drawn(desk)) {
        Some(Ok(Some(text))) => return output::write_bytes(&text),
        Some(Err(error)) => unanswered(desk, &error)?,
        Some(Ok(None)) | None => ask(desk)?,
    };
    asked.which.known(reply.rows.iter())?;
    if absent.is_none() || !reply.rows.is_empty() {
        output::write(&page(&reply, asked, desk.paint, output::width()).text())?;
    }
    absent.map_or(Ok(()), Err)
}

/// Whether the table is asked for that most people ask for.
fn is_plain(asked: &PsAsked) -> bool {
    let PsAsked { which, sort, columns, wide, watch, json } = asked;
    which.is_all() && sort.is_empty() && columns.is_empty() && !wide && !watch && !json
}

/// The table as the supervisor draws it: a tenth of the bytes of its rows, and drawn once for all who
/// ask at the same time.
fn drawn(desk: &Desk<impl Machine>) -> Result<Option<Vec<u8>>, ClientError> {
    desk.client.ps_table_now(output::width(), desk.paint == Paint::Coloured)
}

/// Rows that somebody has, after another verb.
pub fn draw(desk: &Desk<impl Machine>, rows: &[Row]) -> Result<(), Failure> {
    let now_ms = clock::now().wall_ms;
    let (paint, width) = (desk.paint, output::width());
    let sheet = Sheet { paint, width, detail: Detail::Short, columns: &[], now_ms };
    let mut page = Begun::new(sheet);
    rows.iter().for_each(|row| page.take(row));
    output::write(&page.end(rows.len(), std::iter::empty()).text())
}

/// The page of a reply, as it is asked for, in so many columns.
pub fn page(reply: &PsReply, asked: &PsAsked, paint: Paint, width: Option<usize>) -> Page {
    let mut rows: Vec<&Row> = reply.rows.iter().filter(|row| asked.which.takes(row)).collect();
    sort(&mut rows, &asked.sort, |row| row);
    let detail = if asked.wide { Detail::Full } else { Detail::Short };
    let now_ms = clock::now().wall_ms;
    let mut page = Begun::new(Sheet { paint, width, detail, columns: &asked.columns, now_ms });
    rows.iter().for_each(|row| page.take(row));
    let trouble = trouble(reply.supervisor.as_ref(), &reply.incomplete);
    page.end(reply.rows.len(), trouble)
}

/// What is known of the fleet, and why not more.
pub struct Answer {
    /// The rows.
    pub reply: PsReply,
    /// How to end after they are shown, when no supervisor vouches for them.
    pub absent: Option<Failure>,
}

/// Asks the supervisor; looks directly when nobody answers.
pub fn ask(desk: &Desk<impl Machine>) -> Result<Answer, Failure> {
    match desk.client.ps_now() {
        Ok(reply) => Ok(Answer { reply, absent: None }),
        Err(error) => unanswered(desk, &error),
    }
}

fn unanswered(desk: &Desk<impl Machine>, error: &ClientError) -> Result<Answer, Failure> {
    let reply = probe(desk, error)?;
    let absent = Some(absent(error, &reply));
    Ok(Answer { reply, absent })
}

/// The reply as it came, or the probed rows in the same shape with `supervisor: null`.
fn json(desk: &Desk<impl Machine>, asked: &PsAsked) -> Result<(), Failure> {
    match desk.client.ps_text_now() {
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
        ClientError::NoSupervisor { .. } | ClientError::Left { .. } | ClientError::Late { .. } => {
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
