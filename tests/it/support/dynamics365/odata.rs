//! The part of OData filters that clients of the stand-in use.

use serde_json::Value;

use super::env::{Env, Refused, Row, Table, Type, shown};

#[derive(Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Is(String, String, Value),
    In(String, Vec<Value>),
    Contains(String, String),
}

fn wrong(what: &str) -> Refused {
    Refused(
        400,
        "0x80060888",
        format!("Syntax error in the filter at '{what}'."),
    )
}

fn tokens(text: &str) -> Result<Vec<String>, Refused> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter.is_whitespace() {
            continue;
        }
        let mut token = letter.to_string();
        if letter == '\'' {
            loop {
                match rest.next() {
                    Some('\'') if rest.next_if_eq(&'\'').is_some() => token.push('\''),
                    Some('\'') => break,
                    Some(other) => token.push(other),
                    None => return Err(wrong("'")),
                }
            }
        } else if !"()[],=".contains(letter) {
            while let Some(next) =
                rest.next_if(|it| !it.is_whitespace() && !"()[],='".contains(*it))
            {
                token.push(next);
            }
        }
        found.push(token);
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Result<String, Refused> {
        let token = self
            .tokens
            .get(self.at)
            .cloned()
            .ok_or_else(|| wrong("end"))?;
        self.at += 1;
        Ok(token)
    }

    fn takes(&mut self, word: &str) -> bool {
        let fits = self.tokens.get(self.at).is_some_and(|it| it == word);
        self.at += usize::from(fits);
        fits
    }

    fn needs(&mut self, word: &str) -> Result<(), Refused> {
        if self.takes(word) {
            Ok(())
        } else {
            Err(wrong(word))
        }
    }

    fn any(&mut self) -> Result<Filter, Refused> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, Refused> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(Filter::All(parts))
    }

    fn one(&mut self) -> Result<Filter, Refused> {
        if self.takes("(") {
            let inner = self.any()?;
            self.needs(")")?;
            return Ok(inner);
        }
        let name = self.next()?;
        match name.as_str() {
            "Microsoft.Dynamics.CRM.In" => {
                for word in ["(", "PropertyName", "="] {
                    self.needs(word)?;
                }
                let column = text(&self.next()?)?;
                for word in [",", "PropertyValues", "=", "["] {
                    self.needs(word)?;
                }
                let mut values = Vec::new();
                loop {
                    values.push(Value::String(text(&self.next()?)?));
                    if !self.takes(",") {
                        break;
                    }
                }
                self.needs("]")?;
                self.needs(")")?;
                Ok(Filter::In(column, values))
            }
            "contains" => {
                self.needs("(")?;
                let column = self.next()?;
                self.needs(",")?;
                let value = text(&self.next()?)?;
                self.needs(")")?;
                Ok(Filter::Contains(column, value))
            }
            _ => {
                let operator = self.next()?;
                let literal = self.next()?;
                if !["eq", "ne", "gt", "ge", "lt", "le"].contains(&operator.as_str()) {
                    return Err(wrong(&operator));
                }
                let value = match literal.as_str() {
                    "null" => Value::Null,
                    "true" => true.into(),
                    "false" => false.into(),
                    _ => match (text(&literal), literal.parse::<i64>()) {
                        (Ok(text), _) => text.into(),
                        (_, Ok(number)) => number.into(),
                        _ => literal.into(),
                    },
                };
                Ok(Filter::Is(name, operator, value))
            }
        }
    }
}

fn text(token: &str) -> Result<String, Refused> {
    token
        .strip_prefix('\'')
        .map(str::to_owned)
        .ok_or_else(|| wrong(token))
}

pub fn parse(filter: &str) -> Result<Filter, Refused> {
    let mut parser = Parser {
        tokens: tokens(filter)?,
        at: 0,
    };
    let whole = parser.any()?;
    if parser.at == parser.tokens.len() {
        Ok(whole)
    } else {
        Err(wrong(&parser.tokens[parser.at]))
    }
}

pub fn no_column(table: &Table, name: &str) -> Refused {
    Refused(
        400,
        "0x80060888",
        format!(
            "Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{}'.",
            table.logical
        ),
    )
}

/// `%` in a text stands for anything.
fn is_like(value: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => true,
        Some(('%', rest)) => (0..=value.len()).any(|start| is_like(&value[start..], rest)),
        Some((letter, rest)) => value.first() == Some(letter) && is_like(&value[1..], rest),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    }
}

impl Filter {
    pub fn check(&self, table: &Table) -> Result<(), Refused> {
        let column = |name: &str| table.column(name).ok_or_else(|| no_column(table, name));
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().try_for_each(|it| it.check(table)),
            Self::Is(name, _, value) => {
                let (_, kind) = column(name)?;
                let is_guid = matches!(kind, Type::Lookup(_)) || name == table.id;
                if is_guid && value.as_str().is_some_and(|it| !super::env::is_guid(it)) {
                    return Err(wrong("guid"));
                }
                Ok(())
            }
            Self::In(name, values) => {
                let (_, kind) = column(name)?;
                let is_guid = matches!(kind, Type::Lookup(_)) || name == table.id;
                if is_guid
                    && values
                        .iter()
                        .any(|it| !super::env::is_guid(it.as_str().unwrap_or_default()))
                {
                    return Err(wrong("guid"));
                }
                Ok(())
            }
            Self::Contains(name, _) => column(name).map(drop),
        }
    }

    pub fn holds(&self, table: &Table, row: &Row) -> bool {
        let value = |name: &str| {
            let (column, kind) = table.column(name).unwrap();
            row.get(&shown(column, kind)).cloned().unwrap_or_default()
        };
        match self {
            Self::All(parts) => parts.iter().all(|it| it.holds(table, row)),
            Self::Any(parts) => parts.iter().any(|it| it.holds(table, row)),
            Self::In(name, values) => values.iter().any(|it| same(it, &value(name))),
            Self::Contains(name, pattern) => {
                let letters = |text: &str| -> Vec<char> { text.to_lowercase().chars().collect() };
                let (value, pattern) = (value(name), letters(&format!("%{pattern}")));
                value
                    .as_str()
                    .is_some_and(|value| is_like(&letters(value), &pattern))
            }
            Self::Is(name, operator, wanted) => {
                let value = value(name);
                match operator.as_str() {
                    "eq" => same(&value, wanted),
                    "ne" => !same(&value, wanted),
                    sign => {
                        let order = match (value.as_i64(), wanted.as_i64()) {
                            (Some(a), Some(b)) => a.cmp(&b),
                            _ => value.as_str().cmp(&wanted.as_str()),
                        };
                        match sign {
                            "gt" => order.is_gt(),
                            "ge" => order.is_ge(),
                            "lt" => order.is_lt(),
                            _ => order.is_le(),
                        }
                    }
                }
            }
        }
    }
}

/// Rows of a table that fit.
pub fn select<'e>(
    env: &'e Env,
    table: &'e Table,
    filter: Option<&str>,
) -> Result<Vec<&'e Row>, Refused> {
    let filter = filter.map(parse).transpose()?;
    if let Some(filter) = &filter {
        filter.check(table)?;
    }
    Ok(env
        .rows(table.set)
        .filter(|row| filter.as_ref().is_none_or(|it| it.holds(table, row)))
        .collect())
}
