//! Odoo's search domains: terms and, in front of their parts, `&`, `|` and `!`.

use serde_json::{Map, Value};

pub type Row = Map<String, Value>;

/// Whether a record fits a domain. `field` gives a stored value for comparing.
pub fn fits(
    domain: &[Value],
    field: &dyn Fn(&str) -> Result<Value, String>,
) -> Result<bool, String> {
    let mut stack: Vec<bool> = Vec::new();
    for part in domain.iter().rev() {
        match part.as_str() {
            Some(operator @ ("&" | "|")) => {
                let (a, b) = (stack.pop(), stack.pop());
                let (Some(a), Some(b)) = (a, b) else {
                    return Err(format!("Domain: {operator} without its parts"));
                };
                stack.push(if operator == "&" { a && b } else { a || b });
            }
            Some("!") => {
                let last = stack.pop().ok_or("Domain: ! without its part")?;
                stack.push(!last);
            }
            Some(other) => return Err(format!("Domain: {other}")),
            None => {
                let term = part.as_array().ok_or("Domain: not a term")?;
                let [name, operator, value] = term.as_slice() else {
                    return Err("Domain: a term has three parts".to_owned());
                };
                let stored = field(name.as_str().unwrap_or_default())?;
                stack.push(term_fits(
                    &stored,
                    operator.as_str().unwrap_or_default(),
                    value,
                )?);
            }
        }
    }
    Ok(stack.into_iter().all(|one| one))
}

fn term_fits(stored: &Value, operator: &str, value: &Value) -> Result<bool, String> {
    let is_empty = stored == &Value::Bool(false) || stored.is_null();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(match operator {
        "=" if value == &Value::Bool(false) => is_empty,
        "!=" if value == &Value::Bool(false) => !is_empty,
        "=" => stored == value,
        "!=" => stored != value,
        "in" => value.as_array().ok_or("in needs a list")?.contains(stored),
        "<" | "<=" | ">" | ">=" if !is_empty => {
            let order = match (stored.as_i64(), value.as_i64()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => text(stored).cmp(&text(value)),
            };
            match operator {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }
        }
        "<" | "<=" | ">" | ">=" => false,
        "=ilike" => like(
            &text(stored).unwrap_or_default().to_lowercase(),
            &text(value).unwrap_or_default().to_lowercase(),
        ),
        other => return Err(format!("Invalid operator {other}")),
    })
}

/// SQL's LIKE with `%` and `_`.
fn like(text: &str, pattern: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .any(|at| like(&text[at..], rest))
        }
        Some(letter) => text.chars().next().is_some_and(|first| {
            (letter == '_' || letter == first) && like(&text[first.len_utf8()..], letters.as_str())
        }),
    }
}
