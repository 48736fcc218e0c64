//! The Web API below its version: one call, and several as a batch.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Inner, Must,
    env::{APP_USER, Refused, Row, Table, shown},
    odata,
};

/// A call, alone or within a batch.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub method: String,
    /// With the query.
    pub url: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "Content-Type".into(),
                "application/json; odata.metadata=minimal".into(),
            )],
            body: body.to_string(),
        }
    }
}

impl From<Refused> for Answer {
    fn from(Refused(status, code, message): Refused) -> Self {
        Self::json(
            status,
            &json!({"error": {"code": code, "message": message}}),
        )
    }
}

const CALLS: usize = 1_000;

pub(super) fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn not_found(what: &str) -> Refused {
    Refused(
        404,
        "0x8006088a",
        format!("Resource not found for the segment '{what}'."),
    )
}

impl Inner {
    pub fn dispatch(&mut self, call: &Call) -> Answer {
        self.route(call).unwrap_or_else(Answer::from)
    }

    fn route(&mut self, call: &Call) -> Result<Answer, Refused> {
        let url = call.url.strip_prefix(&self.url).unwrap_or(&call.url);
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let below = path
            .strip_prefix("/api/data/v9.2/")
            .ok_or_else(|| not_found(path))?;
        let below = decode(below);
        let options: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|it| it.split_once('='))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        self.tags.extend(options.get("tag").cloned());
        match (call.method.as_str(), below.as_str()) {
            ("GET", "WhoAmI" | "WhoAmI()") => Ok(Answer::json(
                200,
                &json!({"UserId": APP_USER, "BusinessUnitId": APP_USER, "OrganizationId": APP_USER}),
            )),
            ("GET", _) if below.starts_with("EntityDefinitions") => self.metadata(&below, &options),
            ("GET", _)
                if below.starts_with("systemusers(")
                    && below.contains("RetrieveUserPrivilegeByPrivilegeName") =>
            {
                let name = below.split('\'').nth(1).unwrap_or_default();
                let all = if self.env.lacks.contains(name) {
                    json!([])
                } else {
                    json!([{"PrivilegeName": name}])
                };
                Ok(Answer::json(200, &json!({"RolePrivileges": all})))
            }
            ("GET", _) if below.contains('(') => self.read_one(&below, &options),
            ("GET", _) => self.read(call, &below, &options),
            ("POST", "$batch") => Ok(self.batch(call)),
            ("POST", _) => {
                let id = uuid::Uuid::from_u128(0x7000 + u128::try_from(self.env.saved).unwrap());
                self.patch(call, &format!("{below}({id})"), &options)
            }
            ("PATCH", _) => self.patch(call, &below, &options),
            ("DELETE", _) => {
                let (set, id, _) = self.env.locate(&below)?;
                let is_there = id.is_some_and(|id| self.env.delete(set, &id));
                if is_there {
                    Ok(Answer {
                        status: 204,
                        ..Answer::default()
                    })
                } else {
                    Err(Refused(404, "0x80040217", "Does Not Exist".into()))
                }
            }
            _ => Err(not_found(&below)),
        }
    }

    fn metadata(&self, below: &str, options: &BTreeMap<String, String>) -> Result<Answer, Refused> {
        let logical = |table: &Table| json!({"LogicalName": table.logical, "EntitySetName": table.set, "PrimaryIdAttribute": table.id, "ChangeTrackingEnabled": table.tracks_changes});
        let Some(rest) = below.strip_prefix("EntityDefinitions(LogicalName='") else {
            let filter = options.get("$filter").cloned().unwrap_or_default();
            let wanted = filter.split('\'').nth(1).unwrap_or_default();
            let all = self
                .env
                .tables
                .iter()
                .filter(|it| wanted.is_empty() || it.set == wanted || it.logical == wanted);
            return Ok(Answer::json(
                200,
                &json!({"value": all.map(logical).collect::<Vec<_>>()}),
            ));
        };
        let (name, rest) = rest.split_once("')").ok_or_else(|| not_found(below))?;
        let table = self
            .env
            .tables
            .iter()
            .find(|it| it.logical == name)
            .ok_or_else(|| not_found(name))?;
        Ok(match rest {
            "/Attributes" => {
                let mut all = vec![
                    json!({"LogicalName": table.id, "IsValidForCreate": true, "IsValidForUpdate": false}),
                ];
                all.extend(table.columns.iter().map(|(name, _)| json!({"LogicalName": name, "IsValidForCreate": true, "IsValidForUpdate": *name != "modifiedon"})));
                Answer::json(200, &json!({"value": all}))
            }
            "/Keys" => {
                let keys: Vec<Value> = table.keys.iter().map(|(name, state)| json!({"KeyAttributes": [name], "EntityKeyIndexStatus": state})).collect();
                Answer::json(200, &json!({"value": keys}))
            }
            _ => Answer::json(200, &logical(table)),
        })
    }

    fn print(table: &Table, row: &Row, columns: &[String]) -> Value {
        let mut printed = Map::new();
        printed.insert(
            "@odata.etag".into(),
            format!("W/\"{}\"", row["versionnumber"]).into(),
        );
        printed.insert(table.id.into(), row[table.id].clone());
        for name in columns {
            let (column, kind) = table.column(name).unwrap();
            let name = shown(column, kind);
            printed.insert(name.clone(), row.get(&name).cloned().unwrap_or_default());
        }
        printed.into()
    }

    fn columns(table: &Table, options: &BTreeMap<String, String>) -> Result<Vec<String>, Refused> {
        let Some(select) = options.get("$select") else {
            return Ok(table
                .columns
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect());
        };
        let names: Vec<String> = select.split(',').map(|it| it.trim().to_owned()).collect();
        match names.iter().find(|name| table.column(name).is_none()) {
            Some(name) => Err(odata::no_column(table, name)),
            None => Ok(names),
        }
    }

    fn read_one(
        &self,
        address: &str,
        options: &BTreeMap<String, String>,
    ) -> Result<Answer, Refused> {
        let (set, id, _) = self.env.locate(address)?;
        let table = self.env.table(set).unwrap();
        let columns = Self::columns(table, options)?;
        let row = id.and_then(|id| self.env.row(set, &id));
        let row = row.ok_or_else(|| {
            Refused(
                404,
                "0x80040217",
                format!("{} Does Not Exist", table.logical),
            )
        })?;
        Ok(Answer::json(200, &Self::print(table, row, &columns)))
    }

    fn read(
        &mut self,
        call: &Call,
        set: &str,
        options: &BTreeMap<String, String>,
    ) -> Result<Answer, Refused> {
        let table = self.env.table(set).ok_or_else(|| not_found(set))?.clone();
        let prefer = call.headers.get("prefer").cloned().unwrap_or_default();
        let size = prefer
            .split(',')
            .find_map(|it| it.trim().strip_prefix("odata.maxpagesize="))
            .and_then(|it| it.parse().ok())
            .unwrap_or(5_000);
        let select = options.get("$select").cloned().unwrap_or_default();
        let token = options.get("$deltatoken").or(options.get("$skiptoken"));
        if prefer.contains("odata.track-changes") || options.contains_key("$deltatoken") {
            return self.tracked(&table, options, size, token.cloned(), &select);
        }
        let columns = Self::columns(&table, options)?;
        let mut rows = odata::select(
            &self.env,
            &table,
            options.get("$filter").map(String::as_str),
        )?;
        if let Some((name, way)) = options.get("$orderby").and_then(|it| it.split_once(' ')) {
            let (column, kind) = table
                .column(name)
                .ok_or_else(|| odata::no_column(&table, name))?;
            let name = shown(column, kind);
            rows.sort_by_key(|row| row[&name].as_str().map(str::to_owned));
            if way == "desc" {
                rows.reverse();
            }
        }
        let start: usize = token.and_then(|it| it.parse().ok()).unwrap_or(0);
        let top = options
            .get("$top")
            .and_then(|it| it.parse().ok())
            .unwrap_or(usize::MAX);
        let page: Vec<Value> = rows
            .iter()
            .skip(start)
            .take(size.min(top))
            .map(|row| Self::print(&table, row, &columns))
            .collect();
        let mut body = json!({"@odata.context": format!("{}/api/data/v9.2/$metadata#{set}", self.url), "value": page});
        if rows.len() > start + size && top == usize::MAX {
            let filter = options
                .get("$filter")
                .map(|it| format!("&$filter={}", encode(it)))
                .unwrap_or_default();
            body["@odata.nextLink"] = format!(
                "{}/api/data/v9.2/{set}?$select={select}{filter}&$skiptoken={}",
                self.url,
                start + size
            )
            .into();
        }
        Ok(Answer::json(200, &body))
    }

    /// Change tracking: all rows in pages, then a link to what changes later.
    fn tracked(
        &mut self,
        table: &Table,
        options: &BTreeMap<String, String>,
        size: usize,
        token: Option<String>,
        select: &str,
    ) -> Result<Answer, Refused> {
        if ["$filter", "$orderby", "$expand", "$top"]
            .iter()
            .any(|it| options.contains_key(*it))
        {
            return Err(Refused(
                400,
                "0x80060888",
                "The query options are not supported with track changes.".into(),
            ));
        }
        if !table.tracks_changes {
            return Err(Refused(
                400,
                "0x80048d1a",
                format!(
                    "Change tracking is not enabled for entity {}.",
                    table.logical
                ),
            ));
        }
        if token.is_some() && self.forgets_tokens {
            self.forgets_tokens = false;
            return Err(Refused(
                400,
                "0x80044352",
                "The token has expired. Full sync is needed.".into(),
            ));
        }
        let columns = Self::columns(table, options)?;
        let token = token.unwrap_or_else(|| "0".into());
        let (from, to) = match token.split_once('.') {
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (
                token
                    .parse()
                    .map_err(|_| Refused(400, "0x80060888", "Malformed token".into()))?,
                self.env.settled_version(),
            ),
        };
        let is_first = from == 0 || options.contains_key("$skiptoken");
        let mut all = self.env.changed(table.set, from, to);
        // A first look does not speak of what is gone.
        if is_first {
            all.retain(|(_, row)| row.get("reason").is_none());
        }
        let rest = all.split_off(all.len().min(size));
        let last = all.last().map_or(from, |(version, _)| *version);
        let page: Vec<Value> = all
            .iter()
            .map(|(_, row)| match row {
                Value::Object(row) if row.contains_key("reason") => json!({"@odata.context": format!("{}/api/data/v9.2/$metadata#{}/$deletedEntity", self.url, table.set), "id": row["id"], "reason": "deleted"}),
                Value::Object(row) => Self::print(table, row, &columns),
                _ => unreachable!(),
            })
            .collect();
        let link = format!("{}/api/data/v9.2/{}?$select={select}", self.url, table.set);
        let mut body = json!({"value": page});
        if rest.is_empty() {
            body["@odata.deltaLink"] = format!("{link}&$deltatoken={to}").into();
        } else {
            body["@odata.nextLink"] = format!("{link}&$skiptoken={last}.{to}").into();
        }
        Ok(Answer::json(200, &body))
    }

    fn patch(
        &mut self,
        call: &Call,
        address: &str,
        options: &BTreeMap<String, String>,
    ) -> Result<Answer, Refused> {
        let header = |name: &str| call.headers.get(name).map(String::as_str);
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&call.body) else {
            return Err(Refused(
                400,
                "0x80048d19",
                "Error identified in Payload: not JSON".into(),
            ));
        };
        let caller = match header("callerobjectid") {
            None => APP_USER.to_owned(),
            Some(entra) => {
                let user = self.env.rows("systemusers").find(|row| {
                    row["azureactivedirectoryobjectid"] == entra && row["isdisabled"] == false
                });
                let may = !self.env.lacks.contains("prvActOnBehalfOfAnotherUser")
                    && !self.may_not.contains(entra);
                match user.filter(|_| may) {
                    Some(user) => user["systemuserid"].as_str().unwrap().to_owned(),
                    None => {
                        return Err(Refused(
                            403,
                            "0x80040220",
                            "Principal user is missing prvActOnBehalfOfAnotherUser privilege"
                                .into(),
                        ));
                    }
                }
            }
        };
        let must = Must {
            match_tag: header("if-match").map(str::to_owned),
            be_new: header("if-none-match") == Some("*"),
        };
        let (id, is_new) = self.env.save(address, &body, &must, &caller)?;
        let (set, _, key) = self.env.locate(address)?;
        let table = self.env.table(set).unwrap().clone();
        if header("prefer").is_some_and(|it| it.contains("return=representation")) {
            let columns = Self::columns(&table, options)?;
            let row = self.env.row(set, &id).unwrap();
            return Ok(Answer::json(
                if is_new { 201 } else { 200 },
                &Self::print(&table, row, &columns),
            ));
        }
        let entity = match key {
            // The key, as it was asked for, and not the id.
            Some((name, value)) => format!("{}/api/data/v9.2/{set}({name}='{value}')", self.url),
            None => format!("{}/api/data/v9.2/{set}({id})", self.url),
        };
        Ok(Answer {
            status: 204,
            headers: vec![
                ("OData-EntityId".into(), entity),
                ("OData-Version".into(), "4.0".into()),
            ],
            body: String::new(),
        })
    }

    fn batch(&mut self, call: &Call) -> Answer {
        let kind = call
            .headers
            .get("content-type")
            .cloned()
            .unwrap_or_default();
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let goes_on = call
            .headers
            .get("prefer")
            .is_some_and(|it| it.contains("odata.continue-on-error"));
        let Some(parts) = parts(&kind, &body) else {
            return Refused(
                400,
                "0x80048d19",
                "The multipart boundary is missing.".into(),
            )
            .into();
        };
        let mut answer = String::new();
        let mut count = 0;
        for (kind, content) in parts {
            let is_set = kind.starts_with("multipart/mixed");
            let calls: Vec<Call> = if is_set {
                let Some(inner) = self::parts(&kind, &content) else {
                    return Refused(400, "0x80048d19", "A change set cannot be read.".into())
                        .into();
                };
                inner
                    .iter()
                    .map(|(_, content)| read_call(content))
                    .collect()
            } else {
                vec![read_call(&content)]
            };
            count += calls.len();
            if count > CALLS || (is_set && calls.iter().any(|it| it.method == "GET")) {
                return Refused(
                    400,
                    "0x80048d19",
                    "Too many calls, or a read in a change set.".into(),
                )
                .into();
            }
            self.env.begin();
            let mut answers = Vec::new();
            for call in &calls {
                let one = self.dispatch(call);
                let is_refused = one.status >= 400;
                answers.push(one);
                if is_refused {
                    break;
                }
            }
            let refused = answers.iter().find(|it| it.status >= 400).cloned();
            if let Some(refused) = &refused {
                if is_set {
                    self.env.take_back();
                }
                if !goes_on {
                    return refused.clone();
                }
            }
            answer.push_str("--batchresponse_1\r\n");
            match refused {
                // Of a change set that fails there is one answer.
                Some(refused) => answer.push_str(&print(&refused, None)),
                None if is_set => {
                    answer.push_str(
                        "Content-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n",
                    );
                    for (place, one) in answers.iter().enumerate() {
                        answer.push_str("--changesetresponse_1\r\n");
                        answer.push_str(&print(one, Some(place + 1)));
                    }
                    answer.push_str("--changesetresponse_1--\r\n");
                }
                None => answer.push_str(&print(&answers[0], None)),
            }
        }
        answer.push_str("--batchresponse_1--\r\n");
        Answer {
            status: 200,
            headers: vec![(
                "Content-Type".into(),
                "multipart/mixed; boundary=batchresponse_1".into(),
            )],
            body: answer,
        }
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

fn print(answer: &Answer, content_id: Option<usize>) -> String {
    let id = content_id
        .map(|id| format!("Content-ID: {id}\r\n"))
        .unwrap_or_default();
    let headers: String = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!(
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{id}\r\nHTTP/1.1 {} x\r\n{headers}\r\n{}\r\n",
        answer.status, answer.body
    )
}

/// The parts of a multipart body: content type and content.
fn parts(kind: &str, body: &str) -> Option<Vec<(String, String)>> {
    let boundary = kind
        .split_once("boundary=")?
        .1
        .split(';')
        .next()?
        .trim()
        .trim_matches('"');
    let line = format!("--{boundary}");
    let mut found = Vec::new();
    for part in body.split(&line).skip(1) {
        if part.starts_with("--") {
            return Some(found);
        }
        let (headers, content) = part.trim_start().split_once("\r\n\r\n")?;
        let kind = headers.lines().find_map(|it| {
            it.split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        });
        found.push((kind?.1.trim().to_owned(), content.to_owned()));
    }
    None
}

fn read_call(content: &str) -> Call {
    let (head, body) = content.split_once("\r\n\r\n").unwrap_or((content, ""));
    let mut lines = head.trim_start().lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, url) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let headers = lines
        .filter_map(|it| it.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
    Call {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers.collect(),
        body: body.trim().as_bytes().to_vec(),
    }
}
