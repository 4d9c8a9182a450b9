//! Files of one folder never import each other in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::source::{Source, sources};

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
