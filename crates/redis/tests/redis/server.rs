//! A real server for each test: its own directory, its own socket, ended by its pid.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::resp::Value;

/// How a server is started.
#[derive(Default)]
pub struct Setup {
    module: Vec<String>,
    server: Vec<String>,
    scripts: Vec<(String, String)>,
    with_dir: bool,
}

impl Setup {
    /// A script in the directory that the module is given.
    pub fn script(mut self, name: &str, source: &str) -> Self {
        self.scripts.push((name.into(), source.into()));
        self.with_dir = true;
        self
    }

    /// The module's own words.
    pub fn module(mut self, words: &str) -> Self {
        self.module.extend(words.split_whitespace().map(str::to_string));
        self
    }

    /// The server's own words.
    pub fn server(mut self, words: &str) -> Self {
        self.server.extend(words.split_whitespace().map(str::to_string));
        self
    }

    /// Starts it, and waits until it answers.
    pub fn start(self) -> Server {
        let home = tempfile::tempdir().expect("a temporary directory");
        let dir = home.path().join("ruby");
        fs::create_dir(&dir).expect("a directory for scripts");
        for (name, source) in &self.scripts {
            fs::write(dir.join(name), source).expect("a script");
        }
        let mut server = Server { home, setup: self, child: None, port: 0 };
        server.start();
        server
    }
}

/// A server without scripts.
pub fn plain() -> Server {
    Setup::default().start()
}

/// A server with one script.
pub fn with(source: &str) -> Server {
    Setup::default().script("test.rb", source).start()
}

pub struct Server {
    home: tempfile::TempDir,
    setup: Setup,
    child: Option<Child>,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Server {
    fn start(&mut self) {
        // Replicas know no other way than TCP.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.port = listener.local_addr().expect("a port").port();
        drop(listener);
        let log = fs::File::options().create(true).append(true).open(self.home.path().join("log"));
        let log = log.expect("a log file");
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--unixsocket", "socket", "--save", "", "--enable-module-command", "local"])
            .args(["--enable-debug-command", "local", "--busy-reply-threshold", "50"])
            .args(&self.setup.server)
            .arg("--loadmodule")
            .arg(module());
        if self.setup.with_dir {
            command.arg("dir").arg(self.dir());
        }
        command.args(&self.setup.module).current_dir(self.home.path());
        command.stdout(log.try_clone().expect("a log file")).stderr(log).stdin(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "redis-server can't be started: {error}. `apt-get install redis-server` brings it, \
                 and so does `cargo xtask setup databases`."
            )
        });
        self.child = Some(child);
        self.wait_until("the server answers", |server| {
            UnixStream::connect(server.home.path().join("socket")).is_ok()
                && server.ask(&["PING"]).text() == "+PONG"
        });
    }

    /// The directory of scripts.
    pub fn dir(&self) -> PathBuf {
        self.home.path().join("ruby")
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// A file of the server.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A new client.
    pub fn client(&self) -> Client {
        let stream = UnixStream::connect(self.home.path().join("socket"))
            .unwrap_or_else(|error| panic!("{error}; the server's log:\n{}", self.log()));
        Client { reader: BufReader::new(stream) }
    }

    /// One question of a new client.
    pub fn ask<T: AsRef<[u8]>>(&self, words: &[T]) -> Value {
        self.client().ask(words)
    }

    /// One question, spelt as on a command line; the answer as text.
    pub fn say(&self, line: &str) -> String {
        self.ask(&line.split(' ').collect::<Vec<_>>()).text()
    }

    /// What a piece of Ruby answers.
    pub fn eval(&self, source: &str) -> String {
        self.ask(&["RUBY.EVAL", source, "0"]).text()
    }

    /// Ends it by SIGTERM, as an administrator does, and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Ends it by SIGTERM.
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let kill = Command::new("kill").arg(child.id().to_string()).status();
        assert!(kill.is_ok_and(|status| status.success()), "SIGTERM was sent");
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{status}; the server's log:\n{}", self.log());
        drop(fs::remove_file(self.home.path().join("socket")));
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|end| end.is_none()))
    }

    /// Waits for something that takes a while, however loaded the machine is.
    pub fn wait_until(&mut self, what: &str, done: impl Fn(&Server) -> bool) {
        let start = Instant::now();
        loop {
            assert!(self.lives(), "the server has ended; its log:\n{}", self.log());
            if done(self) {
                return;
            }
            let late = start.elapsed() > Duration::from_secs(30);
            assert!(!late, "{what}: never; the server's log:\n{}", self.log());
            sleep(Duration::from_millis(5));
        }
    }
}

/// The library under test.
pub fn module() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let deps = test.parent().expect("in a directory");
    let found = [deps, deps.parent().unwrap_or_else(|| Path::new("."))]
        .map(|dir| dir.join("libhijinks_redis.so"))
        .into_iter()
        .find(|file| file.exists());
    found.expect("cargo builds libhijinks_redis.so beside the tests")
}

pub struct Client {
    reader: BufReader<UnixStream>,
}

impl Client {
    /// Sends a command.
    pub fn send<T: AsRef<[u8]>>(&mut self, words: &[T]) {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            let word = word.as_ref();
            bytes.extend(format!("${}\r\n", word.len()).bytes());
            bytes.extend(word);
            bytes.extend(b"\r\n");
        }
        self.reader.get_mut().write_all(&bytes).expect("the server reads");
    }

    /// Reads an answer.
    pub fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("the server answers");
        assert!(line.ends_with("\r\n"), "the server has closed the connection: {line:?}");
        let (kind, rest) = line.trim_end().split_at(1);
        let count = || rest.parse::<usize>().expect("a length");
        match kind {
            "+" => Value::Status(rest.into()),
            "-" => Value::Error(rest.into()),
            ":" => Value::Integer(rest.parse().expect("an integer")),
            "," => Value::Double(rest.into()),
            "(" => Value::BigNumber(rest.into()),
            "#" => Value::Boolean(rest == "t"),
            "_" => Value::Null,
            "$" | "*" if rest == "-1" => Value::Null,
            "$" => {
                let mut bytes = vec![0; count() + 2];
                self.reader.read_exact(&mut bytes).expect("as long as announced");
                bytes.truncate(bytes.len() - 2);
                Value::Bulk(bytes)
            }
            "*" => Value::Array((0..count()).map(|_| self.answer()).collect()),
            "~" => Value::Set((0..count()).map(|_| self.answer()).collect()),
            "%" => Value::Map((0..count()).map(|_| (self.answer(), self.answer())).collect()),
            _ => panic!("an unknown answer: {line:?}"),
        }
    }

    /// Sends a command and reads its answer.
    pub fn ask<T: AsRef<[u8]>>(&mut self, words: &[T]) -> Value {
        self.send(words);
        self.answer()
    }

    /// One question, spelt as on a command line; the answer as text.
    pub fn say(&mut self, line: &str) -> String {
        self.ask(&line.split(' ').collect::<Vec<_>>()).text()
    }

    /// What a piece of Ruby answers.
    pub fn eval(&mut self, source: &str) -> String {
        self.ask(&["RUBY.EVAL", source, "0"]).text()
    }
}
