//! What records refer to, read for a whole page at once: users, companies, products.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Odoo,
    calls::Search,
    fields::PARTNER,
    records::Known,
    values::{self, Row},
};
use crate::crm::port::CrmError;

/// Lines of one page's orders at most.
const LINES: usize = 5_000;

impl Odoo {
    /// The addresses of the users that records belong to.
    pub(super) async fn owners(&self, rows: &[Row], path: &str) -> Result<Known, CrmError> {
        let Some(field) = self.names.of(path) else {
            return Ok(Known::default());
        };
        let users = self
            .named("res.users", all(rows, field), &["login", "email"])
            .await?;
        let address = |row: &Row| {
            let login = values::text(row, Some("login"));
            if login.contains('@') {
                login
            } else {
                values::text(row, Some("email"))
            }
        };
        let users = by_id(&users)
            .iter()
            .map(|(id, row)| (*id, address(row)))
            .collect();
        Ok(Known {
            users,
            ..Known::default()
        })
    }

    /// The companies that contracts belong to, and what they contain.
    pub(super) async fn of_contracts(&self, rows: &[Row]) -> Result<Known, CrmError> {
        let mut known = Known::default();
        if let Some(field) = self.names.of("contract.account_id") {
            let partners = all(rows, field);
            let partners = self
                .named(PARTNER, partners, &["commercial_partner_id"])
                .await?;
            let company = |row: &Row| {
                let id = values::id(row, "id")?;
                Some((id, values::id(row, "commercial_partner_id").unwrap_or(id)))
            };
            known.companies = partners.iter().filter_map(company).collect();
        }
        if self.names.has_order_lines() {
            known.products = self.products(rows).await?;
        }
        Ok(known)
    }

    /// Codes, or else names, of the products in orders.
    async fn products(&self, rows: &[Row]) -> Result<BTreeMap<i64, Vec<String>>, CrmError> {
        let orders = all(rows, "id");
        if orders.is_empty() {
            return Ok(BTreeMap::new());
        }
        let lines = Search {
            domain: vec![
                json!(["order_id", "in", orders]),
                json!(["product_id", "!=", false]),
            ],
            fields: &["order_id", "product_id"],
            limit: LINES,
            order: "id",
        };
        let lines = self.calls.search_read("sale.order.line", lines).await?;
        let products = all(&lines, "product_id");
        let products = self
            .named("product.product", products, &["default_code", "name"])
            .await?;
        let products = by_id(&products);
        let mut of_orders: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for line in &lines {
            let (order, product) = (values::id(line, "order_id"), values::id(line, "product_id"));
            let (Some(order), Some(product)) = (order, product.and_then(|id| products.get(&id)))
            else {
                continue;
            };
            let code = values::text(product, Some("default_code"));
            let word = if code.is_empty() {
                values::text(product, Some("name"))
            } else {
                code
            };
            of_orders.entry(order).or_default().push(word);
        }
        Ok(of_orders)
    }

    /// Records of a model by their ids; no call for none.
    pub(super) async fn named(
        &self,
        model: &str,
        ids: BTreeSet<i64>,
        fields: &[&str],
    ) -> Result<Vec<Row>, CrmError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let search = Search {
            limit: ids.len(),
            domain: vec![json!(["id", "in", ids])],
            fields,
            order: "id",
        };
        self.calls.search_read(model, search).await
    }
}

fn all(rows: &[Row], field: &str) -> BTreeSet<i64> {
    rows.iter()
        .filter_map(|row| values::id(row, field))
        .collect()
}

pub(super) fn by_id(rows: &[Row]) -> BTreeMap<i64, &Row> {
    rows.iter()
        .filter_map(|row| Some((values::id(row, "id")?, row)))
        .collect()
}

/// `a OR b OR …` as Odoo writes it, in front of its parts; each part is one or several terms.
pub(super) fn any(parts: Vec<Vec<Value>>) -> Vec<Value> {
    let count = parts.len();
    let mut domain = vec![Value::from("|"); count.saturating_sub(1)];
    for part in parts {
        let ands = part.len().saturating_sub(1);
        domain.extend(vec![Value::from("&"); ands]);
        domain.extend(part);
    }
    domain
}
