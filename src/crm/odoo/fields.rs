//! Which fields of Odoo are read and written, as the settings name them.

use serde_json::{Value, json};

use crate::{
    crm::mapping::FieldMap,
    settings::{OdooContract, OdooSettings},
};

/// Field names of companies and people.
pub(super) const PARTNER: &str = "res.partner";
/// Field names of leads.
pub(super) const LEAD: &str = "crm.lead";

/// Keys of the last changes that were applied to a record, newest last.
pub(super) const CHANGES: &str = "x_portal_changes";
/// Who made the last change in the portal.
pub(super) const AUTHOR: &str = "x_portal_author";
/// When Invite was pressed; whatever stands there names one request.
pub(super) const INVITE: &str = "x_portal_invite";
/// The address of who pressed it.
pub(super) const INVITED_BY: &str = "x_portal_invite_by";

/// Our names and the usual names there; an empty usual name is a field that Odoo does not have of
/// itself and that is only used when the settings name one.
type Usual = &'static [(&'static str, &'static str)];

const ACCOUNT: Usual = &[
    ("account.number", "ref"),
    ("account.name", "name"),
    ("account.kind", ""),
    ("account.parent_id", "parent_id"),
    ("account.domains", ""),
    ("account.postcode", "zip"),
    ("account.vat_number", "vat"),
    ("account.owner_email", "user_id"),
];
const CONTACT: Usual = &[
    ("contact.given_name", ""),
    ("contact.family_name", ""),
    ("contact.email", "email"),
    ("contact.phone", "phone"),
    ("contact.language", "lang"),
    ("contact.opted_out", "is_blacklisted"),
    ("contact.membership_id", "x_portal_membership_id"),
    ("contact.person_id", "x_portal_person_id"),
    ("contact.portal_status", "x_portal_status"),
    ("contact.portal_roles", "x_portal_roles"),
    ("contact.last_sign_in", "x_portal_last_sign_in"),
    ("activity.invitation_state", "x_portal_invitation"),
];
const OF_LEAD: Usual = &[
    ("lead.company", "partner_name"),
    ("lead.given_name", ""),
    ("lead.family_name", ""),
    ("lead.email", "email_from"),
    ("lead.phone", "phone"),
    ("lead.language", ""),
    ("lead.opted_out", "is_blacklisted"),
    ("lead.owner_email", "user_id"),
    ("lead.portal_key", "x_portal_key"),
    ("lead.score_points", "x_portal_score"),
    ("lead.status", "x_portal_lead_status"),
    ("lead.consent", "x_portal_consent"),
    ("activity.invitation_state", "x_portal_invitation"),
];
const ORDER: Usual = &[
    ("contract.number", "name"),
    ("contract.account_id", "partner_id"),
    ("contract.status", "state"),
    ("contract.starts_on", "date_order"),
    ("contract.ends_on", ""),
    ("contract.products", "order_line"),
];
const SUBSCRIPTION: Usual = &[
    ("contract.number", "name"),
    ("contract.account_id", "partner_id"),
    ("contract.status", "subscription_state"),
    ("contract.starts_on", "start_date"),
    ("contract.ends_on", "end_date"),
    ("contract.products", "order_line"),
];
/// Odoo 16: subscriptions are orders, their state is a stage.
const SUBSCRIPTION_16: Usual = &[
    ("contract.number", "name"),
    ("contract.account_id", "partner_id"),
    ("contract.status", "stage_category"),
    ("contract.starts_on", "start_date"),
    ("contract.ends_on", "end_date"),
    ("contract.products", "order_line"),
];
/// Odoo 14 and 15: subscriptions are a model of their own.
const SUBSCRIPTION_14: Usual = &[
    ("contract.number", "code"),
    ("contract.account_id", "partner_id"),
    ("contract.status", "stage_category"),
    ("contract.starts_on", "date_start"),
    ("contract.ends_on", "date"),
];
const MODEL: Usual = &[
    ("contract.number", "x_name"),
    ("contract.account_id", "x_partner_id"),
    ("contract.status", "x_status"),
    ("contract.starts_on", "x_starts_on"),
    ("contract.ends_on", "x_ends_on"),
];

/// What only an overview reads. Tickets are those of the helpdesk, unless another model is named.
const OVERVIEW: Usual = &[
    ("overview.segments", "category_id"),
    ("overview.stage", "stage_id"),
    ("overview.score", "x_portal_score"),
    ("order.object", "sale.order"),
    ("order.account_id", "partner_id"),
    ("order.number", "name"),
    ("order.date", "date_order"),
    ("order.total", "amount_total"),
    ("order.currency", "currency_id"),
    ("order.state", "state"),
    ("case.object", "helpdesk.ticket"),
    ("case.account_id", "partner_id"),
    ("case.contact_id", "partner_id"),
    ("case.number", "ticket_ref"),
    ("case.subject", "name"),
    ("case.state", "stage_id"),
    ("case.date", "create_date"),
    ("case.is_closed", "stage_id.fold"),
];

/// Every field by our name.
pub(super) struct Names {
    fields: FieldMap,
    contract: Usual,
    /// The model that holds contracts.
    pub(super) contract_model: String,
    /// Which of its records are contracts.
    pub(super) contract_domain: Vec<Value>,
}

impl Names {
    pub(super) fn new(fields: &FieldMap, settings: &OdooSettings) -> Self {
        let (contract, model, mut domain) = match (settings.contract, settings.version) {
            (OdooContract::SaleOrder, _) => (ORDER, "sale.order", Vec::new()),
            (OdooContract::Subscription, ..16) => {
                (SUBSCRIPTION_14, "sale.subscription", Vec::new())
            }
            (OdooContract::Subscription, version) => {
                let usual = if version == 16 {
                    SUBSCRIPTION_16
                } else {
                    SUBSCRIPTION
                };
                let domain = vec![json!(["is_subscription", "=", true])];
                (usual, "sale.order", domain)
            }
            (OdooContract::Model, _) => (MODEL, settings.contract_model.as_str(), Vec::new()),
        };
        domain.extend(settings.domain().unwrap_or_default());
        Self {
            fields: fields.clone(),
            contract,
            contract_model: model.to_owned(),
            contract_domain: domain,
        }
    }

    /// What a field is called there; `None` when there is none.
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        let lists = [ACCOUNT, CONTACT, OF_LEAD, self.contract, OVERVIEW];
        let usual = lists
            .into_iter()
            .flatten()
            .find(|(ours, _)| *ours == path)
            .map_or("", |(_, usual)| *usual);
        self.fields.name(path, usual)
    }

    fn all(&self, lists: &[Usual], more: &[&'static str]) -> Vec<&str> {
        let paths = lists.iter().copied().flatten().map(|(ours, _)| *ours);
        let mut names: Vec<&str> = paths.filter_map(|path| self.of(path)).collect();
        names.extend(more);
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What is read of a company or person.
    pub(super) fn partner(&self) -> Vec<&str> {
        let more = [
            "active",
            "is_company",
            "type",
            "name",
            "parent_id",
            "commercial_partner_id",
            "email_normalized",
            "write_date",
            CHANGES,
            AUTHOR,
            INVITE,
            INVITED_BY,
        ];
        self.all(&[ACCOUNT, CONTACT], &more)
    }

    /// What is read of a lead.
    pub(super) fn lead(&self) -> Vec<&str> {
        let more = [
            "active",
            "name",
            "contact_name",
            "email_normalized",
            "write_date",
            CHANGES,
            AUTHOR,
            INVITE,
            INVITED_BY,
        ];
        self.all(&[OF_LEAD], &more)
    }

    /// What is read of a contract.
    pub(super) fn contract(&self) -> Vec<&str> {
        let mut names = self.all(&[self.contract], &["write_date"]);
        names.extend(self.of("contract.grace_days"));
        names.extend(self.of("contract.seats"));
        names.extend(self.of("contract.products"));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether products stand in lines of an order.
    pub(super) fn has_order_lines(&self) -> bool {
        self.contract_model == "sale.order" && self.of("contract.products") == Some("order_line")
    }

    /// What the values of a contract's status usually mean.
    pub(super) fn statuses(&self) -> &'static [(&'static str, &'static str)] {
        STATUSES
    }
}

/// Of orders, of subscriptions since 17 and before, and our own words for a model of one's own.
const STATUSES: &[(&str, &str)] = &[
    ("draft", "draft"),
    ("sent", "draft"),
    ("sale", "active"),
    ("done", "active"),
    ("cancel", "ended"),
    ("1_draft", "draft"),
    ("2_renewal", "draft"),
    ("3_progress", "active"),
    ("4_paused", "suspended"),
    ("5_renewed", "ended"),
    ("6_churn", "ended"),
    ("7_upsell", "draft"),
    ("progress", "active"),
    ("paused", "suspended"),
    ("closed", "ended"),
    ("active", "active"),
    ("suspended", "suspended"),
    ("ended", "ended"),
];
