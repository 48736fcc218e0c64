//! What pages show of a company, and what a leaver leaves behind.

use super::{Bench, Outcome, account, contact, expect};
use crate::crm::port::{About, Author, HandOver, Part, ROWS, Successor};

/// Whoever is not there has nothing, and that is no failure.
pub(super) async fn unknown(bench: &dyn Bench) -> Outcome {
    let crm = bench.crm();
    crm.overview(&About::Account("no-such-account".to_owned()))
        .await
        .map_err(|error| error.to_string())?;
    let lead = About::Lead {
        id: None,
        portal_key: "reg_no_such_lead".to_owned(),
    };
    crm.overview(&lead)
        .await
        .map_err(|error| error.to_string())?;
    let held = crm
        .cases_of("no-such-contact")
        .await
        .map_err(|error| error.to_string())?;
    expect(held.known().is_none_or(Vec::is_empty), || {
        format!("nobody answers for {held:?}")
    })
}

pub(super) async fn latest(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "OVERVIEW").await;
    let contact = contact(bench, &account, "case@overview.conformance.example").await;
    if !bench.put_orders_and_cases(&account, &contact).await {
        return Ok(());
    }
    let about = About::Account(account);
    let overview = bench
        .crm()
        .overview(&about)
        .await
        .map_err(|error| error.to_string())?
        .bounded();
    let Part::Known(orders) = &overview.orders else {
        return Err(format!("orders are {:?}", overview.orders));
    };
    let numbers: Vec<&str> = orders.iter().map(|it| it.number.as_str()).collect();
    let newest = ["CONF-O7", "CONF-O6", "CONF-O5", "CONF-O4", "CONF-O3"];
    expect(numbers == newest && numbers.len() == ROWS, || {
        format!("orders {numbers:?}")
    })?;
    let first = orders
        .first()
        .map(|it| (it.date.as_str(), it.total.as_str()));
    expect(
        matches!(first, Some(("2026-01-07", total)) if !total.is_empty()),
        || format!("the latest order is {first:?}"),
    )?;
    let Part::Known(cases) = &overview.cases else {
        return Err(format!("cases are {:?}", overview.cases));
    };
    let numbers: Vec<&str> = cases.iter().map(|it| it.number.as_str()).collect();
    expect(numbers == ["CONF-C1"], || format!("open cases {numbers:?}"))
}

pub(super) async fn handed_over(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "LEAVER").await;
    let leaver = contact(bench, &account, "leaver@conformance.example").await;
    let taker = contact(bench, &account, "taker@conformance.example").await;
    if !bench.put_orders_and_cases(&account, &leaver).await {
        return Ok(());
    }
    let order = HandOver {
        contact_id: leaver.clone(),
        to: Successor::Contact { id: taker.clone() },
        author: Author::default(),
    };
    let crm = bench.crm();
    for expected in [vec!["CONF-C1".to_owned()], Vec::new()] {
        let moved = crm
            .hand_over(&order)
            .await
            .map_err(|error| error.to_string())?;
        expect(moved == expected, || format!("handed over {moved:?}"))?;
    }
    for (whose, expected) in [(&leaver, 0), (&taker, 1)] {
        let held = crm
            .cases_of(whose)
            .await
            .map_err(|error| error.to_string())?;
        let count = held.known().map(Vec::len);
        expect(count == Some(expected), || {
            format!("then there are {held:?}")
        })?;
    }
    Ok(())
}
