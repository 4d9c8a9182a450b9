//! The tables as JSON Schema (2020-12), for editors. What only the parser can see is said in `docs/roster.md`.

use serde_json::{Map, Value, json};

use crate::roster::{duration::written, memory};

use super::range::*;
use super::{
    AGENT, BACKOFF, BUILT_IN, DEFAULTS, FROM_FILE, HEARTBEAT, Holds, Key, LIMITS, OUTPUT,
    OWN_RUNTIME, RESTART, ROLE, SIZE, STOP, Section, TMUX, TOP, Without,
};

/// Every mapping but the file itself.
const SECTIONS: [&Section; 14] = [
    &TMUX,
    &DEFAULTS,
    &ROLE,
    &BUILT_IN,
    &OWN_RUNTIME,
    &AGENT,
    &HEARTBEAT,
    &RESTART,
    &BACKOFF,
    &STOP,
    &SIZE,
    &LIMITS,
    &OUTPUT,
    &FROM_FILE,
];

/// The form of a name.
const NAME: &str = "^[a-z][a-z0-9-]{0,30}[a-z0-9]$";
/// A name that is not one of mosaic's own.
const FREE_NAME: &str = "^(?!mosaic-)[a-z][a-z0-9-]{0,30}[a-z0-9]$";
/// Characters that any text may hold; a line holds no tab and no line break either.
const TEXT: &str = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$";
/// At least one of its characters is not a space.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// A whole path.
const PATH: &str = r"^(/|~/|~$)[^\u0000-\u001f\u007f-\u009f]*$";
/// A whole path, or a word.
const PROGRAM: &str = r"^((/|~/|~$)[^\u0000-\u001f\u007f-\u009f]*|[^\s/~\u0000-\u001f\u007f-\u009f][^\s/\u0000-\u001f\u007f-\u009f]*)$";
/// A variable that does not belong to mosaic itself.
const VARIABLE: &str = "^(?!MOSAIC_(?!STUB_))[A-Za-z_][A-Za-z0-9_]*$";

/// The JSON Schema of a roster.
pub fn json_schema() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Mosaic roster, version 1"));
    schema.extend(section(&TOP));
    let definitions: Map<String, Value> = SECTIONS
        .into_iter()
        .map(|each| (each.name.to_owned(), Value::Object(section(each))))
        .collect();
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

/// A mapping of known keys.
fn section(section: &Section) -> Map<String, Value> {
    let properties: Map<String, Value> =
        section.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<_> = section
        .keys
        .iter()
        .filter(|key| matches!(key.without, Without::Required))
        .map(|key| key.name)
        .collect();
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(section.about));
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), json!(false));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

/// One key: what it is for, what it holds, what holds without it.
fn property(key: &Key) -> Value {
    let mut schema = Map::new();
    // A pattern has no order: the range is only said.
    let range = if let Holds::Duration(range) = &key.holds {
        Some((written(*range.start()), written(*range.end())))
    } else if let Holds::Memory(range) = &key.holds {
        Some((memory::written(*range.start()), memory::written(*range.end())))
    } else {
        None
    };
    let about = match range {
        Some((least, most)) => format!("{} From {least} to {most}.", key.about),
        None => key.about.to_owned(),
    };
    schema.insert("description".to_owned(), json!(about));
    if let Value::Object(holds) = holds(&key.holds) {
        schema.extend(holds);
    }
    if let Without::Value(value) = key.without
        && let Ok(value) = serde_json::from_str::<Value>(value)
    {
        schema.insert("default".to_owned(), value);
    }
    Value::Object(schema)
}

fn holds(holds: &Holds) -> Value {
    match holds {
        Holds::Version => json!({"const": 1}),
        Holds::Label => text("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
        Holds::Name => text(FREE_NAME),
        Holds::Line | Holds::Role => text(LINE),
        Holds::Texts => json!({"type": "array", "items": text(TEXT)}),
        Holds::Boolean => json!({"type": "boolean"}),
        Holds::Whole(range) => {
            json!({"type": "integer", "minimum": range.start(), "maximum": range.end()})
        }
        Holds::Duration(_) => text("^(0|[1-9][0-9]*)(ms|s|m|h)$"),
        Holds::Words(words) => json!({"enum": words}),
        Holds::Directory | Holds::File => text(PATH),
        Holds::Program => text(PROGRAM),
        Holds::Socket => {
            let pattern = format!("^[A-Za-z0-9][A-Za-z0-9._-]{{0,{}}}$", SOCKET_NAME_MAX - 1);
            json!({"type": "string", "pattern": pattern, "not": {"enum": SOCKETS_TAKEN}})
        }
        Holds::Memory(_) => text("^[1-9][0-9]*(KiB|MiB|GiB|TiB)$"),
        Holds::Cpu => either(
            &json!({"type": "number", "minimum": 0.01, "maximum": CPU_PERCENT.end() / 100}),
            &text("^[1-9][0-9]*%$"),
        ),
        Holds::Share => either(
            &json!({"type": "number", "minimum": 0, "maximum": 1}),
            &text("^(0|[1-9][0-9]?|100)%$"),
        ),
        Holds::Runtime => either(&json!({"enum": words(&RUNTIMES)}), &text(NAME)),
        Holds::Environment => {
            let value = either(&text(TEXT), &reference(&FROM_FILE));
            json!({
                "type": "object",
                "propertyNames": {"pattern": VARIABLE},
                "additionalProperties": value,
            })
        }
        Holds::Labels => {
            let key = format!("^[a-z]([a-z0-9./-]{{0,{}}}[a-z0-9])?$", LABEL_KEY_MAX - 2);
            json!({
                "type": "object",
                "propertyNames": {"pattern": key},
                "additionalProperties":
                    {"type": "string", "pattern": LINE, "maxLength": LABEL_VALUE_MAX},
            })
        }
        Holds::Section(section) => reference(section),
        Holds::Roles => json!({
            "type": "object",
            "propertyNames": {"pattern": FREE_NAME},
            "additionalProperties": reference(&ROLE),
        }),
        Holds::Runtimes => {
            let built_in = words(&RUNTIMES).map(|word| (word.to_owned(), reference(&BUILT_IN)));
            json!({
                "type": "object",
                "propertyNames": {"pattern": FREE_NAME},
                "properties": built_in.into_iter().collect::<Map<_, _>>(),
                "additionalProperties": reference(&OWN_RUNTIME),
            })
        }
        Holds::Agents => json!({"type": "array", "items": reference(&AGENT)}),
    }
}

fn text(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

fn either(one: &Value, other: &Value) -> Value {
    json!({"anyOf": [one, other]})
}

fn reference(section: &Section) -> Value {
    json!({"$ref": format!("#/$defs/{}", section.name)})
}
