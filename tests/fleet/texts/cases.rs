//! The table: every kind of text that was ever changed, cut or executed by somebody on the way, and
//! what each channel makes of it.

/// What a channel makes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The runtime has it byte for byte, as one turn.
    Exact,
    /// Nothing goes out, and the sender reads this.
    Refused(&'static str),
}

/// One kind of text.
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    pub text: String,
    pub by_keystrokes: Fate,
    pub by_delivery: Fate,
}

use Fate::{Exact, Refused};

const EMPTY: Fate = Refused("empty");
const TOO_LONG: Fate = Refused("64 KiB");
const NUL: Fate = Refused("NUL");

/// All of them.
pub fn cases() -> Vec<Case> {
    let groups = [plain(), layout(), commands(), alphabets(), sizes(), controls(), nothing()];
    groups.into_iter().flatten().collect()
}

/// One that arrives over both channels.
fn exact(name: &'static str, text: impl Into<String>) -> Case {
    Case { name, text: text.into(), by_keystrokes: Exact, by_delivery: Exact }
}

/// One that neither channel takes.
fn refused(name: &'static str, text: impl Into<String>, why: Fate) -> Case {
    Case { name, text: text.into(), by_keystrokes: why, by_delivery: why }
}

/// One that holds keys: exact on a channel that carries text, refused where it would be typed.
fn keys(name: &'static str, text: &str, shown: &'static str) -> Case {
    Case { name, text: text.to_owned(), by_keystrokes: Refused(shown), by_delivery: Exact }
}

fn plain() -> Vec<Case> {
    vec![
        exact("a word", "hello"),
        exact("one letter", "y"),
        exact("a digit, as a dialog takes it", "1"),
        exact("every printable ASCII character", (' '..='~').collect::<String>()),
        exact("a tag", "[m-abcdefghijkl] x"),
        exact("a tag alone", "[m-abcdefghijkl] "),
        exact("half a tag", "[m-"),
        exact("an envelope", "[bob@mill/max -> ada@mill/max class=human]\nhello"),
        exact("a frame of ours", "{\"type\":\"bye\"}\n{\"type\":\"receipt\",\"message_id\":\"x\"}"),
        exact(
            "what claude wraps a paste in",
            "<pasted_content id=\"1\">\nx\n</pasted_content id=\"1\">",
        ),
    ]
}

fn layout() -> Vec<Case> {
    vec![
        exact("two lines", "a\nb"),
        exact("empty lines between", "a\n\n\n c"),
        exact("an empty line first", "\na"),
        exact("a newline at the end", "a\n"),
        exact("newlines at the end", "a\n\n\n"),
        exact("a tab", "a\tb"),
        exact("a tab first", "\ttab"),
        exact("a tab last", "tab\t"),
        exact("blanks first", "   a"),
        exact("blanks last", "a   "),
        exact("blanks inside", "a     b"),
        exact("a hundred lines", "line; of many\n".repeat(100)),
        exact("a line of a thousand columns", "x".repeat(1_000)),
        exact("a line longer than a terminal's canonical one", "0123456789".repeat(820)),
    ]
}

fn commands() -> Vec<Case> {
    vec![
        exact("a slash first", "/help"),
        exact("a bang first", "!ls"),
        exact("a hash first", "#note"),
        exact("a dash first", "-x"),
        exact("an option first", "--verify"),
        exact("an equals sign first", "=x"),
        exact("an at sign first", "@file"),
        exact("a tilde first", "~/x"),
        exact("a semicolon last", "a;"),
        exact("semicolons everywhere", "; a ; b \\; c;;"),
        exact("a backslash last", "a\\"),
        exact("backslashes", "\\\\ \\n \\033[201~ \\x1b"),
        exact("what shells expand", "$(id) `id` $HOME ${x} * ? {a,b} \"'\" | > /tmp/x & "),
        exact("what tmux expands", "#{pane_id} #(id) #S %1 %end 1 2 0 @1 =ada: #[fg=red]"),
        exact("a line of the control protocol", "%exit\n%begin 1 1 0\n%end 1 1 0\nmosaic-done"),
    ]
}

fn alphabets() -> Vec<Case> {
    // The last two of every plane are no characters, and are text all the same.
    let planes = (0..=16u32).map(|plane| {
        let at = |offset: u32| char::from_u32(plane << 16 | offset).unwrap_or('-');
        [at(0x0041), at(0x2a00), at(0xd7ff), at(0xe000), at(0xfffd), at(0xfffe), at(0xffff)]
    });
    vec![
        exact("Latin with marks", "ünï é ÿ ß İ ı"),
        exact("marks that combine", "e\u{301} o\u{308}\u{323} \u{301}first a\u{20dd}"),
        exact("a stack of forty marks", format!("a{}", "\u{0301}".repeat(40))),
        exact("wide characters", "世界 日本語 한국어 ｆｕｌｌ"),
        exact("a wide character at every edge", "日".repeat(500)),
        exact("from right to left", "עברית العربية abc"),
        exact("directions by hand", "a\u{202e}b\u{202c} \u{2066}c\u{2069}"),
        exact("emoji of several parts", "👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣"),
        exact("no width at all", "a\u{200b}b\u{200d}c\u{feff}d\u{2060}e\u{ad}"),
        exact("spaces of other kinds", "a\u{a0}b\u{3000}c\u{2003}d\u{202f}e"),
        exact("line ends of other kinds", "a\u{2028}b\u{2029}c"),
        exact("every plane", planes.flatten().collect::<String>()),
        exact("tags of plane 14", "a\u{e0001}\u{e0041}\u{e007f}"),
        exact("private use", "\u{e0b0}\u{f8ff}\u{10fffd}"),
        exact("the character for what is none", "a\u{fffd}b"),
    ]
}

fn sizes() -> Vec<Case> {
    let line = "every line; of $(this) \"text\" \u{4e16}\u{754c} is 64 bytes long, or so\n";
    let mut lines = line.repeat(65_536 / line.len());
    lines.push_str(&"x".repeat(65_536 - lines.len()));
    vec![
        exact("64 KiB in lines", lines),
        exact("64 KiB in one line", "y".repeat(65_536)),
        exact("64 KiB of newlines and one letter", format!("{}z", "\n".repeat(65_535))),
        refused("one byte more than 64 KiB", "x".repeat(65_537), TOO_LONG),
        refused("more bytes than 64 Ki, in fewer characters", "世".repeat(21_846), TOO_LONG),
    ]
}

fn controls() -> Vec<Case> {
    vec![
        keys("the end of a paste", "a\x1b[201~b\r", "U+001B at byte 1"),
        keys("the beginning of a paste", "\x1b[200~a", "U+001B at byte 0"),
        keys("a colour", "\x1b[31mred\x1b[0m", "U+001B at byte 0"),
        keys("a title for the terminal", "x\x1b]0;owned\x07", "U+001B at byte 1"),
        keys("an escape alone", "a\x1b", "U+001B at byte 1"),
        keys("Ctrl-C", "a\x03", "U+0003 at byte 1"),
        keys("Ctrl-D", "\x04", "U+0004 at byte 0"),
        keys("Ctrl-Z", "a\x1ab", "U+001A at byte 1"),
        keys("a bell", "a\x07", "U+0007 at byte 1"),
        keys("a backspace", "ab\x08c", "U+0008 at byte 2"),
        keys("delete", "a\x7f", "U+007F at byte 1"),
        keys("CR LF", "a\r\nb", "U+000D at byte 1"),
        keys("a lone CR", "a\rb", "U+000D at byte 1"),
        keys("a CR last", "a\r", "U+000D at byte 1"),
        keys("a form feed and a vertical tab", "a\x0c\x0bb", "U+000C at byte 1"),
        keys("CSI of C1", "a\u{9b}201~b", "U+009B at byte 1"),
        keys("OSC of C1", "\u{9d}0;owned\u{9c}", "U+009D at byte 0"),
        keys("NEL of C1", "a\u{85}b", "U+0085 at byte 1"),
        keys("a control behind wide characters", "世界\x1b", "U+001B at byte 6"),
        refused("NUL", "a\0b", NUL),
    ]
}

fn nothing() -> Vec<Case> {
    vec![
        refused("nothing", "", EMPTY),
        refused("a blank", " ", EMPTY),
        refused("white space of every kind", " \t\n \u{a0}\u{3000}\u{2028}\n", EMPTY),
        exact("nothing that can be seen", "\u{200b}"),
    ]
}
