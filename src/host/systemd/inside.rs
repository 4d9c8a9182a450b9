//! Tests that need a user manager; `tests/booted` runs each inside a host that it booted.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::*;
use crate::places;

/// No step here takes longer, on a loaded machine too.
const WITHIN: Duration = Duration::from_secs(30);

/// Writes units of which none is ours in earnest.
async fn with_units(texts: &[(&str, &str)]) -> Manager {
    let directory = places::home().unwrap().join(".config/systemd/user");
    std::fs::create_dir_all(&directory).unwrap();
    for (unit, text) in texts {
        std::fs::write(directory.join(unit), text).unwrap();
    }
    let manager = manager().await.unwrap().expect("a user manager runs");
    manager.reload().await.unwrap();
    manager
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn without_a_user_manager_there_is_none() {
    assert!(manager().await.unwrap().is_none());
    assert!(manager_coming_up().await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn a_job_is_waited_for_to_its_end() {
    let manager = with_units(&[
        ("mosaic-good.service", "[Service]\nExecStart=/bin/sleep infinity\n"),
        ("mosaic-bad.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n"),
    ])
    .await;
    let state = async |unit: &str| {
        let units = manager.units().await.unwrap();
        units.into_iter().find(|seen| seen.name == unit).map(|seen| (seen.active, seen.sub))
    };
    let pair = |active: &str, sub: &str| Some((active.to_owned(), sub.to_owned()));

    manager.start("mosaic-good.service").await.unwrap();
    assert_eq!(state("mosaic-good.service").await, pair("active", "running"));
    manager.restart("mosaic-good.service").await.unwrap();
    manager.stop("mosaic-good.service").await.unwrap();
    assert_ne!(state("mosaic-good.service").await, pair("active", "running"));

    let failed = manager.start("mosaic-bad.service").await.unwrap_err();
    assert!(matches!(&failed, SystemdError::Job { result, .. } if result == "failed"), "{failed}");
    assert_eq!(state("mosaic-bad.service").await, pair("failed", "failed"));
    manager.reset_failed("mosaic-bad.service").await.unwrap();
    assert_eq!(state("mosaic-bad.service").await, None);

    let nobody = manager.start("mosaic-nobody.service").await.unwrap_err();
    assert!(matches!(&nobody, SystemdError::Bus { .. }), "{nobody}");
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn many_jobs_at_once_do_not_block_one_another() {
    let names: Vec<_> = (0..40).map(|number| format!("mosaic-many{number}.service")).collect();
    let text = "[Service]\nExecStart=/bin/sleep infinity\n";
    let texts: Vec<_> = names.iter().map(|name| (name.as_str(), text)).collect();
    let manager = with_units(&texts).await;
    let started = timeout(WITHIN, join_all(names.iter().map(|unit| manager.start(unit)))).await;
    assert!(started.expect("every job ends in time").iter().all(Result::is_ok));
    let stopped = timeout(WITHIN, join_all(names.iter().map(|unit| manager.stop(unit)))).await;
    assert!(stopped.expect("every job ends in time").iter().all(Result::is_ok));
}

#[tokio::test]
#[ignore = "runs inside a booted host"]
async fn a_change_of_our_units_is_hinted_at_and_a_lost_bus_is_told() {
    let manager = with_units(&[
        ("mosaic-watched.service", "[Service]\nExecStart=/bin/sleep infinity\n"),
        ("other.service", "[Service]\nExecStart=/bin/sleep infinity\n"),
    ])
    .await;
    let mut changes = manager.changes().await.unwrap();
    manager.start("other.service").await.unwrap();
    manager.stop("other.service").await.unwrap();
    let quiet = timeout(Duration::from_millis(300), changes.next()).await;
    assert!(quiet.is_err(), "another's unit is no change of ours");
    manager.start("mosaic-watched.service").await.unwrap();
    timeout(WITHIN, changes.next()).await.expect("a hint in time").expect("the bus is there");

    // The bus goes while the manager stays: the stream ends, and everything can be had anew.
    drop(manager.stop("dbus.service").await);
    let lost = async { while changes.next().await.is_some() {} };
    timeout(WITHIN, lost).await.expect("the end is told in time");
    let again = super::manager().await.unwrap().expect("the manager lives");
    assert!(again.units().await.unwrap().iter().any(UnitSeen::is_up));
}

#[test]
#[ignore = "runs inside a booted host, as mosaic-supervisor.service"]
fn serves_as_supervisor() {
    // Checked by libtest's exit: a supervisor that is not one fails, and its unit with it.
    assert!(notify::kept_by_systemd(), "{:?}", unit_of(std::process::id()));
    assert_eq!(notify::watchdog_interval().map(|every| every * 2 > Duration::ZERO), Some(true));
    let mut passed = notify::listen_fds();
    assert!(notify::listen_fds().is_empty(), "passed sockets are given once");
    let mut take = |name: &str| {
        let at = passed.iter().position(|(passed, _)| passed == name)?;
        Some(passed.swap_remove(at).1)
    };
    let control = take("control").expect("the control socket is passed");
    let kept = take("guest");
    let inherited = kept.is_some();
    let guest = kept.unwrap_or_else(|| {
        let path = PathBuf::from(format!("/run/user/{}/mosaic/guest.sock", nix::unistd::getuid()));
        drop(std::fs::remove_file(&path));
        let guest = UnixListener::bind(path).unwrap();
        notify::keep("guest", &guest).unwrap();
        guest
    });
    let hung = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&hung);
    std::thread::spawn(move || {
        while let Some(every) = notify::watchdog_interval() {
            if !watched.load(Ordering::Relaxed) {
                notify::watchdog().unwrap();
            }
            std::thread::sleep(every);
        }
    });
    notify::status(&format!("guest socket inherited: {inherited}")).unwrap();
    notify::ready().unwrap();
    // A guest is taken and not answered: its socket is what is tested.
    std::thread::spawn(move || guest.incoming().for_each(drop));
    for connection in control.incoming() {
        let mut connection = connection.unwrap();
        let mut asked = String::new();
        BufReader::new(&connection).read_line(&mut asked).unwrap();
        if asked.trim() == "hang" {
            hung.store(true, Ordering::Relaxed);
        }
        if asked.trim() == "work" {
            works_under_its_hardening();
        }
        writeln!(connection, "pid {} inherited {inherited}", std::process::id()).unwrap();
    }
}

/// What the supervisor needs of the kernel; panics, and so never answers, where its unit
/// forbids it.
fn works_under_its_hardening() {
    let runtime = format!("/run/user/{}/mosaic", nix::unistd::getuid());
    #[expect(clippy::disallowed_methods, reason = "a child of the unit is what is tested")]
    let tmux = std::process::Command::new("tmux")
        .args(["-N", "-S", &format!("{runtime}/tmux.sock"), "list-panes", "-a"])
        .output()
        .unwrap();
    assert!(tmux.status.success(), "{tmux:?}");
    let watch = nix::sys::inotify::Inotify::init(nix::sys::inotify::InitFlags::IN_CLOEXEC).unwrap();
    watch.add_watch(runtime.as_str(), nix::sys::inotify::AddWatchFlags::IN_CREATE).unwrap();
    let state = places::home().unwrap().join("probe");
    std::fs::File::create(&state).unwrap().sync_all().unwrap();
    assert!(std::net::TcpListener::bind("127.0.0.1:0").is_ok());
}
