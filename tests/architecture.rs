//! The module graph is a rule, not a habit.
//!
//! Reads `src/` as Rust tokens (so comments and strings never count) and checks
//! that imports follow `LAYERS` and that each outside package stays at home.

#![expect(clippy::unwrap_used, reason = "an unreadable source should stop the test")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

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

/// Types look down and verbs look up: where two files need each other, one of them has two thoughts.
/// A folder counts as one of its parent's files; its own `mod.rs` is the folder itself.
#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let sources: Vec<_> = sources().into_iter().filter(|file| !file.is_test()).collect();
    let by_module: BTreeMap<_, _> =
        sources.iter().map(|file| (file.module.as_slice(), file)).collect();
    let needs: Vec<(&[String], Vec<Vec<String>>)> = sources
        .iter()
        .map(|file| (&file.module[..], file.needs.iter().map(|p| home_of(p, &by_module)).collect()))
        .collect();
    let folders: BTreeSet<_> = sources
        .iter()
        .flat_map(|file| (1..file.module.len()).map(|at| &file.module[..at]))
        .collect();
    let mut circles = Vec::new();
    for folder in folders {
        let imports = imports_inside(folder, &needs);
        for circle in imports.keys().filter_map(|file| circle_from(file, &imports)) {
            circles.push(format!("src/{}: {}", folder.join("/"), circle.join(" → ")));
        }
    }
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

/// Which file of a folder imports which others of it; `needs` are a module and the homes of what
/// it names.
fn imports_inside(
    folder: &[String],
    needs: &[(&[String], Vec<Vec<String>>)],
) -> BTreeMap<String, BTreeSet<String>> {
    let child = |path: &[String]| path.strip_prefix(folder)?.first().cloned();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, homes) in needs {
        let Some(own) = child(module) else { continue };
        let others = homes.iter().filter_map(|home| child(home)).filter(|other| *other != own);
        imports.entry(own.clone()).or_default().extend(others);
    }
    imports
}

/// The module that a path leads to, through whatever folders hand its name on.
fn home_of(path: &[String], by_module: &BTreeMap<&[String], &Source>) -> Vec<String> {
    let mut path = path.to_vec();
    // A name is handed on from folder to folder, and no folder lies deeper than this.
    for _ in 0..8 {
        let module = (0..=path.len()).rev().find_map(|at| by_module.get(&path[..at]));
        let Some(file) = module else { break };
        let Some((name, rest)) = path[file.module.len()..].split_first() else { break };
        match file.origin_of(name) {
            Some(origin) => path = [&origin, rest].concat(),
            None => return file.module.clone(),
        }
    }
    path
}

/// The shortest way from a file back to itself, where there is one and no file of it has a smaller
/// name: each circle is told once.
fn circle_from(start: &str, imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            let longer = [&way[..], std::slice::from_ref(next)].concat();
            if next == start {
                return Some(longer);
            }
            if next.as_str() > start && seen.insert(next.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
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

/// What only builds for development may have: the harness that kills at named points.
const KILL_POINT: (&str, &str) = ("src/host/journal/kill_point.rs", "MOSAIC_KILL_AT");

#[test]
fn no_release_can_be_told_to_kill_itself() {
    let (home, word) = KILL_POINT;
    let is_test = |file: &PathBuf| file.iter().any(|part| part == "tests");
    for file in rust_files("src").into_iter().filter(|file| !is_test(file)) {
        let names = fs::read_to_string(&file).unwrap().contains(word);
        assert_eq!(names, file.ends_with(home), "{}: {word}", file.display());
    }
    let text = text(home);
    let (before, armed) = text.split_once("mod armed {").unwrap();
    assert!(before.ends_with("#[cfg(debug_assertions)]\n") && !before.contains(word), "{home}");
    let behind = armed.split_once("\n}\n").unwrap().1;
    assert!(behind.contains("#[cfg(debug_assertions)]\npub use armed::reach;"), "{home}");
    assert!(behind.contains("pub fn reach(_: KillPoint) {}"), "{home}: nothing in a release");
    // Where a release was built, it is asked itself.
    if let Ok(program) = fs::read(env!("CARGO_BIN_EXE_mosaic")) {
        let has = program.windows(word.len()).any(|window| window == word.as_bytes());
        assert_eq!(has, cfg!(debug_assertions), "the program: {word}");
    }
}

/// Every complaint that `docs/requirements.md` numbers.
const REQUIREMENTS: usize = 25;

#[test]
fn every_requirement_names_tests_that_are_there() {
    let page = text("docs/requirements.md");
    for number in 1..=REQUIREMENTS {
        let row = format!("| R{number} |");
        let rows = page.lines().filter(|line| line.starts_with(&row)).count();
        assert_eq!(rows, 1, "docs/requirements.md: a row of R{number}");
    }
    for named in page.split('`').filter(|word| word.contains(".rs::")) {
        let (file, test) = named.split_once("::").unwrap();
        assert!(text(file).contains(&format!("fn {test}(")), "docs/requirements.md: {named}");
    }
}

#[test]
fn every_test_with_a_number_stands_in_the_row_of_that_requirement() {
    let page = text("docs/requirements.md");
    for file in ["src", "tests"].into_iter().flat_map(rust_files) {
        let numbered = fs::read_to_string(&file).unwrap();
        let names = numbered.lines().filter_map(|line| {
            let name = line.trim_start().trim_start_matches("async ").strip_prefix("fn r")?;
            let number: usize = name.get(..2)?.parse().ok()?;
            Some((number, name.split('(').next()?))
        });
        for (number, name) in names {
            let row = page.lines().find(|line| line.starts_with(&format!("| R{number} |")));
            let is_there = row.is_some_and(|row| row.contains(&format!("::r{name}`")));
            assert!(is_there, "docs/requirements.md: r{name} in the row of R{number}");
        }
    }
}

/// A file of this repository.
fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

// === reading src/ ===

struct Source {
    path: PathBuf,
    /// Module path below the crate root; empty for `main.rs` and `lib.rs`.
    module: Vec<String>,
    /// Every `crate::…` path, with `super::` already resolved.
    crate_paths: Vec<Vec<String>>,
    /// Those of them that stand outside its own tests.
    needs: Vec<Vec<String>>,
    /// Every other path, as written.
    outside: BTreeSet<String>,
}

impl Source {
    /// Whether any outside path is `prefix` or lies below it.
    fn names(&self, prefix: &str) -> bool {
        let below = format!("{prefix}::");
        self.outside.iter().any(|path| path == prefix || path.starts_with(&below))
    }

    /// Where a name comes from that a folder hands on, or takes from its files for itself.
    fn origin_of(&self, name: &str) -> Option<Vec<String>> {
        if !self.path.ends_with("mod.rs") {
            return None;
        }
        let is_it = |path: &Vec<String>| path.len() > 1 && path.last().is_some_and(|l| l == name);
        let of_its_files = self
            .outside
            .iter()
            .map(|path| path.split("::").map(str::to_owned).collect::<Vec<_>>())
            .find(|path| is_it(path) && self.has_child(&path[0]))
            .map(|path| [&self.module[..], &path].concat());
        of_its_files.or_else(|| self.crate_paths.iter().find(|path| is_it(path)).cloned())
    }

    fn has_child(&self, name: &str) -> bool {
        self.path.with_file_name(name).is_dir()
            || self.path.with_file_name(format!("{name}.rs")).is_file()
    }

    fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests" || part == "tests.rs")
    }

    fn has_sibling(&self, name: &str) -> bool {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&self.module[0]);
        folder.join(name).is_dir() || folder.join(format!("{name}.rs")).is_file()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    rust_files("src").into_iter().map(|path| read(&root, path)).collect()
}

/// Every Rust file below a folder of this repository.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn read(root: &Path, path: PathBuf) -> Source {
    let mut module: Vec<String> = path
        .strip_prefix(root)
        .unwrap()
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if ["mod", "main", "lib"].contains(&module.last().unwrap().as_str()) {
        module.pop();
    }
    let tokens: TokenStream = fs::read_to_string(&path).unwrap().parse().unwrap();
    let mut source = Source {
        path,
        module,
        crate_paths: Vec::new(),
        needs: Vec::new(),
        outside: BTreeSet::new(),
    };
    scan(tokens, &mut source, &[]);
    source
}

/// Collects paths; `inside` is the path a `use x::{…}` group hangs from.
fn scan(tokens: TokenStream, source: &mut Source, inside: &[String]) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let mut path = inside.to_vec();
        let start = at;
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            path.push(ident.to_string());
            at += 1;
            if !is_path_separator(&tokens, at) {
                break;
            }
            at += 2;
        }
        match tokens.get(at) {
            Some(TokenTree::Group(group)) if is_module(&tokens[..at]) => {
                // In it, `super` is the file.
                source.module.push(tokens[at - 1].to_string());
                let needs = source.needs.len();
                scan(group.stream(), source, &[]);
                if source.module.pop().is_some_and(|name| name == "tests") {
                    source.needs.truncate(needs);
                }
                at += 1;
            }
            Some(TokenTree::Group(group)) => {
                let continues = group.delimiter() == Delimiter::Brace
                    && at >= 2
                    && is_path_separator(&tokens, at - 2);
                if !continues && path.len() > inside.len() + 1 {
                    record(&path, source);
                }
                scan(group.stream(), source, if continues { &path } else { &[] });
                at += 1;
            }
            _ => {
                let imported = start > 0 && tokens[start - 1].to_string() == "use";
                if path.len() > 1 || (imported && path.len() == 1) {
                    record(&path, source);
                }
                at = at.max(start + 1);
            }
        }
    }
}

/// Whether these tokens end in `mod name`.
fn is_module(before: &[TokenTree]) -> bool {
    before.len() > 1 && before[before.len() - 2].to_string() == "mod"
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |index: usize| matches!(tokens.get(index), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn record(path: &[String], source: &mut Source) {
    let supers = path.iter().take_while(|name| *name == "super").count();
    let own = &source.module;
    let resolved = match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "super" if supers <= own.len() => [&own[..own.len() - supers], &path[supers..]].concat(),
        "super" | "self" => return,
        _ => {
            source.outside.insert(path.join("::"));
            return;
        }
    };
    if !resolved.is_empty() {
        source.needs.push(resolved.clone());
        source.crate_paths.push(resolved);
    }
}
