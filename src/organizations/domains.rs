//! An organization's mail domains: named by its CRM, and confirmed by staff who have looked. Only a
//! confirmed one lets people in by itself.

use serde_json::json;

use super::{lock, store};
use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx, EmailAddress, Instant,
        ids::{Id, OrganizationId},
        webmail,
    },
    on,
};

/// A mail domain of an organization.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Domain {
    /// The domain, folded.
    pub domain: String,
    /// When staff confirmed it; `None` while only the CRM says so.
    pub verified_at: Option<Instant>,
}

/// The domains, by name, at most a hundred.
///
/// # Errors
/// When the database refuses.
pub async fn domains(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<Domain>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::DOMAINS)
        .bind(organization)
        .fetch_all(c)
        .await)?)
}

/// Which domain staff decide about.
#[derive(Debug, Clone)]
pub struct DecideDomain {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The domain.
    pub domain: String,
    /// Whether it is the organization's own, or is so no longer.
    pub is_own: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainDecided {
    /// It is so now.
    Done,
    /// It was so before.
    Already,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DecideDomainError {
    /// There is no such organization, or the domain is none of its.
    #[error("no such domain")]
    NotFound,
    /// Anybody can have an address there.
    #[error("a public mail service belongs to nobody")]
    Webmail,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Confirms a domain that the CRM names, or takes the confirmation back. Who may decide is the
/// caller's to know: staff with this account.
///
/// # Errors
/// See [`DecideDomainError`].
pub async fn decide_domain(
    tx: &mut Tx,
    cx: &Cx,
    command: DecideDomain,
) -> Result<DomainDecided, DecideDomainError> {
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(DecideDomainError::NotFound)?;
    let domain = own_domain(&command.domain).ok_or(DecideDomainError::Webmail)?;
    let known = domains(tx, &organization.id).await?;
    let known = known.into_iter().find(|known| known.domain == domain);
    let known = known.ok_or(DecideDomainError::NotFound)?;
    if known.verified_at.is_some() == command.is_own {
        return Ok(DomainDecided::Already);
    }
    on!(tx, |c| sqlx::query(store::SET_DOMAIN)
        .bind(&organization.id)
        .bind(&domain)
        .bind(command.is_own.then_some(cx.now()))
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let event = audit::Event {
        action: if command.is_own {
            "organization.domain_confirmed"
        } else {
            "organization.domain_given_up"
        },
        target: organization.id.as_str(),
        organization: Some(&organization.id),
        detail: json!({ "domain": domain }),
    };
    audit::record(tx, cx, event).await?;
    Ok(DomainDecided::Done)
}

/// The domain folded, unless it is malformed or a public mail service's.
pub(super) fn own_domain(typed: &str) -> Option<String> {
    let bare = typed.trim().trim_start_matches('@');
    let address = EmailAddress::parse(&format!("x@{bare}")).ok()?;
    let domain = address.domain().to_owned();
    (!webmail::is_webmail(&domain)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_mail_services_are_nobodys_domain() {
        assert_eq!(own_domain(" @Kuusi.Example "), Some("kuusi.example".into()));
        for typed in ["gmail.com", "", "not a domain", "x@y.example"] {
            assert_eq!(own_domain(typed), None, "{typed}");
        }
    }
}
