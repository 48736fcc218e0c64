//! Odoo's automation rules call an address when a record is saved. They sign nothing and try once,
//! so the address holds a secret and what they say is only a hint.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::crm::port::{Forged, Notice, Reply};

/// Whether the last part of the address is our secret; takes the same time wherever they differ.
pub(super) fn hear(secret: Option<&SecretString>, notice: &Notice<'_>) -> Result<Reply, Forged> {
    let Some(secret) = secret else {
        return Err(Forged("odoo.notice_secret is not set"));
    };
    let expected = secret.expose_secret().as_bytes();
    if bool::from(expected.ct_eq(notice.secret.as_bytes())) {
        Ok(Reply::default())
    } else {
        Err(Forged("the address does not end in the secret"))
    }
}
