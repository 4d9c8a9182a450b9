//! Whatever a program paints, at whatever size, its watchers see what tmux shows, cell by cell.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::watch::Watcher;
use super::{Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::{Look, version};
use crate::terminal::emulator::{Cell, Emulator, Letters, Row, Screen};

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick(&mut self, of: &[&str]) -> String {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).unwrap()].to_owned()
    }
}

/// Those of the tmux that the tests are run with.
fn letters() -> Letters {
    Letters::of(&version().unwrap())
}

/// Whether that is one whose letters the emulator has, each of them. Others have the widths of
/// another C library; what stands wrong for that is put right with the next snapshot.
fn is_measured() -> bool {
    let version = version().unwrap();
    let is_measured = ["3.3a", "3.5a"].contains(&version.as_str());
    if !is_measured {
        eprintln!("SKIPPED: the letters of 3.3a and 3.5a are known, not of {version}");
    }
    is_measured
}

/// What every terminal knows, what tmux knows and our emulator does not, and text of all widths.
fn sequence(dice: &mut Dice) -> String {
    let (row, column) = (1 + dice.below(30), 1 + dice.below(90));
    let count = dice.below(6);
    match dice.below(24) {
        0..=5 => dice.pick(&[
            "plain text ",
            "世界 wide ",
            "e\u{301}a\u{308} marks ",
            "😀 ok ",
            "👩\u{200d}🚀 ❤\u{fe0f} ",
            "👋\u{1f3fd}🇩🇪 ",
            "\u{9be}\u{ad}\u{3164}x",
            "┌──┐│└┘ ",
            "\t|",
            "~{}`^ ",
        ]),
        6 => format!("\x1b[{row};{column}H"),
        7 => format!("\x1b[{count}{}", dice.pick(&["A", "B", "C", "D", "E", "F"])),
        8 => format!(
            "\x1b[{}m",
            dice.pick(&[
                "0",
                "1;31",
                "7",
                "4;38;5;208",
                "48;2;9;80;70",
                "3;2;94",
                "9;5",
                "4:3;58:2::9:8:7",
                "8;21",
                "53;4:5",
            ])
        ),
        9 => format!("\x1b[{}{}", dice.below(3), dice.pick(&["J", "K", "K"])),
        10 => format!("\x1b[{count}{}", dice.pick(&["L", "M", "@", "P", "X", "S", "T", "b"])),
        11 => {
            let top = 1 + dice.below(10);
            format!("\x1b[{top};{}r", top + 1 + dice.below(12))
        }
        12 => "\x1b[r".to_owned(),
        13 => dice.pick(&["\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l"]),
        14 => {
            dice.pick(&["\x1b[?6h", "\x1b[?6l", "\x1b[?7l", "\x1b[?7h", "\x1b[?25l", "\x1b[?25h"])
        }
        15 => dice.pick(&["\x1b7", "\x1b8", "\x1b[s", "\x1b[u"]),
        16 => dice.pick(&["\x1bM", "\x1bD", "\x1bE", "\n", "\r\n", "\r", "\x08"]),
        17 => dice.pick(&[
            "\x1b(0lqqk\x1b(B",
            "\x1b(0x",
            "\x1b(B",
            // A link, which is read out with the letters since 3.4.
            "\x1b(0\x1b]8;;http://a.test/mqx\x1b\\qx\x1b]8;;\x1b\\\x1b(B",
        ]),
        18 => dice.pick(&["\x1b[4hinserted", "\x1b[4l"]),
        19 => dice.pick(&["\x1bH", "\x1b[g", "\x1b[2I", "\x1b[Z"]),
        20 => dice.pick(&[
            "\x1b[?2026h",
            "\x1b[?2004h",
            "\x1b[>4;2m",
            "\x1b[9mstruck\x1b[29m",
            "\x1b[6n",
        ]),
        21 => format!("\x1b[{column}G{row}\x1b[{row}d"),
        _ => format!("word{} ", dice.below(1000)),
    }
}

/// The pane's true screen: the letters of each row as tmux captures them, and the cursor.
struct Truth {
    size: (u16, u16),
    cursor: (u16, u16),
    rows: Vec<Vec<Cell>>,
}

async fn truth(fixture: &Fixture, pane: &Pane) -> Truth {
    let format = "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y}";
    let said = fixture.client(&["display", "-p", "-t", &pane.id, format]).await;
    let numbers: Vec<u16> = said.split(' ').map(|number| number.parse().unwrap()).collect();
    let [columns, rows, x, y] = numbers[..] else { panic!("{said}") };
    // The end mark keeps the blanks before it.
    let capture = ["capture-pane", "-p", "-e", "-N", "-t", &pane.id, ";", "display", "-p", "END"];
    let text = fixture.client(&capture).await;
    let text = text.strip_suffix("\nEND").unwrap();
    // One terminal for all rows: what is on at the end of a row is on in the next. It is as wide as
    // a row may become that has lost halves of wide letters.
    let mut reader = Emulator::new(2 * columns + 1, 1, letters());
    let mut letters = Vec::new();
    for row in text.split('\n') {
        reader.process(b"\r\x1b7\x1b[m\x1b[2K\x1b8");
        let row = row.replace('\x0e', "\x1b(0").replace('\x0f', "\x1b(B");
        reader.process(row.as_bytes());
        letters.push(letters_of(reader.screen().rows().next().unwrap()));
    }
    Truth { size: (columns, rows), cursor: (x, y), rows: letters }
}

/// The letters of a row, without the blanks at its end that nobody sees.
fn letters_of(row: &Row) -> Vec<Cell> {
    trimmed((0..row.cells().len()).filter_map(|at| row.seen(at)).collect())
}

fn trimmed(mut letters: Vec<Cell>) -> Vec<Cell> {
    letters.retain(|cell| cell.columns() > 0);
    // Of what was only erased behind the last letter, tmux 3.3a does not tell the ground.
    while letters.last().is_some_and(|cell| cell.is_blank() && cell.pen.has_bare_blanks()) {
        letters.pop();
    }
    letters
}

/// The first letter in which somebody sees something else, and in how many rows that could not be
/// compared place by place: tmux does not tell where half a wide letter was written over. There a
/// blank is seen.
fn difference(seen: &Screen, truth: &Truth, ragged: &mut usize) -> Option<String> {
    if seen.size() != truth.size || seen.cursor() != truth.cursor {
        let (seen, truth) = ((seen.size(), seen.cursor()), (truth.size, truth.cursor));
        return Some(format!("size and cursor {seen:?}, not {truth:?}"));
    }
    seen.rows().zip(&truth.rows).enumerate().find_map(|(at, (row, truth))| {
        let (mut ours, mut theirs) = (letters_of(row), truth.clone());
        let same = |one: &[Cell], other: &[Cell]| {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.looks_like(other))
        };
        if same(&ours, &theirs) {
            return None;
        }
        let has_wide = theirs.iter().any(|cell| cell.columns() == 2);
        if has_wide {
            *ragged += 1;
            let mut end = 0;
            let places = usize::from(seen.size().0);
            let is_cut =
                theirs.iter().map(|cell| usize::from(cell.columns())).sum::<usize>() > places;
            // What a snapshot has no place for is lost; who has seen it come shows it.
            theirs.retain(|cell| {
                end += usize::from(cell.columns());
                end <= places && !cell.is_blank() && cell.columns() == 1
            });
            ours.retain(|cell| !cell.is_blank() && cell.columns() == 1);
            if is_cut {
                ours.truncate(theirs.len());
            }
        }
        if has_wide && same(&ours, &theirs) {
            return None;
        }
        let place = ours.iter().zip(&theirs).position(|(one, other)| !one.looks_like(other));
        let place = place.unwrap_or(ours.len().min(theirs.len()));
        Some(format!(
            "row {at}, letter {place}: {:?}, not {:?}",
            ours.get(place),
            theirs.get(place)
        ))
    })
}

impl Watcher {
    /// Takes pieces until it shows what tmux shows; nothing more comes then that it could miss.
    async fn agrees(&mut self, fixture: &Fixture, pane: &Pane, who: &str) -> usize {
        loop {
            let truth = truth(fixture, pane).await;
            let mut ragged = 0;
            let difference = difference(self.terminal.screen(), &truth, &mut ragged);
            let Some(difference) = difference else { return ragged };
            let comes = self.take_soon().await;
            assert!(comes, "{who}: {difference}\n{}", self.terminal.screen().text());
        }
    }
}

/// A pane that prints what is written into the file, as it is.
async fn printing(fixture: &Fixture) -> (Pane, File) {
    let path = fixture.path("out");
    mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
    let pane = fixture.pane("ada", "stty raw -echo; exec cat out").await;
    let out = tokio::task::spawn_blocking(move || OpenOptions::new().write(true).open(path));
    (pane, out.await.unwrap().unwrap())
}

/// Everything that was written is printed: a later title could only be that of the next round.
async fn is_printed(fixture: &Fixture, pane: &Pane, out: &mut File, title: &str) {
    out.write_all(format!("\x1b]2;{title}\x07").as_bytes()).unwrap();
    let asked = ["display", "-p", "-t", &pane.id, "#{pane_title}"];
    eventually("the title", async || fixture.client(&asked).await == title).await;
}

/// Here nothing is put right: each sequence does what it does in tmux, or a letter stands wrong.
#[tokio::test]
async fn an_emulator_shows_the_same_as_tmux_letter_for_letter() {
    if !is_measured() {
        return;
    }
    let fixture = Fixture::new().await;
    let (pane, mut out) = printing(&fixture).await;
    let mut dice = Dice(23);
    let (columns, rows) = (80, 24);
    let mut emulator = Emulator::new(columns, rows, letters());
    for round in 0..60 {
        let mut said = String::new();
        for _ in 0..dice.below(300) {
            said.push_str(&sequence(&mut dice));
        }
        out.write_all(said.as_bytes()).unwrap();
        emulator.process(said.as_bytes());
        is_printed(&fixture, &pane, &mut out, &format!("round {round}")).await;
        let truth = truth(&fixture, &pane).await;
        let screen = emulator.screen();
        assert_eq!(screen.cursor(), truth.cursor, "round {round}\n{said:?}");
        for (at, (row, truth)) in screen.rows().zip(&truth.rows).enumerate() {
            let letters = trimmed(row.cells().to_vec());
            let is_same = letters.len() == truth.len()
                && letters.iter().zip(truth).all(|(one, other)| one.looks_like(other));
            let place = letters.iter().zip(truth).position(|(one, other)| !one.looks_like(other));
            let place = place.unwrap_or(letters.len().min(truth.len()));
            let (one, other) = (letters.get(place), truth.get(place));
            assert!(
                is_same,
                "round {round}, row {at}, {place}: {one:?}\nnot {other:?}\nof {said:?}"
            );
        }
    }
}

/// Where the cursor stands behind each letter that tmux knows, of all planes.
#[tokio::test]
async fn letters_are_as_wide_as_in_tmux() {
    if !is_measured() {
        return;
    }
    let fixture = Fixture::new().await;
    let (pane, mut out) = printing(&fixture).await;
    let is_of_many = |code: u32| {
        // Of the thousands that are alike, some.
        let alike =
            [0x3400..0x4dc0, 0x4e00..0xa000, 0xac00..0xd7a4, 0x17000..0x18d00, 0x20000..0x110000];
        code.is_multiple_of(97) || !alike.iter().any(|range| range.contains(&code))
    };
    let rules = letters();
    let letters: Vec<char> = (0xa0..0x11_0000)
        .filter(|code| is_of_many(*code))
        .filter_map(char::from_u32)
        .filter(|letter| rules.columns(*letter).is_some())
        .collect();
    assert!(letters.len() > 15_000, "{}", letters.len());
    let mut wrong = Vec::new();
    let mut known = 0;
    for (round, letters) in letters.chunks(24 * 16).enumerate() {
        out.write_all(b"\x1b[m\x1b[H\x1b[2J").unwrap();
        for (at, letter) in letters.iter().enumerate() {
            let (row, column) = (at / 16 + 1, at % 16 * 5 + 1);
            // The bar stands where tmux has its cursor behind the letter.
            out.write_all(format!("\x1b[{row};{column}Ha{letter}|").as_bytes()).unwrap();
        }
        is_printed(&fixture, &pane, &mut out, &format!("round {round}")).await;
        let text = fixture.client(&["capture-pane", "-p", "-N", "-t", &pane.id]).await;
        for (row, letters) in text.lines().zip(letters.chunks(16)) {
            // Blanks come after each bar up to the next letter: two where it took a column, one
            // where it took two, and three where it has joined the letter before.
            let shown: Vec<&str> = row.split('a').skip(1).collect();
            assert_eq!(shown.len(), letters.len(), "{row:?}");
            for (letter, shown) in letters.iter().zip(shown) {
                let Some(behind) =
                    shown.strip_prefix(*letter).and_then(|rest| rest.strip_prefix('|'))
                else {
                    // The C library of tmux does not know it, and tmux has dropped it.
                    continue;
                };
                known += 1;
                let blanks = behind.chars().count();
                let is_last = letter == letters.last().unwrap();
                let mut emulator = Emulator::new(8, 1, rules);
                emulator.process(format!("a{letter}").as_bytes());
                let columns = usize::from(emulator.screen().cursor().0 - 1);
                if !is_last && blanks + columns != 3 {
                    wrong.push(format!("{:x} {blanks}", *letter as u32));
                }
            }
        }
    }
    assert!(known > 14_000, "{known}");
    assert!(wrong.is_empty(), "{} letters: {wrong:?}", wrong.len());
}

#[tokio::test]
async fn whatever_is_painted_a_watcher_sees_what_tmux_shows() {
    let fixture = Fixture::new().await;
    let (pane, mut out) = printing(&fixture).await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    let mut dice = Dice(7);
    let mut ragged = 0;
    for round in 0..60 {
        if round % 7 == 3 {
            let (columns, rows) = (40 + dice.below(80), 10 + dice.below(30));
            let size = (columns.try_into().unwrap(), rows.try_into().unwrap());
            fixture.tmux.set_size(&pane.window, size.0, size.1).await.unwrap();
        }
        for _ in 0..dice.below(300) {
            out.write_all(sequence(&mut dice).as_bytes()).unwrap();
        }
        is_printed(&fixture, &pane, &mut out, &format!("round {round}")).await;
        while watcher.title != format!("round {round}") {
            assert_eq!(watcher.take().await, None);
        }
        // One that comes now begins with what is there, and the other gets there by itself.
        let mut late = Watcher::new(&fixture.tmux, &pane).await;
        ragged += watcher.agrees(&fixture, &pane, &format!("round {round}, the old one")).await;
        late.agrees(&fixture, &pane, &format!("round {round}, a new one")).await;
    }
    assert!(ragged < 60, "{ragged} rows of some 1500 could not be compared place by place");
}

#[tokio::test]
async fn ten_watchers_one_of_them_stuck_hold_up_nobody_and_a_flood_is_not_read_whole() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; echo ready; head -c 1 >go; yes 0123456789 | head -c 30000000; \
                  printf '\\r\\nTHE END'; touch over; exec cat";
    let pane = fixture.pane("ada", script).await;
    let stuck = Watcher::new(&fixture.tmux, &pane).await;
    let mut others = Vec::new();
    for _ in 0..9 {
        let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
        watcher.until("ready").await;
        others.push(watcher);
    }
    fixture.tmux.press(&pane.id, b"x", None).await.unwrap();
    // No look at the screen: tmux remembers the last hundred commands only.
    eventually("the end of the flood", async || fixture.path("over").exists()).await;
    let paused = format!("{}:pause", pane.id);
    let messages = fixture.client(&["show-messages"]).await;
    assert!(messages.matches(&paused).count() > 1, "the flood was read:\n{messages}");
    for mut watcher in others {
        watcher.agrees(&fixture, &pane, "one of nine").await;
        assert!(watcher.bytes < 5_000_000, "{} bytes of thirty million", watcher.bytes);
    }
    let mut stuck = stuck;
    stuck.agrees(&fixture, &pane, "the stuck one").await;
    assert!(stuck.bytes < 1_000_000, "{} bytes were kept for it", stuck.bytes);
}

#[tokio::test]
async fn who_wants_the_bytes_gets_each_of_them_once() {
    let fixture = Fixture::new().await;
    let (pane, mut out) = printing(&fixture).await;
    let mut watcher = Watcher::of(&fixture.tmux, &pane, Look::Bytes).await;
    let mut beside = Watcher::new(&fixture.tmux, &pane).await;
    while watcher.screens == 0 {
        assert_eq!(watcher.take().await, None);
    }
    watcher.painted.clear();
    let mut written = Vec::new();
    for at in 0..2000 {
        let lines: String =
            (0..10).map(|line| format!("line {at}.{line} \x1b[3{line}m\r\n")).collect();
        out.write_all(lines.as_bytes()).unwrap();
        written.extend_from_slice(lines.as_bytes());
        while watcher.painted.len() < written.len() {
            assert_eq!(watcher.take().await, None);
        }
    }
    assert_eq!(watcher.screens, 1, "it kept up");
    assert!(watcher.painted == written, "a byte is missing, or there twice");
    beside.agrees(&fixture, &pane, "who wants frames").await;
}
