//! The document is well formed, is the router, and is shown to people.

use std::collections::BTreeSet;

use serde_json::Value;
use vestibule::api;

use crate::support::{TestDb, portal::Portal};

/// Every `$ref` leads somewhere, and every component is used.
#[test]
fn references_lead_somewhere() {
    let document = api::document("https://portal.example");
    let mut named = BTreeSet::new();
    collect(&document, &mut named);
    let components = document["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> = components
        .keys()
        .map(|name| format!("#/components/schemas/{name}"))
        .collect();
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), [""; 0]);
}

fn collect(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "$ref" => {
                        named.insert(text.to_owned());
                    }
                    _ => collect(value, named),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, named)),
        _ => {}
    }
}

/// Parameters in braces are described, scopes are those of the flow, names are unique.
#[test]
fn operations_are_described() {
    let document = api::document("https://portal.example");
    let flow = &document["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"];
    let scopes = flow["scopes"].as_object().unwrap();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let braces: BTreeSet<&str> = path
            .split('{')
            .skip(1)
            .map(|part| part.split('}').next().unwrap())
            .collect();
        for (_, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().unwrap();
            let of_path = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path");
            let of_path: BTreeSet<&str> = of_path
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(of_path, braces, "{path}");
            assert!(ids.insert(operation["operationId"].to_string()), "{path}");
            for security in operation["security"].as_array().unwrap() {
                let needed = security["client"][0].as_str().unwrap();
                assert!(scopes.contains_key(needed), "{path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_and_shown_in_both_languages() {
    let test = TestDb::sqlite().await;
    let portal = Portal::start(&test).await;
    let browser = portal.browser();
    let served = browser.get("/api/v1/openapi.json").await.expect(200);
    let served: Value = serde_json::from_str(&served.body).unwrap();
    let origin = portal.url.origin().ascii_serialization();
    assert_eq!(served, api::document(&origin));
    for (language, title) in [("en", "API reference"), ("de", "API-Referenz")] {
        let page = portal
            .browser()
            .speaking(language)
            .get("/api/v1/reference")
            .await
            .expect(200);
        assert_eq!(page.h1(), title);
        for operation in api::operations() {
            assert!(page.text().contains(operation.path), "{}", operation.path);
        }
        let elsewhere: Vec<_> = page
            .links()
            .into_iter()
            .filter(|(href, _)| href.contains("//"))
            .collect();
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
    }
}
