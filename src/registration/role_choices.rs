//! Business roles as cards to choose from.

use crate::{
    organizations::{self, NotGivable, Offer},
    settings::RoleTier,
    web::Visit,
};

/// One card.
#[derive(Debug, Clone)]
pub struct RoleChoice {
    /// The id of its box on the page; the first one's is the field's name.
    pub id: String,
    /// The role.
    pub key: String,
    /// The duty.
    pub name: String,
    /// For whom it is.
    pub people: String,
    /// What one can do.
    pub can: Vec<String>,
    /// What one cannot do.
    pub cannot: Vec<String>,
    /// Whether it is ticked.
    pub checked: bool,
    /// Why it cannot be ticked; empty when it can.
    pub note: String,
}

/// The roles that somebody may give to a member (`leads`: to a lead), in the order of the catalogue.
/// A role that only the contract or the ceiling of an organization keeps away is shown with why.
#[must_use]
pub fn role_choices(
    visit: &Visit,
    offer: &Offer,
    leads: bool,
    ticked: &[String],
) -> Vec<RoleChoice> {
    let (catalogue, lang, shell) = (&visit.state.catalogue, visit.lang, visit.shell(""));
    let of_tier = catalogue
        .roles()
        .iter()
        .filter(|role| (role.tier == RoleTier::Lead) == leads);
    let cards = of_tier.filter_map(|role| {
        let note = match offer.check(role) {
            Ok(()) => String::new(),
            Err(why @ (NotGivable::StaffOnly(_) | NotGivable::NoProduct { .. })) => {
                organizations::not_givable(&shell, catalogue, &why)
            }
            Err(_) => return None,
        };
        Some((catalogue.role_card(&role.key, lang.as_str())?, note))
    });
    let choices = cards.enumerate().map(|(index, (card, note))| RoleChoice {
        id: if index == 0 {
            "roles".to_owned()
        } else {
            format!("roles-{index}")
        },
        key: card.key.to_owned(),
        name: card.words.name.clone(),
        people: card.words.people.clone(),
        can: card.words.can.clone(),
        cannot: card.words.cannot.clone(),
        checked: note.is_empty() && ticked.iter().any(|key| key == card.key),
        note,
    });
    choices.collect()
}
