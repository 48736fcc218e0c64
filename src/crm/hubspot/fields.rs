//! Which properties of HubSpot are read and written, as the settings name them.

use crate::{
    crm::mapping::FieldMap,
    settings::{HubspotContract, HubspotSettings},
};

pub(super) const CONTACTS: &str = "contacts";
pub(super) const COMPANIES: &str = "companies";
pub(super) const NOTES: &str = "notes";

/// The contact's primary company.
pub(super) const COMPANY: &str = "associatedcompanyid";
/// Keys of the last changes that were applied to a contact, newest last.
pub(super) const CHANGES: &str = "portal_changes";
/// Who made the last change in the portal.
pub(super) const AUTHOR: &str = "portal_author";
/// When Invite was pressed; whatever stands there names one request.
pub(super) const INVITE: &str = "portal_invite";
/// The address of who pressed it.
pub(super) const INVITED_BY: &str = "portal_invite_by";
/// The unique key of a note: the change that it tells of.
pub(super) const NOTE_KEY: &str = "portal_change_key";

/// Our names and the usual names there; empty for what HubSpot has no usual property for.
type Usual = &'static [(&'static str, &'static str)];

const ACCOUNT: Usual = &[
    ("account.number", "customer_number"),
    ("account.name", "name"),
    ("account.kind", "type"),
    ("account.parent_id", "hs_parent_company_id"),
    ("account.domains", "domain"),
    ("account.postcode", "zip"),
    ("account.vat_number", "vat_number"),
    ("account.owner_email", "hubspot_owner_id"),
];
const PERSON: Usual = &[
    ("contact.given_name", "firstname"),
    ("contact.family_name", "lastname"),
    ("contact.email", "email"),
    ("contact.phone", "phone"),
    ("contact.language", "hs_language"),
    ("contact.opted_out", "hs_email_optout"),
    ("contact.membership_id", "portal_membership_id"),
    ("contact.person_id", "portal_person_id"),
    ("contact.portal_status", "portal_status"),
    ("contact.portal_roles", "portal_roles"),
    ("contact.last_sign_in", "portal_last_sign_in"),
    ("lead.company", "company"),
    ("lead.given_name", "firstname"),
    ("lead.family_name", "lastname"),
    ("lead.email", "email"),
    ("lead.phone", "phone"),
    ("lead.language", "hs_language"),
    ("lead.opted_out", "hs_email_optout"),
    ("lead.owner_email", "hubspot_owner_id"),
    ("lead.portal_key", "portal_lead_key"),
    ("lead.score_points", "portal_score"),
    ("lead.status", "hs_lead_status"),
    ("lead.consent", "portal_consent"),
    ("activity.invitation_state", "portal_invitation"),
];
const DEAL: Usual = &[
    ("contract.number", "contract_number"),
    ("contract.status", "dealstage"),
    ("contract.starts_on", "contract_start_date"),
    ("contract.ends_on", "contract_end_date"),
];
const SUBSCRIPTION: Usual = &[
    ("contract.number", "hs_name"),
    ("contract.status", "hs_status"),
    ("contract.starts_on", "hs_recurring_billing_start_date"),
    ("contract.ends_on", "hs_recurring_billing_end_date"),
];
const OBJECT: Usual = &[
    ("contract.number", "contract_number"),
    ("contract.status", "contract_status"),
    ("contract.starts_on", "contract_start_date"),
    ("contract.ends_on", "contract_end_date"),
];
/// What only an overview reads. A ticket is open until it has a day on which it was closed.
const OVERVIEW: Usual = &[
    ("overview.segments", ""),
    ("overview.stage", "lifecyclestage"),
    ("overview.score", ""),
    ("order.object", "orders"),
    ("order.number", "hs_order_name"),
    ("order.date", "hs_external_created_date"),
    ("order.total", "hs_total_price"),
    ("order.currency", "hs_currency_code"),
    ("order.state", "hs_fulfillment_status"),
    ("case.object", "tickets"),
    ("case.number", "hs_ticket_id"),
    ("case.subject", "subject"),
    ("case.state", "hs_pipeline_stage"),
    ("case.date", "createdate"),
    ("case.is_closed", "closed_date"),
];
/// Only where the settings name them.
const OF_CONTRACT: &[&str] = &["contract.products", "contract.seats", "contract.grace_days"];

/// Every property by our name.
pub(super) struct Names {
    fields: FieldMap,
    contract: Usual,
    /// The object type that holds contracts.
    pub(super) contracts: String,
    /// The pipeline whose deals are contracts; empty for all.
    pub(super) pipeline: String,
}

impl Names {
    pub(super) fn new(fields: &FieldMap, settings: &HubspotSettings) -> Self {
        let (contract, contracts) = match settings.contract {
            HubspotContract::Deal => (DEAL, "deals"),
            HubspotContract::Subscription => (SUBSCRIPTION, "subscriptions"),
            HubspotContract::Object => (OBJECT, settings.contract_object.as_str()),
        };
        Self {
            fields: fields.clone(),
            contract,
            contracts: contracts.to_owned(),
            pipeline: settings.pipeline.clone(),
        }
    }

    /// What a property is called there; `None` when there is none.
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        let lists = [ACCOUNT, PERSON, self.contract, OVERVIEW];
        let usual = lists
            .into_iter()
            .flatten()
            .find(|(ours, _)| *ours == path)
            .map_or("", |(_, usual)| *usual);
        self.fields.name(path, usual)
    }

    /// Whether a contact's address is the property that HubSpot keeps unique.
    pub(super) fn has_unique_address(&self) -> bool {
        self.of("contact.email") == Some("email")
    }

    fn all<'a>(&'a self, list: Usual, more: &[&'a str]) -> Vec<&'a str> {
        let mut names: Vec<&str> = list.iter().filter_map(|(ours, _)| self.of(ours)).collect();
        names.extend(more);
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What is read of a company.
    pub(super) fn company(&self) -> Vec<&str> {
        self.all(ACCOUNT, &["hs_lastmodifieddate"])
    }

    /// What is read of a contact.
    pub(super) fn person(&self) -> Vec<&str> {
        let more = [
            COMPANY,
            CHANGES,
            AUTHOR,
            INVITE,
            INVITED_BY,
            "lastmodifieddate",
        ];
        self.all(PERSON, &more)
    }

    /// What is read of a contract.
    pub(super) fn contract(&self) -> Vec<&str> {
        let mut names = self.all(self.contract, &["hs_lastmodifieddate"]);
        names.extend(OF_CONTRACT.iter().filter_map(|path| self.of(path)));
        if !self.pipeline.is_empty() {
            names.push("pipeline");
        }
        names
    }
}

/// What the values of a contract's status usually mean: of deals, of subscriptions, of one's own.
pub(super) const STATUSES: &[(&str, &str)] = &[
    ("closedwon", "active"),
    ("closedlost", "ended"),
    ("appointmentscheduled", "draft"),
    ("qualifiedtobuy", "draft"),
    ("presentationscheduled", "draft"),
    ("decisionmakerboughtin", "draft"),
    ("contractsent", "draft"),
    ("scheduled", "draft"),
    ("past_due", "active"),
    ("unpaid", "suspended"),
    ("paused", "suspended"),
    ("canceled", "ended"),
    ("expired", "ended"),
    ("draft", "draft"),
    ("active", "active"),
    ("suspended", "suspended"),
    ("ended", "ended"),
];
