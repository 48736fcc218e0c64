//! Notices: outbound messages (SOAP) and HTTP callouts of a Flow.
//!
//! Salesforce signs neither, so a secret in the address is the proof, and what the notice says is
//! not believed: it only has the feed read. An outbound message wants to be acknowledged in SOAP, or
//! it comes again for a day.

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::soql::id_key;
use crate::{
    crm::port::{Forged, Notice, Reply},
    settings::SalesforceSettings,
};

const ACKNOWLEDGED: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>"#,
    r#"<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>"#,
    r"</soapenv:Body></soapenv:Envelope>",
);

/// Proves a notice and says what it is answered with.
pub(super) fn hear(settings: &SalesforceSettings, notice: &Notice<'_>) -> Result<Reply, Forged> {
    let Some(secrets) = &settings.notice_secret else {
        return Err(Forged("salesforce.notice_secret is not set"));
    };
    let given = notice.secret.as_bytes();
    let is_known = secrets
        .expose_secret()
        .split_whitespace()
        .fold(0, |found, secret| {
            found | secret.as_bytes().ct_eq(given).unwrap_u8()
        });
    if is_known == 0 {
        return Err(Forged("the secret in the address is not ours"));
    }
    let body = std::str::from_utf8(notice.body).unwrap_or_default();
    if !is_outbound_message(body) {
        return Ok(Reply::default());
    }
    let theirs = between(body, "<OrganizationId>", "</OrganizationId>");
    if let Some(ours) = &settings.organization_id
        && theirs.map(id_key) != Some(id_key(ours))
    {
        return Err(Forged("the outbound message comes from another org"));
    }
    Ok(Reply {
        media_type: "text/xml; charset=utf-8",
        body: ACKNOWLEDGED.to_owned(),
    })
}

fn is_outbound_message(body: &str) -> bool {
    body.trim_start().starts_with('<') && body.contains("http://soap.sforce.com/2005/09/outbound")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found.trim())
}
