//! The REST resources below a version: status and body for each call.

use serde_json::{Map, Value, json};

use super::{
    Inner,
    org::{Row, Wrong},
    soql,
};

/// A call, whether it came alone or within a composite one.
pub struct Call<'a> {
    pub method: &'a str,
    /// With the query.
    pub url: &'a str,
    pub body: Value,
    /// `Sforce-Duplicate-Rule-Header: allowSave=true`.
    pub allow_save: bool,
}

type Answer = (u16, Value);

const RECORDS: usize = 200;
const LONGEST_ADDRESS: usize = 16_384;

fn error(status: u16, code: &str, message: impl Into<String>) -> Answer {
    (
        status,
        json!([{"errorCode": code, "message": message.into()}]),
    )
}

fn of_wrong(Wrong(code, message, fields): Wrong) -> Answer {
    let status = match code {
        "INVALID_CROSS_REFERENCE_KEY" | "ENTITY_IS_DELETED" => 404,
        "INSUFFICIENT_ACCESS_OR_READONLY" => 403,
        _ => 400,
    };
    (
        status,
        json!([{"errorCode": code, "message": message, "fields": fields}]),
    )
}

fn decode(text: &str) -> String {
    let pair = format!("x={text}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn decode_segment(text: &str) -> String {
    decode(&text.replace('+', "%2B"))
}

impl Inner {
    pub fn dispatch(&mut self, call: &Call<'_>) -> Answer {
        if call.url.len() > LONGEST_ADDRESS {
            return error(414, "URI_TOO_LONG", "URI Too Long");
        }
        let (path, query) = call.url.split_once('?').unwrap_or((call.url, ""));
        let Some(rest) = path.strip_prefix("/services/data/v") else {
            return error(404, "NOT_FOUND", "The requested resource does not exist");
        };
        let (version, below) = rest.split_once('/').unwrap_or((rest, ""));
        match version
            .strip_suffix(".0")
            .and_then(|it| it.parse::<u32>().ok())
        {
            Some(31..=67) => {}
            Some(7..=30) => {
                return error(
                    410,
                    "UNSUPPORTED_API_VERSION",
                    "This API version is retired",
                );
            }
            _ => return error(404, "NOT_FOUND", "The requested resource does not exist"),
        }
        let version = version.to_owned();
        let segments: Vec<String> = below
            .split('/')
            .filter(|it| !it.is_empty())
            .map(decode_segment)
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let parameter = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        match (call.method, segments.as_slice()) {
            ("GET", ["query" | "queryAll"]) => match parameter("q") {
                Some(q) => self.query(&q, &version, segments[0] == "queryAll"),
                None => error(400, "MALFORMED_QUERY", "no query"),
            },
            ("GET", ["query" | "queryAll", locator]) => self.more(locator, &version),
            ("GET", ["limits"]) => {
                let left = self.allowed - self.used.min(self.allowed);
                (
                    200,
                    json!({"DailyApiRequests": {"Max": self.allowed, "Remaining": left}}),
                )
            }
            ("GET", ["sobjects"]) => {
                let all: Vec<Value> = self
                    .org
                    .objects()
                    .iter()
                    .map(|it| json!({"name": it.name, "keyPrefix": it.prefix}))
                    .collect();
                (
                    200,
                    json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": all}),
                )
            }
            ("GET", ["sobjects", object, "describe"]) => match self.org.object(object) {
                Some(object) => (200, object.describe()),
                None => error(404, "NOT_FOUND", "The requested resource does not exist"),
            },
            ("POST", ["composite"]) => self.composite(&call.body),
            (_, ["composite", "sobjects", rest @ ..]) => {
                self.collection(call, rest, parameter("ids"))
            }
            (_, ["sobjects", object, rest @ ..]) if self.org.object(object).is_some() => {
                let object = self.org.object(object).unwrap().name;
                self.single(
                    call,
                    object,
                    rest,
                    parameter("updateOnly").is_some_and(|it| it == "true"),
                )
            }
            _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
        }
    }

    fn query(&mut self, q: &str, version: &str, with_deleted: bool) -> Answer {
        let parsed = soql::parse(q).and_then(|query| query.check(&self.org).map(|()| query));
        let rows = match parsed {
            Ok(query) => query.run(&self.org, version, with_deleted),
            Err((code, message)) => return error(400, code, message),
        };
        let total = rows.len();
        self.page(rows, total, version)
    }

    fn page(&mut self, mut rows: Vec<Value>, total: usize, version: &str) -> Answer {
        let rest = rows.split_off(rows.len().min(self.page_size));
        let mut body = json!({"totalSize": total, "done": rest.is_empty(), "records": rows});
        if !rest.is_empty() {
            let locator = format!("01gK{:010}-{}", self.locators.len(), total - rest.len());
            body["nextRecordsUrl"] = format!("/services/data/v{version}/query/{locator}").into();
            self.locators.insert(locator, (rest, total));
        }
        (200, body)
    }

    fn more(&mut self, locator: &str, version: &str) -> Answer {
        match self.locators.get(locator).cloned() {
            Some((rows, total)) => self.page(rows, total, version),
            None => error(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
        }
    }

    fn composite(&mut self, body: &Value) -> Answer {
        let Some(parts) = body["compositeRequest"].as_array() else {
            return error(400, "JSON_PARSER_ERROR", "compositeRequest is missing");
        };
        let is_large = |part: &&Value| {
            let url = part["url"].as_str().unwrap_or_default();
            url.contains("/composite/sobjects") || url.contains("/query")
        };
        if parts.len() > 25 || parts.iter().filter(is_large).count() > 5 {
            return error(
                400,
                "LIMIT_EXCEEDED",
                "The limit of 25 operations, or of 5 query and collection operations, is exceeded",
            );
        }
        let mut answers: Vec<Value> = Vec::new();
        for part in parts {
            let reference = part["referenceId"].as_str().unwrap_or_default();
            let (url, body) = match resolve(part, &answers) {
                Ok(resolved) => resolved,
                Err(message) => {
                    let body = json!([{"errorCode": "PROCESSING_HALTED", "message": message}]);
                    answers.push(json!({"referenceId": reference, "httpStatusCode": 400, "httpHeaders": {}, "body": body}));
                    continue;
                }
            };
            let headers = part["httpHeaders"].as_object().cloned().unwrap_or_default();
            let is_rule = |(name, value): (&String, &Value)| {
                name.eq_ignore_ascii_case("Sforce-Duplicate-Rule-Header")
                    && value
                        .as_str()
                        .is_some_and(|it| it.contains("allowSave=true"))
            };
            let call = Call {
                method: part["method"].as_str().unwrap_or_default(),
                url: &url,
                body,
                allow_save: headers.iter().any(is_rule),
            };
            let (status, body) = self.dispatch(&call);
            answers.push(json!({"referenceId": reference, "httpStatusCode": status, "httpHeaders": {}, "body": body}));
        }
        (200, json!({"compositeResponse": answers}))
    }

    fn collection(&mut self, call: &Call<'_>, rest: &[&str], ids: Option<String>) -> Answer {
        if call.method == "DELETE" {
            let ids = ids.unwrap_or_default();
            let results = ids
                .split(',')
                .map(|id| json!({"id": id, "success": self.org.delete(id), "errors": []}));
            return (200, results.collect());
        }
        let Some(records) = call.body["records"].as_array() else {
            return error(400, "JSON_PARSER_ERROR", "records is missing");
        };
        if records.len() > RECORDS {
            return error(
                400,
                "EXCEEDED_ID_LIMIT",
                "record limit reached. cannot submit more than 200 records into this call",
            );
        }
        let mut rows: Vec<Row> = Vec::new();
        for record in records {
            let Value::Object(row) = record else {
                return error(400, "JSON_PARSER_ERROR", "not a record");
            };
            let object = row
                .get("attributes")
                .and_then(|it| it["type"].as_str())
                .unwrap_or_default();
            if let Err(problem) = self.org.readable(object, row) {
                return error(400, "JSON_PARSER_ERROR", problem.0);
            }
            rows.push(row.clone());
        }
        let key_of = |row: &Row| {
            let name = if let [_, field] = rest { *field } else { "Id" };
            row.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let keys: Vec<String> = rows.iter().map(key_of).collect();
        let mut results = Vec::new();
        for (row, key) in rows.iter().zip(&keys) {
            let object = row
                .get("attributes")
                .and_then(|it| it["type"].as_str())
                .unwrap_or_default()
                .to_owned();
            let is_twice = !key.is_empty() && keys.iter().filter(|it| *it == key).count() > 1;
            let saved = match rest {
                _ if is_twice => Err(Wrong(
                    "DUPLICATE_VALUE",
                    format!("Duplicate external id specified: {key}"),
                    vec![],
                )),
                [stated, field] if stated.eq_ignore_ascii_case(&object) => {
                    self.upsert(&object, field, key, row, call.allow_save)
                }
                [] if call.method == "POST" => self
                    .org
                    .save(&object, None, row, call.allow_save)
                    .map(|id| (id, true)),
                [] => self
                    .org
                    .save(&object, Some(key), row, call.allow_save)
                    .map(|id| (id, false)),
                _ => Err(Wrong(
                    "INVALID_TYPE",
                    "the records are of another type".into(),
                    vec![],
                )),
            };
            results.push(match saved {
                Ok((id, created)) if rest.len() == 2 => json!({"id": id, "success": true, "created": created, "errors": []}),
                Ok((id, _)) => json!({"id": id, "success": true, "errors": []}),
                Err(Wrong(code, message, fields)) => json!({"success": false, "errors": [{"statusCode": code, "message": message, "fields": fields}]}),
            });
        }
        (200, results.into())
    }

    /// Creates or changes by an external id.
    fn upsert(
        &mut self,
        object: &str,
        field: &str,
        key: &str,
        row: &Row,
        allow_save: bool,
    ) -> Result<(String, bool), Wrong> {
        let is_key = self
            .org
            .object(object)
            .and_then(|it| it.field(field))
            .is_some_and(|it| it.is_key);
        if !is_key {
            return Err(Wrong(
                "INVALID_FIELD",
                format!(
                    "Field name provided, {field} does not match an External ID, Salesforce Id, or indexed field for {object}"
                ),
                vec![],
            ));
        }
        if key.is_empty() {
            return Err(Wrong(
                "MISSING_ARGUMENT",
                format!("{field} not specified"),
                vec![],
            ));
        }
        match self.org.by_key(object, field, key).as_slice() {
            [] => self
                .org
                .save(object, None, row, allow_save)
                .map(|id| (id, true)),
            [one] => self
                .org
                .save(object, Some(one), row, allow_save)
                .map(|id| (id, false)),
            _ => Err(Wrong(
                "DUPLICATE_EXTERNAL_ID",
                format!("{field}: more than one record found for external id field"),
                vec![],
            )),
        }
    }

    fn single(
        &mut self,
        call: &Call<'_>,
        object: &'static str,
        rest: &[&str],
        update_only: bool,
    ) -> Answer {
        let Value::Object(mut row) = (if call.body.is_null() {
            json!({})
        } else {
            call.body.clone()
        }) else {
            return error(400, "JSON_PARSER_ERROR", "not a record");
        };
        if let Err(problem) = self.org.readable(object, &row) {
            return error(400, "JSON_PARSER_ERROR", problem.0);
        }
        match (call.method, rest) {
            ("POST", []) => match self.org.save(object, None, &row, call.allow_save) {
                Ok(id) => (201, json!({"id": id, "success": true, "errors": []})),
                Err(wrong) => of_wrong(wrong),
            },
            ("GET", [id]) => match self.org.find(id) {
                Some((kind, row)) if kind == object && row["IsDeleted"] == false => {
                    let mut body = row.clone();
                    body.insert("attributes".into(), json!({"type": object}));
                    (200, body.into())
                }
                _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
            },
            ("GET", [field, key]) => match &*self.org.by_key(object, field, key) {
                [id] => self.single(call, object, &[id.as_str()], update_only),
                [] => error(404, "NOT_FOUND", "The requested resource does not exist"),
                several => several_records(object, several),
            },
            ("PATCH", [id]) => match self.org.save(object, Some(id), &row, call.allow_save) {
                Ok(_) => (204, Value::Null),
                Err(wrong) => of_wrong(wrong),
            },
            ("DELETE", [id]) if self.org.delete(id) => (204, Value::Null),
            ("PATCH", [field, key]) => {
                let found = self.org.by_key(object, field, key);
                if found.len() > 1 {
                    return several_records(object, &found);
                }
                if found.is_empty() && update_only {
                    return error(404, "NOT_FOUND", "The requested resource does not exist");
                }
                row.insert((*field).to_owned(), (*key).into());
                match self.upsert(object, field, key, &row, call.allow_save) {
                    Ok((id, created)) => (
                        if created { 201 } else { 200 },
                        json!({"id": id, "success": true, "created": created, "errors": []}),
                    ),
                    Err(wrong) => of_wrong(wrong),
                }
            }
            _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
        }
    }
}

/// An external id that several records have.
fn several_records(object: &str, found: &[String]) -> Answer {
    let urls = found
        .iter()
        .map(|id| format!("/services/data/v66.0/sobjects/{object}/{id}"));
    (300, json!(urls.collect::<Vec<_>>()))
}

/// Puts earlier answers in where a part refers to them: `@{reference.id}`.
fn resolve(part: &Value, answers: &[Value]) -> Result<(String, Value), String> {
    let mut text = json!({"url": part["url"], "body": part["body"]}).to_string();
    while let Some(start) = text.find("@{") {
        let end = text[start..].find('}').ok_or("unclosed reference")? + start;
        let name = text[start + 2..end].to_owned();
        let (reference, path) = name.split_once('.').ok_or("reference without a field")?;
        let answer = answers.iter().find(|it| it["referenceId"] == reference);
        let value = answer.and_then(|it| it["body"][path].as_str());
        let value = value.ok_or_else(|| {
            format!("Invalid reference specified. No value for {name} found in {reference}")
        })?;
        text.replace_range(start..=end, value);
    }
    let mut whole: Map<String, Value> = serde_json::from_str(&text).unwrap();
    let url = whole["url"].as_str().unwrap_or_default().to_owned();
    Ok((url, whole.remove("body").unwrap_or_default()))
}
