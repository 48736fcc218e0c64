//! `$batch`: several calls as one, as multipart/mixed; those of a change set all or none.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::crm::port::CrmError;

/// No line of JSON as we write it begins with this.
pub(super) const BOUNDARY: &str = "batch_vestibule";
const SET_BOUNDARY: &str = "changeset_vestibule";

/// One call of a batch.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// Below the host.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

/// What stands in a batch: a read of its own, or writes that happen together.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Read(Operation),
    Set(Vec<Operation>),
}

/// What became of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) status: u16,
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

impl Outcome {
    pub(super) fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The body of a batch.
pub(super) fn write(items: &[Item]) -> String {
    let mut text = String::new();
    let mut content_id = 0;
    for (place, item) in items.iter().enumerate() {
        text.push_str(&format!("--{BOUNDARY}\r\n"));
        match item {
            Item::Read(operation) => write_operation(operation, None, &mut text),
            Item::Set(operations) => {
                let boundary = format!("{SET_BOUNDARY}{place}");
                text.push_str(&format!(
                    "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"
                ));
                for operation in operations {
                    content_id += 1;
                    text.push_str(&format!("--{boundary}\r\n"));
                    write_operation(operation, Some(content_id), &mut text);
                }
                text.push_str(&format!("--{boundary}--\r\n"));
            }
        }
    }
    text.push_str(&format!("--{BOUNDARY}--\r\n"));
    text
}

fn write_operation(operation: &Operation, content_id: Option<usize>, text: &mut String) {
    text.push_str("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = content_id {
        text.push_str(&format!("Content-ID: {id}\r\n"));
    }
    text.push_str(&format!(
        "\r\n{} {} HTTP/1.1\r\nAccept: application/json\r\n",
        operation.method, operation.path
    ));
    for (name, value) in &operation.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    match &operation.body {
        Some(body) => text.push_str(&format!(
            "Content-Type: application/json; type=entry\r\n\r\n{body}\r\n"
        )),
        None => text.push_str("\r\n\r\n"),
    }
}

/// The outcomes of each item, in order: of a change set one for each call, or the one error for all.
///
/// # Errors
/// When the answer is not one of a batch.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Vec<Vec<Outcome>>, CrmError> {
    let text = String::from_utf8_lossy(body);
    let wrong = || CrmError::Protocol("the answer to a batch cannot be read".to_owned());
    let boundary = boundary_of(content_type).ok_or_else(wrong)?;
    let mut items = Vec::new();
    for part in parts(&text, &boundary) {
        let (headers, content) = split_headers(part);
        let kind = headers.get("content-type").map_or("", String::as_str);
        items.push(if kind.starts_with("multipart/mixed") {
            let inner = boundary_of(kind).ok_or_else(wrong)?;
            let outcomes = parts(content, &inner)
                .into_iter()
                .map(|part| read_outcome(split_headers(part).1));
            outcomes.collect::<Option<_>>().ok_or_else(wrong)?
        } else {
            vec![read_outcome(content).ok_or_else(wrong)?]
        });
    }
    Ok(items)
}

fn boundary_of(content_type: &str) -> Option<String> {
    let (_, rest) = content_type.split_once("boundary=")?;
    let boundary = rest.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

fn parts<'a>(text: &'a str, boundary: &str) -> Vec<&'a str> {
    let line = format!("--{boundary}");
    let mut found = Vec::new();
    for part in text.split(line.as_str()).skip(1) {
        if part.starts_with("--") {
            break;
        }
        found.push(part.trim_start_matches(['\r', '\n']));
    }
    found
}

/// Headers by their names in lower case, and what follows the empty line.
fn split_headers(part: &str) -> (BTreeMap<String, String>, &str) {
    let mut headers = BTreeMap::new();
    let mut rest = part;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    (headers, rest)
}

fn read_outcome(content: &str) -> Option<Outcome> {
    let (line, rest) = content.trim_start().split_once('\n')?;
    let status = line.split_whitespace().nth(1)?.parse().ok()?;
    let (headers, body) = split_headers(rest);
    Some(Outcome {
        status,
        headers,
        body: serde_json::from_str(body.trim()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_is_written_as_the_web_api_wants_it() {
        let write_one = Operation {
            method: "PATCH",
            path: "/api/data/v9.2/contacts(k='u-1')".to_owned(),
            headers: vec![("If-None-Match", "*".to_owned())],
            body: Some(json!({"lastname": "a\r\n--batch_vestibule"})),
        };
        let read_one = Operation {
            method: "GET",
            path: "/api/data/v9.2/contacts".to_owned(),
            headers: Vec::new(),
            body: None,
        };
        let text = write(&[
            Item::Read(read_one),
            Item::Set(vec![write_one.clone(), write_one]),
        ]);
        assert!(text.starts_with("--batch_vestibule\r\nContent-Type: application/http\r\n"));
        assert!(text.ends_with("--changeset_vestibule1--\r\n--batch_vestibule--\r\n"));
        assert_eq!(text.matches("\r\n--batch_vestibule").count(), 2, "{text}");
        assert!(text.contains("Content-ID: 1\r\n") && text.contains("Content-ID: 2\r\n"));
        assert!(text.contains(
            "\r\n\r\nGET /api/data/v9.2/contacts HTTP/1.1\r\nAccept: application/json\r\n\r\n"
        ));
    }

    #[test]
    fn an_answer_is_read_in_order() {
        let body = "--batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nOData-Version: 4.0\r\n\r\n{\"value\":[]}\r\n\
            --batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n\
            --changesetresponse_2\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 204 No Content\r\nOData-EntityId: https://x\r\n\r\n\r\n\
            --changesetresponse_2\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{\"contactid\":\"c\"}\r\n\
            --changesetresponse_2--\r\n\
            --batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{\"error\":{\"code\":\"0x80060882\"}}\r\n\
            --batchresponse_1--\r\n";
        let items = read("multipart/mixed; boundary=batchresponse_1", body.as_bytes()).unwrap();
        let statuses: Vec<Vec<u16>> = items
            .iter()
            .map(|it| it.iter().map(|it| it.status).collect())
            .collect();
        assert_eq!(statuses, [vec![200], vec![204, 201], vec![412]]);
        assert_eq!(items[1][0].headers["odata-entityid"], "https://x");
        assert_eq!(items[1][1].body["contactid"], "c");
        for bad in ["multipart/mixed", "text/html; boundary="] {
            assert!(read(bad, body.as_bytes()).is_err());
        }
        assert!(read("x; boundary=y", b"--y\r\n\r\nnonsense\r\n--y--").is_err());
        assert_eq!(
            read("x; boundary=y", b"").unwrap(),
            Vec::<Vec<Outcome>>::new()
        );
    }
}
