//! Notices: webhooks of the environment, proven by a key that it was given when they were registered.
//!
//! Dataverse sends the key as `?code=` (*WebhookKey*), or as a header or query value of any name; the
//! portal takes `code`, the header `x-vestibule-key`, or the last part of the address. What the
//! notice says is not believed: it only has the feed read.

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    crm::port::{Forged, Notice, Reply},
    settings::Dynamics365Settings,
};

/// Proves a notice.
pub(super) fn hear(settings: &Dynamics365Settings, notice: &Notice<'_>) -> Result<Reply, Forged> {
    let Some(secrets) = &settings.notice_secret else {
        return Err(Forged("dynamics365.notice_secret is not set"));
    };
    let code = Url::parse(notice.url).ok().and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned())
    });
    let given = [
        code.unwrap_or_default(),
        notice
            .header("x-vestibule-key")
            .unwrap_or_default()
            .to_owned(),
        notice.secret.to_owned(),
    ];
    let secrets = secrets.expose_secret().split_whitespace();
    let is_known = secrets.fold(0, |found, secret| {
        let is_one = |given: &String| secret.as_bytes().ct_eq(given.as_bytes()).unwrap_u8();
        given
            .iter()
            .fold(found, |found, given| found | is_one(given))
    });
    if is_known == 0 {
        return Err(Forged("no key of ours came with it"));
    }
    Ok(Reply::default())
}
