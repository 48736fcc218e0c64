//! Roles on cards that say in plain words what each is for and who has it.

use super::{offered_roles, store};
use crate::{
    access::{ContractFacts, actors::OrgAdmin},
    db::{Conn, Error},
    kernel::ids::{MembershipId, OrganizationId},
    on,
    settings::{GrantedBy, RoleSettings},
    web::Shell,
};

/// A role as its card shows it.
pub(super) struct RoleView {
    /// The box's id; the first has the field's own name, so that the error summary leads to it.
    pub(super) id: String,
    pub(super) key: String,
    pub(super) title: String,
    pub(super) people: String,
    pub(super) can: Vec<String>,
    pub(super) cannot: Vec<String>,
    /// What the contract lacks, and whom to ask; empty when nothing.
    pub(super) note: String,
    pub(super) checked: bool,
    pub(super) disabled: bool,
    /// Who has it now.
    pub(super) holders: String,
    /// Application roles by service, for who sets up the applications.
    pub(super) applications: Vec<(String, String)>,
}

/// What one page wants of the cards.
pub(super) struct Cards<'a> {
    pub(super) admin: &'a OrgAdmin,
    pub(super) shell: &'a Shell,
    /// The roles that are ticked.
    pub(super) ticked: &'a [String],
    /// How many holders are named.
    pub(super) named: i64,
}

impl Cards<'_> {
    /// The roles of this organization, then those that are ticked and not offered any more.
    pub(super) async fn read(&self, conn: &mut Conn) -> Result<Vec<RoleView>, Error> {
        let mut cards = Vec::new();
        for role in offered_roles(self.admin, &self.admin.membership) {
            let organization = self.admin.organization_id();
            let holders = holders(conn, organization, &role.key, self.named + 1).await?;
            cards.push(self.card(role, &holders, cards.len()));
        }
        for key in self.ticked {
            if !cards.iter().any(|card| card.key == *key) {
                let card = self.unknown(key, cards.len());
                cards.push(card);
            }
        }
        Ok(cards)
    }

    fn id(number: usize) -> String {
        if number == 0 {
            "role".to_owned()
        } else {
            format!("role-{number}")
        }
    }

    fn card(
        &self,
        role: &RoleSettings,
        holders: &[(MembershipId, String)],
        number: usize,
    ) -> RoleView {
        let catalogue = &self.admin.visit().state.catalogue;
        let lang = self.shell.lang.as_str();
        let words = catalogue.role_card(&role.key, lang).map(|card| card.words);
        let checked = self.ticked.contains(&role.key);
        let missing = role.product.as_deref().filter(|product| !self.has(product));
        let is_staffs = role.granted_by == GrantedBy::Staff;
        let service = |(key, names): (&String, &Vec<String>)| {
            let card = catalogue.service_card(key, lang);
            let name = card.map_or(key.as_str(), |card| card.name).to_owned();
            (name, names.join(", "))
        };
        RoleView {
            id: Self::id(number),
            title: catalogue.role_name(&role.key, lang).to_owned(),
            people: words.map(|words| words.people.clone()).unwrap_or_default(),
            can: words.map(|words| words.can.clone()).unwrap_or_default(),
            cannot: words.map(|words| words.cannot.clone()).unwrap_or_default(),
            note: match missing {
                Some(product) => self.shell.t2(
                    "roles-product-missing",
                    ("product", catalogue.product_name(product, lang)),
                    ("brand", self.shell.brand.as_str()),
                ),
                None if is_staffs => {
                    let brand = self.shell.brand.as_str();
                    self.shell.t1("roles-staff-only-note", "brand", brand)
                }
                None => String::new(),
            },
            checked,
            disabled: (missing.is_some() || is_staffs) && !checked,
            holders: self.named_holders(holders),
            applications: role.grants.iter().map(service).collect(),
            key: role.key.clone(),
        }
    }

    /// Whether a contract that counts now contains the product.
    fn has(&self, product: &str) -> bool {
        let now = self.admin.visit().cx.now();
        let contains =
            |contract: &&ContractFacts| contract.products.iter().any(|own| own == product);
        self.admin
            .membership
            .contracts
            .iter()
            .filter(contains)
            .any(|contract| contract.terms.standing(now).grants())
    }

    fn named_holders(&self, holders: &[(MembershipId, String)]) -> String {
        let shown = usize::try_from(self.named).unwrap_or_default();
        let names: Vec<&str> = holders
            .iter()
            .take(shown)
            .map(|(_, name)| name.as_str())
            .collect();
        let names = names.join(", ");
        if names.is_empty() {
            self.shell.t("roles-nobody").into_owned()
        } else if holders.len() > shown {
            self.shell.t1("roles-holders-more", "names", names)
        } else {
            self.shell.t1("roles-holders", "names", names)
        }
    }

    fn unknown(&self, key: &str, number: usize) -> RoleView {
        let role = self.admin.visit().state.catalogue.role(key);
        let counts = role.is_some_and(|role| role.is_for(self.admin.membership.organization_kind));
        let text = if counts {
            "roles-not-offered"
        } else {
            "roles-opens-nothing"
        };
        RoleView {
            id: Self::id(number),
            key: key.to_owned(),
            title: self
                .admin
                .visit()
                .state
                .catalogue
                .role_name(key, self.shell.lang.as_str())
                .to_owned(),
            people: self.shell.t(text).into_owned(),
            can: Vec::new(),
            cannot: Vec::new(),
            note: String::new(),
            checked: true,
            disabled: false,
            holders: String::new(),
            applications: Vec::new(),
        }
    }
}

async fn holders(
    conn: &mut Conn,
    organization: &OrganizationId,
    role: &str,
    limit: i64,
) -> Result<Vec<(MembershipId, String)>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::HOLDERS)
        .bind(organization)
        .bind(role)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
