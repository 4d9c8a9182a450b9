//! The shape of `ps --json` and the document that promises it say the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::PsReply;

/// The table of fields: `| `field` | … |`.
const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ps.md"));

/// The parts of a schema, and their schemas, as the document writes them.
fn parts(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    let named = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    if let Some(name) = named {
        return parts(&schema_of(name), path, into);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for one in schema[choice].as_array().into_iter().flatten() {
            parts(one, path, into);
        }
    }
    if !schema["items"].is_null() {
        parts(&schema["items"], &format!("{path}[]"), into);
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{name}");
        into.insert(path.clone());
        parts(part, &path, into);
    }
}

fn schema_of(name: &str) -> Value {
    let mut schemas = Vec::new();
    PsReply::schemas(&mut schemas);
    let found = schemas.into_iter().find(|(one, _)| one == name);
    json!(found.unwrap_or_else(|| panic!("no schema of {name}")).1)
}

#[test]
fn the_document_of_ps_lists_every_field_of_the_reply_and_no_other() {
    let mut fields = BTreeSet::new();
    parts(&json!(PsReply::schema()), "", &mut fields);
    let table = DOCUMENT.split("## JSON, version 1").nth(1).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(documented, fields);
}
