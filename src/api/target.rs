//! Who is meant by a request: a contact or lead of a CRM, or an address and an organization.

use serde::Deserialize;

use super::ApiClient;
use crate::{
    crm::mirror::{self, CrmPerson, CrmPersonKind},
    db::{Error, Tx},
    invitations::{Inviter, InviterKind, Kind},
    kernel::{
        Cx, EmailAddress,
        ids::{Id, OrganizationId},
    },
    organizations::{self, NewProspect, Organization, OrganizationKind},
    settings::StaffSettings,
    web::FieldError,
};

/// What a request says of who is meant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Target {
    connection: Option<String>,
    pub(super) contact_id: Option<String>,
    pub(super) lead_id: Option<String>,
    email: Option<String>,
    organization_id: Option<String>,
    account_id: Option<String>,
    pub(super) requested_by: String,
}

/// Who is meant.
pub(super) struct Found {
    pub(super) organization: Organization,
    pub(super) kind: Kind,
    /// The contact or lead.
    pub(super) person: Option<CrmPerson>,
    /// The address; `None` when the CRM has none that can be written to.
    pub(super) email: Option<EmailAddress>,
}

/// Why nobody is meant.
pub(super) type Faults = Vec<FieldError>;

fn fault<T>(place: &str, detail: &str) -> Result<T, Faults> {
    Err(vec![FieldError::new(place, detail)])
}

/// The three ways in which somebody is named.
enum Way<'a> {
    Person(CrmPersonKind, &'a str),
    Address(EmailAddress),
}

impl Target {
    /// Nobody in particular, asked for by this user of the CRM.
    pub(super) fn asked_by(requested_by: String) -> Self {
        Self {
            requested_by,
            ..Self::default()
        }
    }

    fn way(&self) -> Result<Way<'_>, Faults> {
        const ONE: &str =
            "name one: contact_id, lead_id, or email with organization_id or account_id";
        let place = self.organization_id.is_some() || self.account_id.is_some();
        match (&self.contact_id, &self.lead_id, &self.email) {
            (Some(_), None, None) | (None, Some(_), None) if place => fault(
                "#",
                "the organization is that of the contact or lead: leave organization_id and account_id out",
            ),
            (Some(id), None, None) => Ok(Way::Person(CrmPersonKind::Contact, id)),
            (None, Some(id), None) => Ok(Way::Person(CrmPersonKind::Lead, id)),
            (None, None, Some(email)) => match EmailAddress::parse(email) {
                Ok(email) => Ok(Way::Address(email)),
                Err(_) => fault("#/email", "is not an e-mail address like name@example.com"),
            },
            _ => fault("#", ONE),
        }
    }

    /// The connection that the request means. One that the client does not see is not there.
    fn connection(&self, client: &ApiClient) -> Result<String, Faults> {
        let configured = &client.state.settings.connections;
        let wanted = self
            .connection
            .as_ref()
            .or(client.client.connection.as_ref());
        match (wanted, configured.as_slice()) {
            (Some(wanted), _) => {
                let is_known = configured.iter().any(|known| known.key == *wanted);
                if is_known && client.client.sees(wanted) {
                    Ok(wanted.clone())
                } else {
                    fault("#/connection", "there is no such connection")
                }
            }
            (None, [only]) => Ok(only.key.clone()),
            (None, _) => fault("#/connection", "say which CRM is meant; there are several"),
        }
    }

    /// The member of staff in whose name the CRM asks.
    pub(super) fn rep<'a>(&self, client: &'a ApiClient) -> Option<&'a StaffSettings> {
        let address = EmailAddress::parse(&self.requested_by).ok()?;
        let mut staff = client.state.settings.staff.iter();
        staff.find(|staff| staff.email == address)
    }

    /// The author as the invitee reads them: the rep by name, or else the company.
    pub(super) fn inviter(&self, client: &ApiClient) -> Inviter {
        let rep = self.rep(client);
        let company = client.state.settings.portal.name.clone();
        Inviter {
            kind: InviterKind::Client,
            reference: client.client.id.to_string(),
            name: rep.map_or_else(|| company.clone(), |rep| rep.name.clone()),
            email: rep.map_or_else(String::new, |rep| rep.email.key().to_owned()),
            phone: rep.map_or_else(String::new, |rep| rep.phone.clone()),
            company,
        }
    }

    /// Finds who is meant, among what exists for the client.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn find(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        client: &ApiClient,
    ) -> Result<Result<Found, Faults>, Error> {
        let way = match self.way() {
            Ok(way) => way,
            Err(faults) => return Ok(Err(faults)),
        };
        match way {
            Way::Person(kind, id) => self.person(tx, cx, client, (kind, id)).await,
            Way::Address(email) => {
                let organization = match self.organization(tx, client).await? {
                    Ok(organization) => organization,
                    Err(faults) => return Ok(Err(faults)),
                };
                let kind = if organization.kind == OrganizationKind::Prospect {
                    Kind::Lead
                } else {
                    Kind::Member
                };
                Ok(Ok(Found {
                    organization,
                    kind,
                    person: None,
                    email: Some(email),
                }))
            }
        }
    }

    async fn organization(
        &self,
        tx: &mut Tx,
        client: &ApiClient,
    ) -> Result<Result<Organization, Faults>, Error> {
        let (place, found) = match (&self.organization_id, &self.account_id) {
            (Some(id), None) => {
                let found = match OrganizationId::parse(id) {
                    Ok(id) => organizations::find(tx, &id).await?,
                    Err(_) => None,
                };
                ("#/organization_id", found)
            }
            (None, Some(id)) => {
                let connection = match self.connection(client) {
                    Ok(connection) => connection,
                    Err(faults) => return Ok(Err(faults)),
                };
                let found = organizations::find_by_crm_account(tx, &connection, id).await?;
                ("#/account_id", found)
            }
            _ => {
                return Ok(fault(
                    "#",
                    "an address needs organization_id or account_id, one of them",
                ));
            }
        };
        let seen = found.filter(|organization| client.client.sees(&organization.connection));
        Ok(seen.map_or_else(|| fault(place, "there is no such organization"), Ok))
    }

    async fn person(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        client: &ApiClient,
        (kind, id): (CrmPersonKind, &str),
    ) -> Result<Result<Found, Faults>, Error> {
        let connection = match self.connection(client) {
            Ok(connection) => connection,
            Err(faults) => return Ok(Err(faults)),
        };
        let place = match kind {
            CrmPersonKind::Contact => "#/contact_id",
            CrmPersonKind::Lead => "#/lead_id",
        };
        let Some(person) = mirror::find(tx, &connection, kind, id).await? else {
            return Ok(fault(
                place,
                "is not known; a record that is new in the CRM is known when its change was read",
            ));
        };
        let organization = match kind {
            CrmPersonKind::Contact => person.organization_id.clone(),
            CrmPersonKind::Lead => {
                let rep = self.rep(client).map(|rep| rep.email.key().to_owned());
                let prospect = NewProspect {
                    connection,
                    reference: person.external_id.clone(),
                    name: person.company.clone(),
                    owner_email: rep.unwrap_or_default(),
                };
                Some(organizations::create_prospect(tx, cx, &prospect).await?)
            }
        };
        let organization = match organization {
            Some(id) => organizations::find(tx, &id).await?,
            None => None,
        };
        let Some(organization) = organization else {
            return Ok(fault(place, "belongs to no account"));
        };
        Ok(Ok(Found {
            organization,
            kind: if kind == CrmPersonKind::Lead {
                Kind::Lead
            } else {
                Kind::Member
            },
            email: person.address(),
            person: Some(person),
        }))
    }
}
