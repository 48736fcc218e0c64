//! A browser for tests: keeps cookies as real ones do, follows redirects when told, fills forms.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use reqwest::{
    Method, StatusCode, Url,
    header::{HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

use super::html::{self, Form};

/// Redirects followed at most.
const HOPS: usize = 20;

/// A browser with its own cookies. Clones of requests may run at once.
pub struct Browser {
    client: reqwest::Client,
    /// Where relative addresses start.
    home: Url,
    /// Addresses that are really somewhere else: public origin, listener.
    resolves: Vec<(String, SocketAddr)>,
    /// By name alone: cookies know no ports, and all hosts here are one machine.
    cookies: Mutex<BTreeMap<String, String>>,
    /// Every `Set-Cookie` ever received.
    received: Mutex<Vec<String>>,
    language: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// Where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get(LOCATION)?.to_str().ok()?;
        Some(self.url.join(location).unwrap())
    }

    /// Path and query of where a redirect leads.
    pub fn path_of_location(&self) -> String {
        let location = self.location().unwrap();
        match location.query() {
            Some(query) => format!("{}?{query}", location.path()),
            None => location.path().to_owned(),
        }
    }

    /// Path and query of this page.
    pub fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The first form whose action contains `part`; one that ends in it comes before the others.
    pub fn form(&self, part: &str) -> Form {
        let mut fitting = html::forms(&self.body);
        fitting.retain(|form| form.action.contains(part));
        fitting.sort_by_key(|form| (form.action != part, !form.action.ends_with(part)));
        let first = fitting.into_iter().next();
        first.unwrap_or_else(|| panic!("no form to {part} on {}: {}", self.url, self.text()))
    }

    /// The first form with a field of this name.
    pub fn form_with(&self, field: &str) -> Form {
        let forms = html::forms(&self.body);
        let found = forms
            .into_iter()
            .find(|form| form.field(field).is_some() || form.choices.contains_key(field));
        found.unwrap_or_else(|| panic!("no form with {field} on {}: {}", self.url, self.text()))
    }

    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.body)
    }

    /// Links: address and words.
    pub fn links(&self) -> Vec<(String, String)> {
        html::links(&self.body)
    }

    /// The address of the link whose words contain `words`.
    pub fn link(&self, words: &str) -> String {
        let found = self
            .links()
            .into_iter()
            .find(|(_, said)| said.contains(words));
        found
            .unwrap_or_else(|| panic!("no link {words} on {}: {}", self.url, self.text()))
            .0
    }

    /// The words of the page.
    pub fn text(&self) -> String {
        html::text(&self.body)
    }

    pub fn h1(&self) -> String {
        html::element_text(&self.body, "h1").unwrap_or_default()
    }

    pub fn title(&self) -> String {
        html::element_text(&self.body, "title").unwrap_or_default()
    }

    /// Fails unless the status is this one, showing the page.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.url,
            self.text()
        );
        self
    }
}

impl Browser {
    pub fn new(home: &Url, resolves: Vec<(String, SocketAddr)>) -> Self {
        Self {
            client: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .unwrap(),
            home: home.clone(),
            resolves,
            cookies: Mutex::default(),
            received: Mutex::default(),
            language: "en".to_owned(),
        }
    }

    /// The same browser of somebody who reads another language.
    pub fn speaking(mut self, language: &str) -> Self {
        self.language = language.to_owned();
        self
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar().clone()
    }

    /// Plants a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    pub fn forget_cookie(&self, name: &str) {
        self.jar().remove(name);
    }

    /// Every `Set-Cookie` line ever received.
    pub fn received_cookies(&self) -> Vec<String> {
        self.received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an address without following where it sends.
    pub async fn get(&self, address: &str) -> Page {
        self.send(Method::GET, address, None, &[]).await
    }

    pub async fn head(&self, address: &str) -> Page {
        self.send(Method::HEAD, address, None, &[]).await
    }

    /// Posts fields as a page of the same origin would.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let body = encode(fields.iter().map(|(name, value)| (*name, *value)));
        self.send(Method::POST, address, Some(body), &[]).await
    }

    /// Presses a form's button.
    pub async fn submit(&self, page: &Page, form: &Form) -> Page {
        let action = page.url.join(&form.action).unwrap();
        let fields = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let encoded = encode(fields);
        if form.method == "post" {
            self.send(Method::POST, action.as_str(), Some(encoded), &[])
                .await
        } else {
            let mut action = action;
            action.set_query(Some(&encoded));
            self.get(action.as_str()).await
        }
    }

    /// Goes where a page sends, as far as it goes.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..HOPS {
            let Some(next) = page.location().filter(|_| page.status.is_redirection()) else {
                return page;
            };
            page = self.get(next.as_str()).await;
        }
        panic!("redirected for ever at {}", page.url);
    }

    /// Opens an address and goes where it sends.
    pub async fn open(&self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Submits and goes where it sends.
    pub async fn press(&self, page: &Page, form: &Form) -> Page {
        let answer = self.submit(page, form).await;
        self.follow(answer).await
    }

    /// One request, with more headers that stand in for the browser's own of the same name.
    pub async fn send(
        &self,
        method: Method,
        address: &str,
        body: Option<String>,
        more: &[(&str, &str)],
    ) -> Page {
        let url = self.home.join(address).unwrap();
        let mut target = url.clone();
        let real = self
            .resolves
            .iter()
            .find(|(origin, _)| *origin == url.origin().ascii_serialization());
        if let Some((_, address)) = real {
            target.set_scheme("http").unwrap();
            target.set_ip_host(address.ip()).unwrap();
            target.set_port(Some(address.port())).unwrap();
        }
        let mut headers = vec![
            ("accept-language".to_owned(), self.language.clone()),
            ("user-agent".to_owned(), AGENT.to_owned()),
            ("cookie".to_owned(), self.cookie_line()),
        ];
        if let Some(real) = real.map(|_| url.authority()) {
            headers.push(("host".to_owned(), real.to_owned()));
        }
        if method == Method::POST {
            headers.push(("sec-fetch-site".to_owned(), "same-origin".to_owned()));
            headers.push(("origin".to_owned(), url.origin().ascii_serialization()));
            headers.push((
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ));
        }
        for (name, value) in more {
            headers.retain(|(known, _)| known != name);
            headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        let mut request = self.client.request(method, target);
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let answer = request.body(body.unwrap_or_default()).send().await.unwrap();
        self.keep_cookies(answer.headers());
        Page {
            url,
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    }

    fn cookie_line(&self) -> String {
        let jar = self.jar();
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Keeps or forgets what the answer says. Lives are not kept: what is over must be refused by
    /// the portal, not by a kind browser.
    fn keep_cookies(&self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let is_over = attributes.to_ascii_lowercase().contains("max-age=0") || value.is_empty();
            if is_over {
                self.forget_cookie(name);
            } else {
                self.set_cookie(name, value);
            }
            self.received
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line.to_owned());
        }
    }
}

/// What the browser calls itself.
pub const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn encode<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
