//! A program in a terminal of its own: a pseudo terminal with a number of columns.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The longest that a program takes for anything.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Which streams of the program are the terminal; the others are pipes, or nothing for stdin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streams {
    All,
    Stdout,
    Stderr,
}

/// A program that runs in a terminal.
pub(crate) struct Terminal {
    master: File,
    child: Child,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    columns: u16,
}

impl Terminal {
    /// Starts a command in a terminal, which is its controlling one: Ctrl-C there interrupts it.
    pub(crate) fn start(command: &Command, columns: u16, streams: Streams) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = || rustix::fs::open(&name, flags, Mode::empty()).unwrap();
        let on = |stream| {
            if streams == Streams::All || streams == stream { Stdio::from(open()) } else { Stdio::piped() }
        };
        // A background job of a shell ignores SIGINT, and so does what it starts.
        let mut session = Command::new("env");
        session.args(["--default-signal=INT,TERM,HUP", "setsid", "--ctty", "--wait"]);
        session.arg(command.get_program()).args(command.get_args());
        if let Some(directory) = command.get_current_dir() {
            session.current_dir(directory);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => session.env(name, value),
                None => session.env_remove(name),
            };
        }
        session.stdin(open()).stdout(on(Streams::Stdout)).stderr(on(Streams::Stderr));
        let child = session.spawn().unwrap();
        let (sender, output) = channel();
        let mut reader = File::from(clone(&master));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of a terminal is an error.
            while let Ok(length) = reader.read(&mut buffer) {
                if length == 0 || sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { master: File::from(master), child, output, seen: Vec::new(), columns }
    }

    /// Types a text.
    pub(crate) fn send(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Stops the program shortly after its start, for longer than it runs without showing progress, however fast this
    /// machine is.
    pub(crate) fn delay(&self) {
        let child = Pid::from_child(&self.child);
        std::thread::sleep(Duration::from_millis(150));
        kill_process(child, Signal::STOP).unwrap();
        std::thread::sleep(Duration::from_millis(1100));
        kill_process(child, Signal::CONT).unwrap();
    }

    /// Waits until the terminal got a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let begin = Instant::now();
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            assert!(begin.elapsed() < TIMEOUT, "no `{text}`: {}", String::from_utf8_lossy(&self.seen));
            match self.output.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended without `{text}`: {}", String::from_utf8_lossy(&self.seen))
                }
            }
        }
    }

    /// Whether the terminal gets a text in this time, counted from now.
    pub(crate) fn gets(&mut self, text: &str, time: Duration) -> bool {
        let (begin, from) = (Instant::now(), self.seen.len());
        while begin.elapsed() < time {
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(20)) {
                self.seen.extend(bytes);
            }
            if String::from_utf8_lossy(&self.seen[from..]).contains(text) {
                return true;
            }
        }
        false
    }

    /// Waits until the program ends. One that does not end is a failure.
    pub(crate) fn end(mut self) -> Session {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let streams = [stdout.map(OwnedFd::from), stderr.map(OwnedFd::from)].into_iter().flatten();
        let read = |pipe| {
            let mut bytes = Vec::new();
            File::from(pipe).read_to_end(&mut bytes).map(|_| bytes).unwrap()
        };
        let readers: Vec<_> = streams.map(|pipe| std::thread::spawn(move || read(pipe))).collect();
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            self.seen.extend(self.output.try_iter().flatten());
            assert!(begin.elapsed() < TIMEOUT, "it does not end: {}", String::from_utf8_lossy(&self.seen));
            std::thread::sleep(Duration::from_millis(10));
        };
        let piped: Vec<u8> = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        // Everything that was written before the end is there.
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.seen.extend(bytes);
        }
        let text = String::from_utf8(self.seen).unwrap().replace("\r\n", "\n");
        Session { text, piped: String::from_utf8(piped).unwrap(), status, columns: self.columns.into() }
    }
}

/// What a program printed in a terminal until it ended.
pub(crate) struct Session {
    /// What the terminal got, with its control characters.
    pub(crate) text: String,
    /// What the other streams got.
    pub(crate) piped: String,
    pub(crate) status: ExitStatus,
    columns: usize,
}

impl Session {
    /// What the terminal got, with visible control characters.
    pub(crate) fn transcript(&self) -> String {
        self.text.replace('\x1b', "␛").replace('\r', "␍")
    }

    /// What the terminal shows at the end: rows without the spaces at their ends.
    pub(crate) fn screen(&self) -> String {
        let mut screen = Screen { columns: self.columns, ..Screen::default() };
        let mut rest = self.text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "only control sequences: {}", self.transcript());
                    let mut arguments = String::new();
                    let command = loop {
                        match rest.next().unwrap() {
                            c if c.is_ascii_alphabetic() => break c,
                            c => arguments.push(c),
                        }
                    };
                    screen.control(command, &arguments);
                }
                c => screen.put(c),
            }
        }
        let rows = screen.rows.iter().map(|row| row.iter().flatten().collect::<String>());
        rows.map(|row| row.trim_end().to_owned() + "\n").collect()
    }
}

/// The rows of a terminal. A wide character takes its cell and an empty one.
#[derive(Default)]
struct Screen {
    columns: usize,
    rows: Vec<Vec<Option<char>>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn put(&mut self, c: char) {
        use unicode_width::UnicodeWidthChar as _;
        match c {
            '\n' => {
                self.row += 1;
                self.column = 0;
                self.cells();
            }
            '\r' => self.column = 0,
            c => {
                let width = c.width().unwrap_or_else(|| panic!("the terminal got {c:?}"));
                if self.column + width > self.columns {
                    self.put('\n');
                }
                let (column, cells) = (self.column, self.cells());
                if width == 0 {
                    cells.insert(column, Some(c));
                    return;
                }
                cells.resize(cells.len().max(column + width), Some(' '));
                cells[column] = Some(c);
                cells[column + 1..column + width].fill(None);
                self.column += width;
            }
        }
    }

    fn control(&mut self, command: char, arguments: &str) {
        let number = arguments.parse().unwrap_or(1);
        match (command, arguments) {
            // Colors, and whether the cursor is visible.
            ('m', _) | ('h' | 'l', "?25") => {}
            ('K', "2") => self.cells().clear(),
            ('K', "" | "0") => {
                let column = self.column;
                self.cells().truncate(column);
            }
            ('A', _) => self.row -= number,
            ('B', _) => self.row += number,
            ('C', _) => self.column += number,
            ('D', _) => self.column -= number,
            _ => panic!("unknown control sequence {arguments}{command}"),
        }
    }

    fn cells(&mut self) -> &mut Vec<Option<char>> {
        let count = self.rows.len().max(self.row + 1);
        self.rows.resize(count, Vec::new());
        &mut self.rows[self.row]
    }
}

fn clone(fd: &OwnedFd) -> OwnedFd {
    fd.try_clone().unwrap()
}
