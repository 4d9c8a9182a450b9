//! The module graph is a rule, not a habit.
//!
//! Reads `src/` as Rust tokens (so comments and strings never count) and checks
//! that imports follow `LAYERS` and that each outside package stays at home.

#![expect(clippy::unwrap_used, reason = "an unreadable source should stop the test")]

mod circles;
mod promises;
mod source;

use std::collections::BTreeSet;

use source::sources;

/// Each module and the modules it may import, lowest layer first.
/// A layer may be declared before it is built; a folder without a layer fails.
const LAYERS: &[(&str, &[&str])] = &[
    ("fleet", &[]),
    ("clock", &["fleet"]),
    ("places", &[]),
    ("protocol", &[]),
    ("telemetry", &[]),
    ("terminal", &[]),
    ("roster", &["fleet"]),
    ("wire", &["fleet"]),
    ("table", &["fleet", "wire"]),
    ("guest", &["clock", "fleet", "places", "protocol", "terminal"]),
    ("host", &["clock", "fleet", "places", "protocol", "roster", "terminal"]),
    (
        "daemon",
        &["clock", "fleet", "host", "places", "protocol", "roster", "table", "telemetry", "wire"],
    ),
    ("federation", &["clock", "fleet", "telemetry", "wire"]),
    ("local", &["clock", "fleet", "host", "places", "roster", "telemetry", "wire"]),
    ("surface", &["clock", "fleet", "places", "roster", "table", "telemetry", "terminal", "wire"]),
];

/// Folders whose children may not import one another.
const PEERS: &[&str] = &["host", "surface"];

/// Modules that compute and never act, and the paths that would make them act.
const PURE: &[&str] = &["fleet", "protocol", "roster"];
const ACTS: &[&str] = &[
    "rand",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "uuid",
];

/// The modules that may name each outside package.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["daemon::api"]),
    ("clap", &["surface::cli"]),
    ("ed25519_dalek", &["host::journal"]),
    ("icu_normalizer", &["host::runtime"]),
    (
        "nix",
        &[
            "clock",
            "daemon",
            "guest",
            "host::files",
            "host::journal",
            "host::process",
            "host::runtime",
            "host::systemd",
            "host::tmux",
            "local",
            "places",
            "terminal",
        ],
    ),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_otlp", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("ratatui_core", &["surface::tui"]),
    ("rustix", &["guest", "host::process", "terminal", "wire::client"]),
    ("rusqlite", &["host::journal"]),
    ("serde_yaml", &["roster"]),
    ("tmux_interface", &["host::tmux::commands"]),
    ("tracing_subscriber", &["telemetry"]),
    ("utoipa_axum", &["daemon::api"]),
    ("zbus", &["host::systemd"]),
];

#[test]
fn layers_only_look_down() {
    for (at, (module, imports)) in LAYERS.iter().enumerate() {
        for import in *imports {
            let below = LAYERS[..at].iter().any(|(name, _)| name == import);
            assert!(below, "LAYERS: `{module}` lists `{import}`, which is not below it");
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let declared: BTreeSet<String> = LAYERS.iter().map(|(name, _)| name.to_string()).collect();
    let present: BTreeSet<String> =
        sources().iter().filter_map(|file| file.module.first().cloned()).collect();
    let homeless: Vec<_> = present.difference(&declared).collect();
    assert!(homeless.is_empty(), "folders of src/ that LAYERS does not name: {homeless:?}");
}

#[test]
fn imports_follow_the_layers() {
    let mut broken = Vec::new();
    for file in sources() {
        let Some(module) = file.module.first() else {
            continue;
        };
        let allowed = LAYERS.iter().find(|(name, _)| name == module).map_or(&[][..], |l| l.1);
        for path in &file.crate_paths {
            let target = path[0].as_str();
            let is_layer = LAYERS.iter().any(|(name, _)| *name == target);
            if is_layer && target != module && !allowed.contains(&target) {
                broken
                    .push(format!("{}: `{module}` may not import `{target}`", file.path.display()));
            }
            let peers = PEERS.contains(&module.as_str()) && target == module && path.len() > 1;
            let sibling = |name: &String| file.module.get(1).is_some_and(|own| own != name);
            if peers && file.has_sibling(&path[1]) && sibling(&path[1]) {
                broken.push(format!(
                    "{}: `{module}::{}` may not import its peer `{module}::{}`",
                    file.path.display(),
                    file.module[1],
                    path[1],
                ));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn outside_packages_stay_home() {
    let mut astray = Vec::new();
    for file in sources() {
        let here = file.module.join("::");
        for (package, homes) in HOMES {
            let lives = |home: &&str| here == **home || here.starts_with(&format!("{home}::"));
            if file.names(package) && !homes.iter().any(lives) {
                astray.push(format!("{}: `{package}` lives in {homes:?}", file.path.display()));
            }
        }
    }
    assert!(astray.is_empty(), "\n{}", astray.join("\n"));
}

#[test]
fn pure_modules_never_act() {
    let mut acting = Vec::new();
    for file in sources() {
        if file.module.first().is_some_and(|module| PURE.contains(&module.as_str())) {
            for act in ACTS.iter().filter(|act| file.names(act)) {
                acting.push(format!("{}: pure, yet names `{act}`", file.path.display()));
            }
        }
    }
    assert!(acting.is_empty(), "\n{}", acting.join("\n"));
}
