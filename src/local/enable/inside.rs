//! `enable` and `disable` as a tenant calls them; `tests/booted` runs each inside a host that
//! it booted, and reads what they say.

use super::*;

/// The installed program of the tenant.
fn installed_mosaic() -> PathBuf {
    places::home().unwrap().join(".local/bin/mosaic")
}

/// What the caller was told: `now`, `yes`.
fn told(word: &str) -> bool {
    std::env::var("TOLD").unwrap_or_default().split(' ').any(|told| told == word)
}

/// Prints what was said, a line a sentence.
fn say(ended: Result<Vec<String>, EnableError>) {
    match ended {
        Ok(done) => done.iter().for_each(|sentence| println!("DONE {sentence}")),
        Err(error) => println!("NOT {error} {:?}", std::error::Error::source(&error)),
    }
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn enables() {
    let places = Places::find().unwrap();
    let options = EnableOptions { mosaic: Some(installed_mosaic()), now: told("now") };
    say(enable(&places, options, &mut async |_: &str| told("yes")).await);
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn disables() {
    let options = DisableOptions { now: told("now") };
    say(disable(&Places::find().unwrap(), options, &mut async |_: &str| told("yes")).await);
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn starts_what_is_enabled() {
    match start_enabled(&Places::find().unwrap()).await {
        Ok(Keeper::Nobody(why)) => println!("NOBODY {why:?}"),
        Ok(Keeper::Units(done)) => say(Ok(done)),
        Err(error) => say(Err(error)),
    }
}

#[test]
#[ignore = "runs inside a booted host"]
fn is_ready_for_boot() {
    let seen = systemd::boot(&Places::find().unwrap());
    println!("BOOT {:?} {:?}", seen.effective(), seen.missing);
}
