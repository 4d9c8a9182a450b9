//! Rosters drawn from the tables: right ones, and the same with a wrong value somewhere.

use serde_json::{Map, Value, json};

use super::super::schema::{self, Holds, Key, Section, Without};

/// Random choices out of one seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64: no more than an even spread is needed.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("a small number")
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

/// A place in a roster, and what may stand there.
pub type Spot = (String, &'static Holds);

/// A right roster: each optional key is there or not, or all are.
pub fn right(dice: &mut Dice, all_keys: bool) -> Value {
    let mut roster = mapping(&schema::TOP, dice, all_keys);
    let defaults = roster.entry("defaults").or_insert_with(|| json!({}));
    defaults["runtime"] = json!("stub");
    defaults["workspace"] = json!("~/");
    let own = json!({"extends": "stub"});
    roster.entry("runtimes").or_insert_with(|| json!({}))["own-one"] = own;
    let role = json!({"description": "drawn"});
    roster.entry("roles").or_insert_with(|| json!({}))["drawn"] = role;
    let agents = roster["agents"].as_array_mut().expect("a list");
    for (at, agent) in agents.iter_mut().enumerate() {
        agent["name"] = json!(format!("agent-{at}"));
        // A name is drawn before it is known whether it needs a program.
        agent["command"] = json!("cat");
    }
    Value::Object(roster)
}

fn mapping(section: &'static Section, dice: &mut Dice, all_keys: bool) -> Map<String, Value> {
    let mut drawn = Map::new();
    for key in section.keys {
        let must = all_keys || matches!(key.without, Without::Required);
        if must || dice.roll(2) == 0 {
            drawn.insert(key.name.to_owned(), value(key, dice, all_keys));
        }
    }
    drawn
}

/// A right value. Those that are compared with one another are far enough apart.
fn value(key: &Key, dice: &mut Dice, all_keys: bool) -> Value {
    match (&key.holds, key.name) {
        (Holds::Duration(_), "every" | "initial") => json!(dice.one(&["100ms", "250ms", "1s"])),
        (Holds::Duration(_), "healthy_within" | "max") => json!(dice.one(&["10s", "5m", "1h"])),
        (Holds::Duration(_), _) => json!(dice.one(&["0s", "10ms", "1h"])),
        (Holds::Version, _) => json!(1),
        (Holds::Label, _) => json!(dice.one(&["a", "Ada.l_1-x"])),
        (Holds::Name, _) => json!("replaced"),
        (Holds::Role, _) => json!("drawn"),
        (Holds::Runtime, _) => json!(dice.one(&["stub", "claude", "own-one"])),
        (Holds::Line, _) => json!(dice.one(&["one line", "no", "5", "ü: x"])),
        (Holds::Texts, _) => dice.one(&[json!([]), json!(["a", "b c", "no", "", "x\ny\tz"])]),
        (Holds::Boolean, _) => json!(dice.roll(2) == 0),
        (Holds::Whole(range), _) => json!(dice.one(&[*range.start(), *range.end()])),
        (Holds::Words(words), _) => json!(dice.one(words)),
        (Holds::Directory, _) => json!(dice.one(&["~/", "/srv/work"])),
        (Holds::File, _) => json!(dice.one(&["/k", "~/.key"])),
        (Holds::Program, _) => json!(dice.one(&["cat", "/bin/a b", "~/bin/x"])),
        (Holds::Socket, _) => json!(dice.one(&["tmux.sock", "a", "A_1-b.sock"])),
        (Holds::Memory(_), "segment") => json!(dice.one(&["64KiB", "1MiB", "16384KiB"])),
        (Holds::Memory(_), "keep") => json!(dice.one(&["32MiB", "1GiB", "1TiB"])),
        (Holds::Memory(_), _) => json!(dice.one(&["1MiB", "64TiB", "512MiB", "2097152KiB"])),
        (Holds::Cpu, _) => {
            dice.one(&[json!(1), json!(1.5), json!(0.01), json!(1024), json!("1%"), json!("250%")])
        }
        (Holds::Share, _) => {
            dice.one(&[json!(0), json!(1), json!(0.25), json!("0%"), json!("7%"), json!("100%")])
        }
        (Holds::Environment, _) => json!({"EDITOR": "vi", "_x1": "", "F": {"from_file": "/k"}}),
        (Holds::Labels, _) => json!({"team": "core", "a.b/c-d": "no", "x": "ü y"}),
        (Holds::Section(section), _) => Value::Object(mapping(section, dice, all_keys)),
        (Holds::Roles, _) => json!({"other": mapping(&schema::ROLE, dice, all_keys)}),
        (Holds::Runtimes, _) => json!({
            "claude": mapping(&schema::BUILT_IN, dice, all_keys),
            "own-two": mapping(&schema::OWN_RUNTIME, dice, all_keys),
        }),
        (Holds::Agents, _) => {
            let agents = (0..=dice.roll(3)).map(|_| mapping(&schema::AGENT, dice, all_keys));
            json!(agents.collect::<Vec<_>>())
        }
    }
}

/// Every place in a roster that the tables know, as JSON pointers.
pub fn spots(roster: &Value) -> Vec<Spot> {
    let mut found = Vec::new();
    walk(roster, &schema::TOP, "", &mut found);
    found
}

fn walk(at: &Value, section: &'static Section, pointer: &str, found: &mut Vec<Spot>) {
    for key in section.keys {
        let Some(value) = at.get(key.name) else { continue };
        let pointer = format!("{pointer}/{}", key.name);
        if let Holds::Section(section) = &key.holds {
            walk(value, section, &pointer, found);
        }
        let each = value.as_object().into_iter().flatten();
        let each = each.map(|(name, value)| (name.as_str(), value, format!("{pointer}/{name}")));
        if matches!(key.holds, Holds::Roles) {
            each.for_each(|(_, value, pointer)| walk(value, &schema::ROLE, &pointer, found));
        } else if matches!(key.holds, Holds::Runtimes) {
            each.for_each(|(name, value, pointer)| {
                let own = name.starts_with("own-");
                let section = if own { &schema::OWN_RUNTIME } else { &schema::BUILT_IN };
                walk(value, section, &pointer, found);
            });
        } else if matches!(key.holds, Holds::Agents) {
            for (at, agent) in value.as_array().into_iter().flatten().enumerate() {
                walk(agent, &schema::AGENT, &format!("{pointer}/{at}"), found);
            }
        }
        found.push((pointer, &key.holds));
    }
}

/// A change somewhere: another value, a key that nobody knows, or a key less that must be there.
pub fn changed(mut roster: Value, dice: &mut Dice) -> Value {
    let spots = spots(&roster);
    let (pointer, holds) = &spots[dice.roll(spots.len())];
    match dice.roll(8) {
        0 => {
            let (above, _) = pointer.rsplit_once('/').expect("a pointer");
            if let Some(above) = roster.pointer_mut(above).and_then(Value::as_object_mut) {
                above.insert("zzz".to_owned(), json!(1));
            }
        }
        1 => {
            let (above, key) = pointer.rsplit_once('/').expect("a pointer");
            let must = ["version", "agents", "name", "from_file"].contains(&key);
            if let Some(above) = roster.pointer_mut(above).and_then(Value::as_object_mut)
                && must
            {
                above.remove(key);
            }
        }
        _ => {
            if let Some(value) = roster.pointer_mut(pointer) {
                *value = any_value(holds, dice);
            }
        }
    }
    roster
}

/// A value that is mostly wrong there, and never in a way that only the parser can see.
fn any_value(holds: &Holds, dice: &mut Dice) -> Value {
    let long = "x".repeat(65);
    let near = match holds {
        Holds::Whole(range) => {
            let mut near = vec![json!(range.end() + 1), json!(-1), json!(1.5), json!("5")];
            near.extend(range.start().checked_sub(1).map(|below| json!(below)));
            near
        }
        Holds::Duration(_) => {
            ["5", "5 s", "s", "1.5s", "05s", "-1s", "1d"].map(|t| json!(t)).to_vec()
        }
        Holds::Memory(_) => {
            ["0MiB", "5MB", "1.5GiB", "1 GiB", "05MiB", "512"].map(|t| json!(t)).to_vec()
        }
        Holds::Cpu => {
            vec![json!(0), json!(1025), json!("0%"), json!("050%"), json!("1.5"), json!(-1)]
        }
        Holds::Share => {
            vec![json!(2), json!("101%"), json!("07%"), json!("0.2"), json!(-1), json!("%")]
        }
        Holds::Label => vec![json!("-a"), json!("a b"), json!(""), json!(long), json!("ü")],
        Holds::Name => vec![json!("A"), json!("a"), json!("a-"), json!("mosaic-x"), json!(long)],
        Holds::Socket => vec![json!("a/b"), json!(".x"), json!("guest.sock"), json!(long)],
        Holds::Line => vec![json!(" "), json!("a\nb"), json!("a\tb"), json!("a\u{1}b"), json!("")],
        Holds::Texts => vec![json!([1]), json!(["a", null]), json!("a"), json!(["\u{7f}"])],
        Holds::Environment => vec![
            json!({"1A": "x"}),
            json!({"MOSAIC_X": "x"}),
            json!({"MOSAIC_STUB_X": "x"}),
            json!({"A": 1}),
            json!({"A": {"file": "/k"}}),
            json!({"A": {}}),
            json!({"A": {"from_file": "k"}}),
            json!({"": "x"}),
        ],
        Holds::Labels => vec![
            json!({"Team": "x"}),
            json!({"a-": "x"}),
            json!({"a": ""}),
            json!({"a": long}),
            json!({"a": "x\ny"}),
            json!({"a": true}),
        ],
        Holds::Directory | Holds::File => vec![json!("work"), json!("~ada/x"), json!("")],
        Holds::Program => vec![json!("two words"), json!("./x"), json!("a/b"), json!("")],
        Holds::Words(_) => vec![json!("Core"), json!("SIGTERM"), json!("")],
        Holds::Runtime => vec![json!("Stub"), json!("x y"), json!("a")],
        Holds::Version => vec![json!(2), json!("1"), json!(0)],
        Holds::Boolean => vec![json!("true"), json!("no"), json!(1), json!(0)],
        Holds::Role => vec![json!(""), json!(" "), json!("a\nb")],
        Holds::Section(_) | Holds::Roles | Holds::Runtimes | Holds::Agents => vec![json!("x")],
    };
    let anywhere = [json!(null), json!([[1]]), json!({"zz": [1]}), json!(-7)];
    if dice.roll(4) == 0 { dice.one(&anywhere) } else { dice.one(&near) }
}
