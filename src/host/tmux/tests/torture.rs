//! Whatever a program paints, at whatever size, its watchers see what tmux shows, cell by cell.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::watch::Watcher;
use super::{Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::Look;

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
            "┌──┐│└┘ ",
            "\t|",
            "~{}`^ ",
        ]),
        6 => format!("\x1b[{row};{column}H"),
        7 => format!("\x1b[{count}{}", dice.pick(&["A", "B", "C", "D", "E", "F"])),
        8 => format!(
            "\x1b[{}m",
            dice.pick(&["0", "1;31", "7", "4;38;5;208", "48;2;9;80;70", "3;2;94"])
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
        17 => dice.pick(&["\x1b(0lqqk\x1b(B", "\x1b(0x", "\x1b(B"]),
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

/// The pane's true screen: what tmux captures, each row at its place, and the cursor.
async fn truth(fixture: &Fixture, pane: &Pane) -> (vt100::Parser, (u16, u16)) {
    let format = "#{pane_width} #{pane_height} #{cursor_y} #{cursor_x}";
    let said = fixture.client(&["display", "-p", "-t", &pane.id, format]).await;
    let numbers: Vec<u16> = said.split(' ').map(|number| number.parse().unwrap()).collect();
    let [columns, rows, y, x] = numbers[..] else { panic!("{said}") };
    let mut screen = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
    // The end mark keeps the blanks before it.
    let capture = ["capture-pane", "-p", "-e", "-N", "-t", &pane.id, ";", "display", "-p", "END"];
    let text = fixture.client(&capture).await;
    let text = text.strip_suffix("\nEND").unwrap();
    let mut is_graphic = false;
    for (at, row) in text.split('\n').enumerate() {
        screen.process(format!("\x1b[{};1H", at + 1).as_bytes());
        // Lines and corners come between shift out and shift in.
        for part in row.split_inclusive(['\x0e', '\x0f']) {
            let plain = part.trim_end_matches(['\x0e', '\x0f']);
            let drawn = if is_graphic { lines_of(plain) } else { plain.to_owned() };
            screen.process(drawn.as_bytes());
            is_graphic = match part.as_bytes().last() {
                Some(0x0e) => true,
                Some(0x0f) => false,
                _ => is_graphic,
            };
        }
    }
    (screen, (y, x))
}

fn lines_of(text: &str) -> String {
    let mut in_escape = false;
    let each = text.chars().map(|c| {
        let is_letter = !in_escape && c != '\x1b';
        in_escape = c == '\x1b' || (in_escape && c != 'm');
        match c {
            '`'..='~' if is_letter => GRAPHICS.chars().nth(c as usize - '`' as usize).unwrap(),
            c => c,
        }
    });
    each.collect()
}

const GRAPHICS: &str = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

/// The first cell in which a watcher sees something else.
fn difference(
    watcher: &vt100::Screen,
    truth: &vt100::Screen,
    cursor: (u16, u16),
) -> Option<String> {
    if watcher.size() != truth.size() {
        return Some(format!("size {:?}, not {:?}", watcher.size(), truth.size()));
    }
    if watcher.cursor_position() != cursor {
        return Some(format!("cursor {:?}, not {cursor:?}", watcher.cursor_position()));
    }
    let (rows, columns) = truth.size();
    let look = |screen: &vt100::Screen, row, column| {
        let cell = screen.cell(row, column).unwrap();
        let text = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
        let is_seen = text != " " || cell.inverse() || cell.underline();
        let pen = (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic());
        (
            text,
            cell.is_wide(),
            cell.bgcolor(),
            cell.inverse(),
            cell.underline(),
            is_seen.then_some(pen),
        )
    };
    (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column))).find_map(
        |(row, column)| {
            let (seen, is) = (look(watcher, row, column), look(truth, row, column));
            (seen != is).then(|| format!("at {row},{column}: {seen:?}, not {is:?}"))
        },
    )
}

impl Watcher {
    /// Takes pieces until it shows what tmux shows; nothing more comes then that it could miss.
    async fn agrees(&mut self, fixture: &Fixture, pane: &Pane, who: &str) {
        loop {
            let (truth, cursor) = truth(fixture, pane).await;
            let truth = truth.screen();
            let Some(difference) = difference(self.terminal.screen(), truth, cursor) else {
                return;
            };
            let comes = self.take_soon().await;
            let rows = [self.terminal.screen(), truth].map(seen_rows);
            assert!(comes, "{who}: {difference}\n{rows:#?}");
        }
    }
}

/// The rows of a screen with their colours.
fn seen_rows(screen: &vt100::Screen) -> Vec<String> {
    screen.rows_formatted(0, screen.size().1.get()).collect()
}

/// A pane that prints what is written into the file, as it is.
async fn printing(fixture: &Fixture) -> (Pane, File) {
    let path = fixture.path("out");
    mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
    let pane = fixture.pane("ada", "stty raw -echo; exec cat out").await;
    let out = tokio::task::spawn_blocking(move || OpenOptions::new().write(true).open(path));
    (pane, out.await.unwrap().unwrap())
}

#[tokio::test]
async fn whatever_is_painted_a_watcher_sees_what_tmux_shows() {
    let fixture = Fixture::new().await;
    let (pane, mut out) = printing(&fixture).await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    let mut dice = Dice(7);
    for round in 0..60 {
        if round % 7 == 3 {
            let (columns, rows) = (40 + dice.below(80), 10 + dice.below(30));
            let size = (columns.try_into().unwrap(), rows.try_into().unwrap());
            fixture.tmux.set_size(&pane.window, size.0, size.1).await.unwrap();
        }
        for _ in 0..dice.below(300) {
            out.write_all(sequence(&mut dice).as_bytes()).unwrap();
        }
        out.write_all(format!("\x1b]2;round {round}\x07").as_bytes()).unwrap();
        // Everything is printed; a later title could only be that of the next round.
        while watcher.title != format!("round {round}") {
            assert_eq!(watcher.take().await, None);
        }
        // One that comes now begins with what is there, and the other gets there by itself.
        let mut late = Watcher::new(&fixture.tmux, &pane).await;
        watcher.agrees(&fixture, &pane, &format!("round {round}, the old one")).await;
        late.agrees(&fixture, &pane, &format!("round {round}, a new one")).await;
    }
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
    fixture.tmux.press(&pane.id, b"x").await.unwrap();
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
