//! What clients may take: requests at once, connections, time for the head of a request.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::web::listener::{self, Limits};

use crate::support::{Portal, each_engine};

async fn connect(portal: &Portal) -> TcpStream {
    let port = portal.url.port().unwrap();
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_on_top_is_told_to_come_again_and_health_answers() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |settings| {
            settings.security.concurrent_requests = 1;
        })
        .await;
        let host = portal.url.authority().to_owned();
        // A request whose body comes slowly is worked on all the while.
        let mut slow = connect(&portal).await;
        let head = format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nema"
        );
        slow.write_all(head.as_bytes()).await.unwrap();
        let mut answer = None;
        for _ in 0..200 {
            let tried = reqwest_get(&portal, "/sign-in").await;
            if tried.status() == 503 {
                answer = Some(tried);
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let answer = answer.expect("the second request is refused while the first is worked on");
        assert!(answer.headers().contains_key("retry-after"));
        assert_eq!(reqwest_get(&portal, "/healthz").await.status(), 200);
        slow.write_all(b"il=").await.unwrap();
        let mut whole = String::new();
        slow.read_to_string(&mut whole).await.unwrap();
        assert!(!whole.starts_with("HTTP/1.1 503"), "{whole}");
        assert_ne!(reqwest_get(&portal, "/sign-in").await.status(), 503);
    })
    .await;
}

async fn reqwest_get(portal: &Portal, path: &str) -> reqwest::Response {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = portal.url.join(path).unwrap();
    client.get(url).send().await.unwrap()
}

/// A listener with `limits` that answers everything.
async fn listening(limits: Limits) -> (SocketAddr, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let stopped = stop.clone();
    tokio::spawn(async move {
        let routes = Router::new().route("/", get(|| async { "here" }));
        listener::serve(listener, routes, limits, stopped, &TaskTracker::new()).await;
    });
    (address, stop)
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let mut limits = Limits::new(10);
    limits.head = Duration::from_millis(200);
    let (address, _stop) = listening(limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "the connection stays open");
    assert!(!String::from_utf8_lossy(&rest).contains("here"));
}

#[tokio::test]
async fn one_connection_too_many_waits_for_its_turn() {
    let (address, _stop) = listening(Limits::new(1)).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    let ask = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut buffer = [0; 1_024];
    first.write_all(ask).await.unwrap();
    assert!(first.read(&mut buffer).await.unwrap() > 0);
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(ask).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.read(&mut buffer)).await;
    assert!(early.is_err(), "two are served at once");
    drop(first);
    assert!(second.read(&mut buffer).await.unwrap() > 0);
}

#[tokio::test]
async fn a_stop_lets_what_is_under_way_finish() {
    let (address, stop) = listening(Limits::new(10)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n")
        .await
        .unwrap();
    stop.cancel();
    stream.write_all(b"\r\n").await.unwrap();
    let mut buffer = [0; 1_024];
    // Whether it was read before the stop or not: an answer or an orderly end, never a hang.
    let answer = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer)).await;
    assert!(answer.is_ok());
    for _ in 0..200 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("new connections are still accepted");
}
