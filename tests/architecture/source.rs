//! Reads `src/` as tokens: which module a file is, and which paths it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub struct Source {
    pub path: PathBuf,
    /// Module path below the crate root; empty for `main.rs` and `lib.rs`.
    pub module: Vec<String>,
    /// Every `crate::…` path, with `super::` already resolved.
    pub crate_paths: Vec<Vec<String>>,
    /// Those of them that stand outside its own tests.
    pub needs: Vec<Vec<String>>,
    /// Every other path, as written.
    outside: BTreeSet<String>,
}

impl Source {
    /// Whether any outside path is `prefix` or lies below it.
    pub fn names(&self, prefix: &str) -> bool {
        let below = format!("{prefix}::");
        self.outside.iter().any(|path| path == prefix || path.starts_with(&below))
    }

    /// Where a name comes from that a folder hands on, or takes from its files for itself.
    pub fn origin_of(&self, name: &str) -> Option<Vec<String>> {
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

    pub fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests" || part == "tests.rs")
    }

    pub fn has_sibling(&self, name: &str) -> bool {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&self.module[0]);
        folder.join(name).is_dir() || folder.join(format!("{name}.rs")).is_file()
    }
}

/// Every file of `src/`.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    rust_files("src").into_iter().map(|path| read(&root, path)).collect()
}

/// Every Rust file below a folder of this repository.
pub fn rust_files(folder: &str) -> Vec<PathBuf> {
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
