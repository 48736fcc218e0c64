//! Somebody who is told by webhook: a real HTTP server that remembers what came and answers as told.
//! It checks signatures by itself, by the words of the standard.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode, Uri},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn event(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    pub fn signatures(&self) -> Vec<&str> {
        self.header("webhook-signature").split(' ').collect()
    }

    /// Whether one of the signatures is made with this secret: HMAC-SHA-256 over id, time and body,
    /// parted by full stops, in base64 behind `v1,`.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let head = format!("{}.{}.", self.id(), self.header("webhook-timestamp"));
        mac.update(head.as_bytes());
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signatures().contains(&expected.as_str())
    }
}

type Answer = Box<dyn Fn(&Received) -> Response<Body> + Send + Sync>;

/// A receiver on a port of its own.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    received: Mutex<Vec<Received>>,
    answer: Mutex<Arc<Answer>>,
}

/// An answer without a body.
pub fn status(code: u16) -> Response<Body> {
    with(code, &[], "")
}

pub fn with(code: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(code).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            answer: Mutex::new(Arc::new(Box::new(|_| status(204)))),
        });
        let routes = Router::new().fallback(receive).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            url: format!("http://{address}/hooks?key=in-the-address"),
            shared,
        }
    }

    pub fn answer(&self, answer: impl Fn(&Received) -> Response<Body> + Send + Sync + 'static) {
        *self.shared.answer.lock().unwrap() = Arc::new(Box::new(answer));
    }

    /// Answers as told once for each, then 204.
    pub fn answer_in_turn(&self, answers: Vec<(u16, Vec<(&'static str, String)>)>) {
        let left = Mutex::new(answers);
        self.answer(move |_| {
            let mut left = left.lock().unwrap();
            if left.is_empty() {
                return status(204);
            }
            let (code, headers) = left.remove(0);
            let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            with(code, &headers, "")
        });
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    pub fn events(&self) -> Vec<String> {
        self.received().iter().map(Received::event).collect()
    }

    pub fn forget(&self) {
        self.shared.received.lock().unwrap().clear();
    }

    /// The only request with this event.
    pub fn one(&self, event: &str) -> Received {
        let all = self.received();
        let mut found: Vec<_> = all.into_iter().filter(|it| it.event() == event).collect();
        assert_eq!(found.len(), 1, "{event}: {:?}", self.events());
        found.remove(0)
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let received = Received {
        path: uri.to_string(),
        headers,
        body: body.to_vec(),
    };
    let answer = shared.answer.lock().unwrap().clone();
    let response = answer(&received);
    shared.received.lock().unwrap().push(received);
    response
}
