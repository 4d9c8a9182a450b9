//! The YAML text as a tree in which every node knows its place; it gives no value a meaning.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::mistake::{Broken, Mistakes, Place, quoted};

/// The largest roster, bytes: ten thousand agents fit, a wrong file is refused before it costs.
const TEXT_MAX: usize = 1024 * 1024;

/// The deepest nesting. The format needs six levels; more is a wrong file or an attack on a stack.
const DEPTH_MAX: usize = 16;

/// A value and where it begins.
#[derive(Debug)]
pub struct Node {
    /// Where.
    pub place: Place,
    /// What.
    pub content: Content,
}

/// What a node is.
#[derive(Debug)]
pub enum Content {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order of the text, duplicates included.
    Mapping(Vec<(Node, Node)>),
}

/// A single value as it was written.
#[derive(Debug)]
pub struct Scalar {
    /// The text, quotes and escapes already undone.
    pub text: String,
    /// Whether it was written without quotes.
    pub is_plain: bool,
    /// What it means; text until [`super::value::settle`] has looked.
    pub meaning: Meaning,
}

/// What a scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// Text.
    Text,
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number without sign or fraction.
    Whole(u64),
    /// Any other number.
    Number,
}

/// The bytes as text, if they may be a roster at all.
pub fn text<'a>(bytes: &'a [u8], mistakes: &mut Mistakes) -> Result<&'a str, Broken> {
    if bytes.len() > TEXT_MAX {
        let found = format!("a file of {} bytes", bytes.len());
        return Err(mistakes.add(Place::START, "", found, "at most 1 MiB"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let before = String::from_utf8_lossy(&bytes[..offset]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        let found = format!("a byte that is not UTF-8, 0x{:02x} at offset {offset}", bytes[offset]);
        mistakes.add(Place { line, column }, "", found, "UTF-8 text")
    })?;
    refuse_control_characters(text, mistakes)?;
    Ok(text)
}

/// Characters that readers of YAML see differently, and that people do not see at all.
fn refuse_control_characters(text: &str, mistakes: &mut Mistakes) -> Result<(), Broken> {
    let mut result = Ok(());
    for (line, content) in text.split('\n').enumerate() {
        let content = content.strip_suffix('\r').unwrap_or(content);
        for (column, character) in content.chars().enumerate() {
            let refused = (character.is_control() && character != '\t')
                || matches!(character,
                    '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            if refused {
                let place = Place { line: line + 1, column: column + 1 };
                let found = format!("the control character U+{:04X}", u32::from(character));
                let allowed = "printable text; in double quotes it can be written as an escape";
                result = Err(mistakes.add(place, "", found, allowed));
            }
        }
    }
    result
}

/// Reads one YAML document.
pub fn parse(text: &str, mistakes: &mut Mistakes) -> Result<Node, Broken> {
    let mut tree = Growing { text, open: Vec::new(), root: None, broken: None };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => tree.take(event, place(span.start), mistakes)?,
            Err(error) => return Err(tree.unreadable(&error, mistakes)),
        }
    }
    match (tree.broken, tree.root) {
        (Some(broken), _) => Err(broken),
        (None, Some(root)) => Ok(root),
        (None, None) => {
            let allowed = "a roster; `mosaic fleet init` shows one";
            Err(mistakes.add(Place::START, "", "an empty file".to_owned(), allowed))
        }
    }
}

fn place(mark: Marker) -> Place {
    Place { line: mark.line().max(1), column: mark.col() + 1 }
}

/// A list or mapping whose end has not come.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<Node>,
}

/// A tree while its events arrive.
struct Growing<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    broken: Option<Broken>,
}

impl Growing<'_> {
    fn take(
        &mut self,
        event: Event<'_>,
        place: Place,
        mistakes: &mut Mistakes,
    ) -> Result<(), Broken> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), place, mistakes);
                let is_plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                let scalar = Scalar { text, is_plain, meaning: Meaning::Text };
                self.close(Node { place, content: Content::Scalar(scalar) });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), place, mistakes);
                self.begin(Content::List(Vec::new()), place, mistakes)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), place, mistakes);
                self.begin(Content::Mapping(Vec::new()), place, mistakes)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.close(open.node);
                }
            }
            Event::Alias(_) => {
                // An alias repeats a whole subtree: ten lines of them make a billion nodes.
                let allowed = "the value itself, written out; `defaults` holds what agents share";
                return Err(mistakes.add(place, "", "an alias".to_owned(), allowed));
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                let found = "a second document".to_owned();
                return Err(mistakes.add(place, "", found, "one document in the file"));
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => {}
        }
        Ok(())
    }

    fn refuse_marks(&mut self, anchor: usize, tag: bool, place: Place, mistakes: &mut Mistakes) {
        if anchor != 0 {
            let allowed = "no anchors; `defaults` holds what agents share";
            self.broken = Some(mistakes.add(place, "", "an anchor".to_owned(), allowed));
        }
        if tag {
            let allowed = "no tags; text that looks like something else goes in quotes";
            self.broken = Some(mistakes.add(place, "", "a tag".to_owned(), allowed));
        }
    }

    fn begin(
        &mut self,
        content: Content,
        place: Place,
        mistakes: &mut Mistakes,
    ) -> Result<(), Broken> {
        if self.open.len() == DEPTH_MAX {
            let found = format!("more than {DEPTH_MAX} levels");
            return Err(mistakes.add(place, "", found, "the six levels of a roster"));
        }
        self.open.push(Open { node: Node { place, content }, key: None });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut parent.node.content {
            Content::List(items) => items.push(node),
            Content::Mapping(entries) => match parent.key.take() {
                None => parent.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Content::Scalar(_) => {}
        }
    }

    fn unreadable(&self, error: &ScanError, mistakes: &mut Mistakes) -> Broken {
        let place = place(*error.marker());
        let line = self.text.lines().nth(place.line - 1).unwrap_or_default();
        let indent: String =
            line.chars().take_while(|character| character.is_whitespace()).collect();
        if let Some(column) = indent.chars().position(|character| character == '\t') {
            let place = Place { line: place.line, column: column + 1 };
            return mistakes.add(place, "", "a tab before the first word".to_owned(), "spaces");
        }
        let found = format!("something that is not YAML ({})", error.info());
        let allowed = "YAML; often a missing quote, colon or space stands just before this place";
        match line.trim() {
            "" => mistakes.add(place, "", found, allowed),
            line => mistakes.add(place, "", format!("{found} in {}", quoted(line)), allowed),
        }
    }
}
