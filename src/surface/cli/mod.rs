//! The command line: reads arguments, asks the API, draws what it says.

mod agent;
mod apply;
mod arguments;
mod attach;
mod complete;
mod events;
mod exit;
mod explain;
mod fleet;
mod inbox;
mod list;
mod live;
mod machine;
mod man;
mod message;
mod output;
mod pager;
mod patience;
mod ps;
mod roster_file;
mod screenshot;
mod send;
mod table;
mod tail;
mod usual;
mod verify;
mod waiting;
mod watch;

pub use arguments::{Arguments, SuperviseAsked, TopAsked, Verb};
pub use exit::{Exit, Failure};
pub use machine::{Kept, Machine, ProbedScreen, Settled, Upped, Wait};

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::terminal;
use arguments::{AgentVerb, EventsAsked, EventsVerb, FleetVerb, PsAsked};
use output::{ColorChoice, Paint};
use pager::Pages;

use crate::places::Places;
use crate::wire::client::Client;

/// What every verb is given.
#[derive(Debug)]
struct Desk<M> {
    /// Where things lie.
    places: Places,
    /// The supervisor.
    client: Client,
    /// What needs the machine.
    machine: M,
    /// Whether words are painted.
    paint: Paint,
    /// Where long output goes.
    pages: Pages,
}

/// A line that asks for help in words is the same with `--help`: `help agent watch`. What is said before
/// it of pages and colours comes behind.
pub fn helped(mut words: Vec<OsString>) -> Vec<OsString> {
    let before = of_every_verb(&words);
    if words.get(before).is_some_and(|word| word == "help") {
        words.remove(before);
        words.push("--help".into());
        words.rotate_left(before);
    }
    words
}

/// How many words at the beginning are options that every verb has.
fn of_every_verb(words: &[OsString]) -> usize {
    let mut count = 0;
    while let Some(word) = words.get(count).and_then(|word| word.to_str()) {
        count += match word {
            "--no-pager" => 1,
            "--color" => 2,
            word if word.starts_with("--color=") => 1,
            _ => break,
        };
    }
    count
}

/// Reads the command line; what it says when that is not a verb is said already.
/// `words` are those behind the program's own name.
pub fn parse(words: &[OsString]) -> Result<Arguments, ExitCode> {
    if let Some(known) = usual::usual(words) {
        return Ok(known);
    }
    let words: Vec<OsString> = std::iter::once("mosaic".into()).chain(words.to_vec()).collect();
    Arguments::try_parse_from(&words).map_err(|error| {
        let is_wrong = error.use_stderr();
        if !is_wrong {
            return help(&error, &words);
        }
        // Where standard error is gone, nothing is left to tell it to.
        drop(arguments::told(error, &words).print());
        Exit::Usage.into()
    })
}

/// Shows help, page by page where it is longer than the terminal.
fn help(help: &clap::Error, words: &[OsString]) -> ExitCode {
    let says = |option: &str| words.iter().any(|word| word == option);
    // What was said of colours was not read: it is help that was asked for.
    let is_plain = says("--color=never") || says("never") && says("--color");
    let paint = Paint::of(ColorChoice::Auto);
    let is_coloured = paint == Paint::Coloured && !is_plain;
    let text = help.render();
    let text = if is_coloured { text.ansi().to_string() } else { text.to_string() };
    finish(async {
        let pages = Pages::new(!says("--no-pager"));
        let written = tokio::select! {
            written = pages.write(&text) => written,
            () = interrupted() => Err(Failure::silent(Exit::Interrupted)),
        };
        match pages.end(written).await {
            // A reader who left has seen enough of the help.
            Err(Failure { exit: Exit::BrokenPipe, .. }) => Ok(()),
            ended => ended,
        }
    })
}

/// Serves a verb of the command line, and says on standard error why it was not done.
pub fn run(asked: Arguments, places: Places, machine: impl Machine) -> ExitCode {
    let (client, paint) = (Client::new(&places.control()), asked.paint());
    let desk = Desk { places, client, machine, paint, pages: Pages::new(!asked.no_pager) };
    // These wait for one answer and nothing else; a loop takes as long to start as that takes.
    if let Verb::Fleet(FleetVerb::Ps(asked)) | Verb::Ps(asked) = &asked.verb
        && !asked.watch
    {
        return ended(ps::run(&desk, asked));
    }
    if let Verb::Agent(AgentVerb::List(asked)) = &asked.verb {
        return ended(list::run(&desk, asked));
    }
    finish(async {
        let served = serve(asked.verb, &desk).await;
        desk.pages.end(served).await
    })
}

/// Serves a verb for another surface, in the words of the command line: `agent watch ada`.
pub async fn errand(
    words: &[&str],
    places: Places,
    machine: impl Machine,
    paint: Paint,
) -> Result<(), Failure> {
    let asked = Arguments::try_parse_from(std::iter::once("mosaic").chain(words.iter().copied()))
        .map_err(|why| Failure::new(Exit::Usage, why.to_string(), ""))?;
    let client = Client::new(&places.control());
    // The other surface has the terminal.
    let pages = Pages::new(false);
    serve(asked.verb, &Desk { places, client, machine, paint, pages }).await
}

/// Does some work to its end, and says on standard error why it was not done.
pub fn finish(work: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            let message = format!("start the input and output loop: {why}");
            let hint = "the limit of open files may be reached: `ulimit -n`";
            return Failure::new(Exit::Failed, message, hint).tell().into();
        }
    };
    let served = runtime.block_on(work);
    // A read of the terminal may still be waiting in its thread; it ends with the process.
    runtime.shutdown_background();
    ended(served)
}

fn ended(served: Result<(), Failure>) -> ExitCode {
    match served {
        Ok(()) => Exit::Done.into(),
        Err(failure) => failure.tell().into(),
    }
}

async fn serve(verb: Verb, desk: &Desk<impl Machine>) -> Result<(), Failure> {
    match verb {
        Verb::Fleet(FleetVerb::Ps(asked)) | Verb::Ps(asked) => serve_ps(&asked, desk).await,
        Verb::Fleet(verb) => plainly(serve_fleet(verb, desk)).await,
        Verb::Agent(verb) => serve_agent(verb, desk).await,
        Verb::Events(asked) => plainly(serve_events(asked, desk)).await,
        Verb::Watch(asked) => watch::run(desk, &asked).await,
        Verb::Attach(asked) => attach::run(desk, &asked).await,
        Verb::Send(asked) => send::run(desk, &asked).await,
        Verb::Message(verb) => plainly(message::run(desk, &verb)).await,
        Verb::Tail(asked) => tail::run(desk, &asked).await,
        Verb::Man(asked) => man::run(desk, &asked).await,
        Verb::Completions(asked) => output::write(complete::script(asked.shell)),
        Verb::Complete(asked) => complete::run(desk, &asked).await,
        Verb::Top(_) => Err(no_client("top")),
        Verb::Help(_) => Err(no_client("help")),
        Verb::Supervise(_) => Err(no_client("supervise")),
    }
}

/// Who runs the program serves these verbs before they come here.
fn no_client(verb: &str) -> Failure {
    Failure::new(Exit::Failed, format!("`{verb}` is no verb of this surface"), "")
}

async fn serve_events(asked: EventsAsked, desk: &Desk<impl Machine>) -> Result<(), Failure> {
    match &asked.verb {
        Some(EventsVerb::Verify { against, json }) => {
            verify::run(desk, against.as_deref(), *json).await
        }
        Some(EventsVerb::Checkpoint) => verify::checkpoint(desk).await,
        None => events::run(desk, &asked).await,
    }
}

/// A table that stays puts the terminal in order itself.
async fn serve_ps(asked: &PsAsked, desk: &Desk<impl Machine>) -> Result<(), Failure> {
    if asked.watch { live::show(desk, asked).await } else { ps::run(desk, asked) }
}

async fn serve_fleet(verb: FleetVerb, desk: &Desk<impl Machine>) -> Result<(), Failure> {
    match verb {
        FleetVerb::Init { write } => roster_file::init(desk, write).await,
        FleetVerb::Schema => roster_file::schema(desk).await,
        FleetVerb::Check { file, json } => roster_file::check(desk, file, json),
        FleetVerb::Up(asked) => fleet::up(desk, &asked).await,
        FleetVerb::Apply(asked) => apply::run(desk, &asked).await,
        FleetVerb::Down(asked) => fleet::down(desk, &asked).await,
        FleetVerb::Ps(asked) => serve_ps(&asked, desk).await,
        FleetVerb::Top(_) => Err(no_client("top")),
        FleetVerb::Enable { now, yes } => fleet::enable(desk, now, yes).await,
        FleetVerb::Disable { now, yes } => fleet::disable(desk, now, yes).await,
    }
}

async fn serve_agent(verb: AgentVerb, desk: &Desk<impl Machine>) -> Result<(), Failure> {
    match verb {
        AgentVerb::List(asked) => list::run(desk, &asked),
        AgentVerb::Explain { agent, json } => plainly(explain::run(desk, &agent, json)).await,
        // These have something to put in order when they are interrupted.
        AgentVerb::Start(asked) => plainly(agent::start(desk, &asked)).await,
        AgentVerb::Stop(asked) => plainly(agent::stop(desk, &asked)).await,
        AgentVerb::Restart(asked) => plainly(agent::restart(desk, &asked)).await,
        AgentVerb::Watch(asked) => watch::run(desk, &asked).await,
        AgentVerb::Screenshot(asked) => plainly(screenshot::run(desk, &asked)).await,
        AgentVerb::Tail(asked) => tail::run(desk, &asked).await,
        AgentVerb::Attach(asked) => attach::run(desk, &asked).await,
        AgentVerb::Send(asked) => send::run(desk, &asked).await,
        AgentVerb::Inbox(asked) => plainly(inbox::run(desk, &asked)).await,
        AgentVerb::Cancel(asked) => plainly(message::cancel(desk, &asked)).await,
    }
}

/// A verb that has nothing to put in order at Ctrl-C.
async fn plainly(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::select! {
        // A wait inside that hears the same key says more about it.
        biased;
        served = work => served,
        () = interrupted() => Err(Failure::silent(Exit::Interrupted)),
    }
}

/// Ends at Ctrl-C.
async fn interrupted() {
    match terminal::signals::interrupts() {
        Ok(mut interrupts) => drop(interrupts.recv().await),
        // Without a handler the signal ends the process by itself.
        Err(_) => std::future::pending().await,
    }
}
