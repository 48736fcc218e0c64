//! The load: clients that keep their connection, one request after another each.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    seed::{Seeded, id_text},
    server::Server,
};

/// One kind of request.
pub(crate) struct Load {
    pub(crate) name: &'static str,
    /// Makes the text of request number N; `None` when there are no more.
    make: Arc<dyn Fn(usize) -> Option<String> + Send + Sync>,
    /// Statuses that count as right.
    expected: &'static [u16],
}

/// What came of it.
pub(crate) struct Measured {
    pub(crate) answers: usize,
    pub(crate) wrong: usize,
    pub(crate) per_second: f64,
    micros: Vec<u32>,
}

impl Measured {
    /// Milliseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let index = (last as f64 * percent / 100.0).round() as usize;
        self.micros
            .get(index)
            .map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }
}

impl Load {
    pub(crate) fn get(name: &'static str, path: &str, cookie: &str) -> Self {
        let path = if path == "/assets-favicon" {
            vestibule::web::assets::url("favicon.svg")
        } else {
            path
        };
        let text = get(path, cookie);
        Self {
            name,
            make: Arc::new(move |_| Some(text.clone())),
            expected: &[200],
        }
    }

    /// About another person each time.
    pub(crate) fn decision(name: &'static str, seeded: &Seeded, people: u64) -> Self {
        Self::question(name, "/access/v1/evaluation", seeded, move |number| {
            let person = id_text("per", somebody(number, people));
            format!(
                r#"{{"subject":{{"type":"person","id":"{person}"}},"action":{{"name":"use"}},"resource":{{"type":"service","id":"shop"}}}}"#
            )
        })
    }

    /// What a provider asks while somebody signs in there, another person each time.
    pub(crate) fn claims(name: &'static str, seeded: &Seeded, people: u64) -> Self {
        let path = "/api/v1/identity/claims?source=bench";
        Self::question(name, path, seeded, move |number| {
            format!(r#"{{"subject":"s{}"}}"#, somebody(number, people))
        })
    }

    /// A program's question with a body.
    fn question(
        name: &'static str,
        path: &'static str,
        seeded: &Seeded,
        body: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        let token = seeded.token.clone();
        let make = move |number: usize| {
            let body = body(number);
            Some(format!(
                "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ))
        };
        Self {
            name,
            make: Arc::new(make),
            expected: &[200],
        }
    }

    pub(crate) fn create_invitation(name: &'static str, seeded: &Seeded) -> Self {
        let (path, cookie) = (seeded.invite_path.clone(), seeded.admin_cookie.clone());
        let make = move |number: usize| {
            let body =
                format!("people=guest{number}%40bench.example&roles=orders&language=en&step=send");
            Some(post(&path, &cookie, &body))
        };
        Self {
            name,
            make: Arc::new(make),
            expected: &[303],
        }
    }

    pub(crate) fn accept_invitation(name: &'static str, seeded: &Seeded) -> Self {
        let cookies = seeded.invitee_cookies.clone();
        let make = move |number: usize| Some(post("/invitation/accept", cookies.get(number)?, ""));
        Self {
            name,
            make: Arc::new(make),
            expected: &[303],
        }
    }
}

/// A step that shares no factor with a power of ten meets everybody.
fn somebody(number: usize, people: u64) -> u64 {
    1 + (number as u64 * 7_919) % people
}

fn get(path: &str, cookie: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n")
}

fn post(path: &str, cookie: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// One page, which must be there.
pub(crate) async fn once(port: u16, path: &str, cookie: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = get(path, cookie);
    stream.write_all(request.as_bytes()).await.unwrap();
    let status = answer(&mut stream, &mut vec![0; 256 * 1024]).await;
    assert_eq!(status, 200, "{path}");
}

/// Runs the load for `length` after a short warm-up that does not count.
pub(crate) async fn run(
    server: &Server,
    load: &Load,
    clients: usize,
    length: Duration,
) -> Measured {
    let number = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut running = Vec::new();
    for _ in 0..clients {
        let (make, number, expected, port) = (
            load.make.clone(),
            number.clone(),
            load.expected,
            server.port,
        );
        running.push(tokio::spawn(async move {
            client(port, &*make, &number, expected, started + length).await
        }));
    }
    let (mut micros, mut wrong) = (Vec::new(), 0);
    for client in running {
        let (of_client, wrong_of_client) = client.await.unwrap();
        micros.extend(of_client);
        wrong += wrong_of_client;
    }
    micros.sort_unstable();
    let seconds = started.elapsed().as_secs_f64();
    Measured {
        answers: micros.len(),
        wrong,
        per_second: micros.len() as f64 / seconds,
        micros,
    }
}

async fn client(
    port: u16,
    make: &(dyn Fn(usize) -> Option<String> + Send + Sync),
    number: &AtomicUsize,
    expected: &[u16],
    until: Instant,
) -> (Vec<u32>, usize) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut micros, mut wrong, mut buffer) = (Vec::new(), 0, vec![0; 256 * 1024]);
    while Instant::now() < until {
        let Some(request) = make(number.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let status = answer(&mut stream, &mut buffer).await;
        micros.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        wrong += usize::from(!expected.contains(&status));
    }
    (micros, wrong)
}

/// Reads one answer with a `Content-Length`; returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> u16 {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.unwrap();
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let Some(end) = buffer[..filled]
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
        else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |text| text.trim().parse().unwrap());
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let mut missing = (end + 4 + length).saturating_sub(filled);
        while missing > 0 {
            let take = missing.min(buffer.len());
            stream.read_exact(&mut buffer[..take]).await.unwrap();
            missing -= take;
        }
        return status;
    }
}
