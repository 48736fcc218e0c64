//! The part of SOQL that clients of the stand-in use, by its published rules.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::{
    org::{Org, Row, is_id},
    schema::Type,
};

/// An error as the query resource gives it: code and message.
pub type Refusal = (&'static str, String);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Is(String, String, Vec<Value>),
}

#[derive(Debug)]
pub struct Query {
    pub object: String,
    fields: Vec<String>,
    condition: Option<Condition>,
    order: Vec<(String, bool)>,
    limit: usize,
}

fn malformed(what: &str) -> Refusal {
    ("MALFORMED_QUERY", format!("unexpected token: {what}"))
}

fn tokens(soql: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut rest = soql.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter.is_whitespace() {
            continue;
        }
        if letter == '\'' {
            let mut text = String::new();
            loop {
                match rest.next() {
                    Some('\\') => match rest.next() {
                        // A pattern keeps the escape of its own signs.
                        Some(sign @ ('%' | '_')) => text.extend(['\\', sign]),
                        Some('n') => text.push('\n'),
                        Some(other) => text.push(other),
                        None => return Err(malformed("\\")),
                    },
                    Some('\'') => break,
                    Some(other) => text.push(other),
                    None => return Err(malformed("'")),
                }
            }
            found.push(Token::Text(text));
        } else if letter.is_alphanumeric() || letter == '_' {
            let mut word = letter.to_string();
            while let Some(next) = rest.next_if(|it| it.is_alphanumeric() || "_.:-".contains(*it)) {
                word.push(next);
            }
            found.push(Token::Word(word));
        } else {
            let mut sign = letter.to_string();
            if "<>!".contains(letter) {
                sign.extend(rest.next_if_eq(&'='));
            }
            found.push(Token::Sign(sign));
        }
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, Refusal> {
        let token = self.peek().cloned().ok_or_else(|| malformed("<EOF>"))?;
        self.at += 1;
        Ok(token)
    }

    fn takes(&mut self, word: &str) -> bool {
        let fits = match self.peek() {
            Some(Token::Word(it)) => it.eq_ignore_ascii_case(word),
            Some(Token::Sign(it)) => it == word,
            _ => false,
        };
        self.at += usize::from(fits);
        fits
    }

    fn word(&mut self) -> Result<String, Refusal> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => Err(malformed(&format!("{other:?}"))),
        }
    }

    fn needs(&mut self, word: &str) -> Result<(), Refusal> {
        if self.takes(word) {
            Ok(())
        } else {
            Err(malformed(&format!("{:?} instead of {word}", self.peek())))
        }
    }

    fn query(&mut self) -> Result<Query, Refusal> {
        self.needs("SELECT")?;
        let mut fields = vec![self.word()?];
        while self.takes(",") {
            fields.push(self.word()?);
        }
        self.needs("FROM")?;
        let object = self.word()?;
        let condition = if self.takes("WHERE") {
            Some(self.any()?)
        } else {
            None
        };
        let mut order = Vec::new();
        if self.takes("ORDER") {
            self.needs("BY")?;
            loop {
                let field = self.word()?;
                let is_down = self.takes("DESC");
                self.takes("ASC");
                order.push((field, is_down));
                if !self.takes(",") {
                    break;
                }
            }
        }
        let limit = if self.takes("LIMIT") {
            let text = self.word()?;
            text.parse().map_err(|_| malformed(&text))?
        } else {
            usize::MAX
        };
        match self.peek() {
            None => Ok(Query {
                object,
                fields,
                condition,
                order,
                limit,
            }),
            Some(token) => Err(malformed(&format!("{token:?}"))),
        }
    }

    fn any(&mut self) -> Result<Condition, Refusal> {
        let first = self.one()?;
        let (mut parts, mut word) = (vec![first], "");
        loop {
            let next = if self.takes("AND") {
                "AND"
            } else if self.takes("OR") {
                "OR"
            } else {
                break;
            };
            // Mixing the two without parentheses is an error in SOQL.
            if !word.is_empty() && word != next {
                return Err(malformed(next));
            }
            word = next;
            parts.push(self.one()?);
        }
        Ok(if word == "OR" {
            Condition::Any(parts)
        } else {
            Condition::All(parts)
        })
    }

    fn one(&mut self) -> Result<Condition, Refusal> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let inner = self.any()?;
            self.needs(")")?;
            return Ok(inner);
        }
        let field = self.word()?;
        let operator = match self.next()? {
            Token::Sign(sign) => sign,
            Token::Word(word) => word.to_uppercase(),
            Token::Text(text) => return Err(malformed(&text)),
        };
        let mut values = Vec::new();
        if operator == "IN" {
            self.needs("(")?;
            loop {
                values.push(self.value()?);
                if !self.takes(",") {
                    break;
                }
            }
            self.needs(")")?;
        } else {
            values.push(self.value()?);
        }
        match operator.as_str() {
            "=" | "!=" | "<" | ">" | "<=" | ">=" | "LIKE" | "IN" => {
                Ok(Condition::Is(field, operator, values))
            }
            other => Err(malformed(other)),
        }
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        Ok(match self.next()? {
            Token::Text(text) => Value::String(text),
            Token::Word(word) if word.eq_ignore_ascii_case("null") => Value::Null,
            Token::Word(word) if word.eq_ignore_ascii_case("true") => true.into(),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => false.into(),
            Token::Word(word) => match word.parse::<f64>() {
                Ok(number) => number.into(),
                // A bare time; its own kind, so that it never equals a text.
                Err(_) => json!({ "time": word }),
            },
            Token::Sign(sign) => return Err(malformed(&sign)),
        })
    }
}

pub fn parse(soql: &str) -> Result<Query, Refusal> {
    let tokens = tokens(soql)?;
    Parser { tokens, at: 0 }.query()
}

/// `A%b_` against a value, letters of any case.
fn is_like(value: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => value.is_empty(),
        Some(('%', rest)) => (0..=value.len()).any(|start| is_like(&value[start..], rest)),
        Some(('_', rest)) => !value.is_empty() && is_like(&value[1..], rest),
        Some(('\\', rest)) if !rest.is_empty() => {
            value.first() == rest.first() && is_like(&value[1..], &rest[1..])
        }
        Some((letter, rest)) => value.first() == Some(letter) && is_like(&value[1..], rest),
    }
}

fn time(value: &Value) -> Option<jiff::Timestamp> {
    let text = value.get("time").unwrap_or(value).as_str()?;
    text.replace("+0000", "Z").parse().ok()
}

fn compare(value: &Value, with: &Value) -> Option<Ordering> {
    match (value, with) {
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (a, b) if b.get("time").is_some() => Some(time(a)?.cmp(&time(b)?)),
        _ => None,
    }
}

impl Query {
    /// Whether every field is there and every literal fits.
    pub fn check(&self, org: &Org) -> Result<(), Refusal> {
        let Some(object) = org.object(&self.object) else {
            return Err((
                "INVALID_TYPE",
                format!(
                    "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name.",
                    self.object
                ),
            ));
        };
        let order = self.order.iter().map(|(field, _)| field);
        for path in self.fields.iter().chain(order) {
            let is_there = match path.split_once('.') {
                None => object.field(path).is_some(),
                Some((relation, _)) => object.relation(relation).is_some(),
            };
            if !is_there {
                return Err(no_column(path, object.name));
            }
        }
        match &self.condition {
            Some(condition) => self.check_condition(org, condition),
            None => Ok(()),
        }
    }

    fn check_condition(&self, org: &Org, condition: &Condition) -> Result<(), Refusal> {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts
                .iter()
                .try_for_each(|part| self.check_condition(org, part)),
            Condition::Not(part) => self.check_condition(org, part),
            Condition::Is(path, _, values) => {
                let object = org.object(&self.object).unwrap();
                let field = object
                    .field(path)
                    .ok_or_else(|| no_column(path, object.name))?;
                for value in values {
                    let fits = match (field.kind, value) {
                        (_, Value::Null) => true,
                        (Type::Id | Type::Reference(..), Value::String(id)) => {
                            if !is_id(id) {
                                return Err((
                                    "INVALID_QUERY_FILTER_OPERATOR",
                                    format!("invalid ID field: {id}"),
                                ));
                            }
                            true
                        }
                        (Type::Date | Type::DateTime, value) => value.get("time").is_some(),
                        (Type::Flag, value) => value.is_boolean(),
                        (Type::Number, value) => value.is_number(),
                        (_, value) => value.is_string(),
                    };
                    if !fits {
                        return Err((
                            "INVALID_FIELD",
                            format!(
                                "value of filter criterion for field '{path}' must be of another type"
                            ),
                        ));
                    }
                }
                Ok(())
            }
        }
    }

    fn holds(&self, org: &Org, row: &Row, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(org, row, part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(org, row, part)),
            Condition::Not(part) => !self.holds(org, row, part),
            Condition::Is(path, operator, values) => {
                let object = org.object(&self.object).unwrap();
                let field = object.field(path).unwrap();
                let value = row.get(field.name).unwrap_or(&Value::Null);
                let is_id_field = matches!(field.kind, Type::Id | Type::Reference(..));
                let equals = |with: &Value| match (value, with) {
                    (Value::Null, Value::Null) => true,
                    (Value::String(a), Value::String(b)) if is_id_field => {
                        a.get(..15) == b.get(..15)
                    }
                    // A unique External ID may tell capitals apart; ours does.
                    (Value::String(a), Value::String(b)) if field.is_key => a == b,
                    _ => compare(value, with) == Some(Ordering::Equal),
                };
                let first = &values[0];
                match operator.as_str() {
                    "=" | "IN" => values.iter().any(equals),
                    "!=" => !equals(first),
                    "LIKE" => {
                        let letters = |it: &Value| -> Vec<char> {
                            it.as_str()
                                .unwrap_or_default()
                                .to_lowercase()
                                .chars()
                                .collect()
                        };
                        !value.is_null() && is_like(&letters(value), &letters(first))
                    }
                    sign => {
                        let order = if is_id_field {
                            // Ids sort as bytes.
                            value.as_str().zip(first.as_str()).map(|(a, b)| a.cmp(b))
                        } else {
                            compare(value, first)
                        };
                        order.is_some_and(|order| match sign {
                            "<" => order.is_lt(),
                            ">" => order.is_gt(),
                            "<=" => order.is_le(),
                            _ => order.is_ge(),
                        })
                    }
                }
            }
        }
    }

    /// The rows, as the query resource prints them.
    pub fn run(&self, org: &Org, version: &str, with_deleted: bool) -> Vec<Value> {
        let object = org.object(&self.object).unwrap();
        let mut rows: Vec<&Row> = org
            .rows(object.name)
            .filter(|row| with_deleted || row["IsDeleted"] == false)
            .filter(|row| {
                self.condition
                    .as_ref()
                    .is_none_or(|it| self.holds(org, row, it))
            })
            .collect();
        rows.sort_by(|a, b| {
            for (field, is_down) in &self.order {
                let name = object.field(field).unwrap().name;
                let (a, b) = (&a[name], &b[name]);
                let order = match (time(a), time(b)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => a.as_str().cmp(&b.as_str()),
                };
                let order = if *is_down { order.reverse() } else { order };
                if order.is_ne() {
                    return order;
                }
            }
            Ordering::Equal
        });
        rows.truncate(self.limit);
        rows.into_iter()
            .map(|row| self.print(org, row, version))
            .collect()
    }

    fn print(&self, org: &Org, row: &Row, version: &str) -> Value {
        let object = org.object(&self.object).unwrap();
        let mut printed = Map::new();
        let id = row["Id"].as_str().unwrap();
        let url = format!("/services/data/v{version}/sobjects/{}/{id}", object.name);
        printed.insert(
            "attributes".into(),
            json!({"type": object.name, "url": url}),
        );
        for path in &self.fields {
            match path.split_once('.') {
                None => {
                    let name = object.field(path).unwrap().name;
                    printed.insert(name.into(), row.get(name).cloned().unwrap_or_default());
                }
                Some((relation, name)) => {
                    let field = object.relation(relation).unwrap();
                    let other = row
                        .get(field.name)
                        .and_then(Value::as_str)
                        .and_then(|id| org.find(id));
                    let Some((kind, other)) = other else {
                        printed.insert(relation.into(), Value::Null);
                        continue;
                    };
                    let whole = printed
                        .entry(relation)
                        .or_insert_with(|| json!({"attributes": {"type": kind}}));
                    whole[name] = other.get(name).cloned().unwrap_or_default();
                }
            }
        }
        printed.into()
    }
}

fn no_column(path: &str, object: &str) -> Refusal {
    (
        "INVALID_FIELD",
        format!(
            "\nSELECT {path} FROM {object}\n       ^\nERROR at Row:1:Column:8\nNo such column '{path}' on entity '{object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
        ),
    )
}
