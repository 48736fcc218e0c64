//! Business roles as cards to choose from.

use crate::{
    access::Catalogue,
    organizations::Ceiling,
    settings::{RoleSettings, RoleTier},
    web::Lang,
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
}

/// The roles that somebody may give to a member (`leads`: to a lead), in the order of the settings.
#[must_use]
pub fn role_choices(
    catalogue: &Catalogue,
    lang: Lang,
    ceiling: Ceiling,
    leads: bool,
    ticked: &[String],
) -> Vec<RoleChoice> {
    let fits =
        |role: &&RoleSettings| ceiling.allows(role.tier) && (role.tier == RoleTier::Lead) == leads;
    let fitting = catalogue.roles().iter().filter(fits);
    let cards = fitting.filter_map(|role| catalogue.role_card(&role.key, lang.as_str()));
    let choices = cards.enumerate().map(|(index, card)| RoleChoice {
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
        checked: ticked.iter().any(|key| key == card.key),
    });
    choices.collect()
}
