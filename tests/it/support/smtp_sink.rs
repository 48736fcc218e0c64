//! A small mail server: takes mails, refuses recipients as told.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A mail that was taken.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub from: String,
    pub recipients: Vec<String>,
    pub data: String,
}

pub struct SmtpSink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl SmtpSink {
    /// Starts on a free port. A recipient whose local part is a reply code gets that reply.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let store = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let store = store.clone();
                tokio::spawn(async move {
                    // A client that hangs up ends its session.
                    let _ = session(stream, &store).await;
                });
            }
        });
        Self { port, taken }
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

async fn session(stream: TcpStream, store: &Mutex<Vec<Taken>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Taken::default();
    let mut line = String::new();
    say(&mut stream, "220 sink").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let answer = if command.starts_with("EHLO") {
            "250-sink\r\n250 8BITMIME".to_owned()
        } else if let Some(from) = command.strip_prefix("MAIL FROM:") {
            mail = Taken {
                from: bare(from),
                ..Taken::default()
            };
            "250 2.1.0 sender".to_owned()
        } else if let Some(to) = command.strip_prefix("RCPT TO:") {
            let to = bare(to);
            let code = to.split('@').next().unwrap_or_default().parse::<u16>();
            match code {
                Ok(code) => format!("{code} {}.1.1 as asked", code / 100),
                Err(_) => {
                    mail.recipients.push(to);
                    "250 2.1.5 recipient".to_owned()
                }
            }
        } else if command == "DATA" {
            say(&mut stream, "354 go on").await?;
            mail.data = data(&mut stream).await?;
            store.lock().unwrap().push(mail.clone());
            "250 2.0.0 taken".to_owned()
        } else if command == "QUIT" {
            return say(&mut stream, "221 bye").await;
        } else {
            "250 2.0.0 ok".to_owned()
        };
        say(&mut stream, &answer).await?;
    }
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> std::io::Result<()> {
    let answer = format!("{answer}\r\n");
    stream.get_mut().write_all(answer.as_bytes()).await
}

fn bare(address: &str) -> String {
    let address = address.split_whitespace().next().unwrap_or_default();
    address.trim_matches(['<', '>']).to_owned()
}
