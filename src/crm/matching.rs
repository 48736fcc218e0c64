//! Which record a write means: the rules of `docs/crm/http.md`, on records that an adapter has read.
//!
//! The stored id, then our id, then the verified address within the account (of leads: anywhere).
//! Several candidates, or one that is linked to somebody else, are for a person. What earlier writes
//! of a batch took is kept in mind, so that a batch ends as its writes one by one would.

use std::collections::{BTreeMap, HashMap};

use super::port::{ContactWrite, LeadWrite, Verdict};

/// A record that stands for a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Human {
    /// At a company.
    Contact,
    /// At a company that is no customer yet.
    Lead,
}

impl Human {
    const fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Lead => "lead",
        }
    }
}

/// The record that a write is applied to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// One that is there.
    Known {
        /// What it is.
        human: Human,
        /// The CRM's id, as the CRM spells it.
        id: String,
    },
    /// One that is made.
    New {
        /// What it is.
        human: Human,
        /// Our id for it.
        key: String,
    },
}

impl Target {
    /// What it is.
    #[must_use]
    pub const fn human(&self) -> Human {
        match self {
            Self::Known { human, .. } | Self::New { human, .. } => *human,
        }
    }

    /// The CRM's id, once there is one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Known { id, .. } => Some(id),
            Self::New { .. } => None,
        }
    }
}

/// What is read of a record to tell whether a write means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is.
    pub human: Human,
    /// The CRM's id.
    pub id: String,
    /// Our id, when it carries one.
    pub our_id: String,
    /// The account, of a contact.
    pub account_id: String,
    /// The address.
    pub email: String,
    /// Whether it can still be meant by its address: a lead that became a contact cannot.
    pub is_open: bool,
}

/// How one CRM spells its ids.
#[derive(Debug, Clone, Copy)]
pub struct Spelling {
    /// Whether a text can be an id at all.
    pub is_id: fn(&str) -> bool,
    /// What all spellings of one id have in common.
    pub key: fn(&str) -> String,
}

/// Says which record each write of a batch means.
pub struct Matcher {
    spelling: Spelling,
    known: BTreeMap<(Human, String), Candidate>,
    /// Contacts that a write of this batch linked.
    taken: HashMap<String, String>,
    /// What our ids stand for since a write of this batch.
    given: HashMap<(Human, String), Target>,
}

impl Matcher {
    /// A matcher for one batch, with every record that its writes could mean.
    #[must_use]
    pub fn new(spelling: Spelling, candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let keyed = candidates
            .into_iter()
            .map(|it| ((it.human, (spelling.key)(&it.id)), it));
        Self {
            spelling,
            known: keyed.collect(),
            taken: HashMap::new(),
            given: HashMap::new(),
        }
    }

    fn by_id(&self, human: Human, id: &str) -> Option<Target> {
        let found = self.known.get(&(human, (self.spelling.key)(id)))?;
        let id = found.id.clone();
        Some(Target::Known { human, id })
    }

    /// The record with this id, for activities.
    ///
    /// # Errors
    /// A rejection, when there is none.
    pub fn known(&self, human: Human, id: &str) -> Result<Target, Verdict> {
        self.by_id(human, id)
            .ok_or_else(|| not_found(human.word(), id))
    }

    fn by_key(&self, human: Human, key: &str) -> Vec<Target> {
        if key.is_empty() {
            return Vec::new();
        }
        match self.given.get(&(human, key.to_owned())) {
            Some(target) => vec![target.clone()],
            None => self.with(human, |it| it.our_id == key),
        }
    }

    fn with(&self, human: Human, fits: impl Fn(&Candidate) -> bool) -> Vec<Target> {
        let found = self
            .known
            .values()
            .filter(|it| it.human == human && fits(it));
        found
            .map(|it| Target::Known {
                human,
                id: it.id.clone(),
            })
            .collect()
    }

    /// The contact of a write.
    ///
    /// # Errors
    /// The verdict, when it means none or more than one.
    pub fn contact(&mut self, part: &ContactWrite) -> Result<Target, Verdict> {
        if !(self.spelling.is_id)(&part.account_id) {
            return Err(not_found("account", &part.account_id));
        }
        let target = self.find_contact(part)?;
        if let Some(id) = target.id() {
            let id = (self.spelling.key)(id);
            self.taken.insert(id, part.membership_id.clone());
        }
        let key = (Human::Contact, part.membership_id.clone());
        self.given.insert(key, target.clone());
        Ok(target)
    }

    fn find_contact(&self, part: &ContactWrite) -> Result<Target, Verdict> {
        let human = Human::Contact;
        if let Some(target) = part.id.as_deref().and_then(|id| self.by_id(human, id)) {
            return Ok(target);
        }
        // A record that was merged away is found again by our id.
        match self.by_key(human, &part.membership_id).as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            several => return Err(review("several contacts carry our id", several)),
        }
        if let Some(id) = &part.id {
            return Err(not_found(human.word(), id));
        }
        let new = Target::New {
            human,
            key: part.membership_id.clone(),
        };
        if part.create_new || part.email.is_empty() {
            return Ok(new);
        }
        let key = self.spelling.key;
        let of_address = self.with(human, |it| {
            key(&it.account_id) == key(&part.account_id) && same(&it.email, &part.email)
        });
        match of_address.as_slice() {
            [] => Ok(new),
            [one] if self.is_free(one) => Ok(one.clone()),
            [_] => Err(review(
                "the contact with this address is linked to another member",
                &of_address,
            )),
            _ => Err(review(
                "several contacts of the account have this address",
                &of_address,
            )),
        }
    }

    fn is_free(&self, target: &Target) -> bool {
        let Some(id) = target.id() else { return false };
        let id = (self.spelling.key)(id);
        let found = self.known.get(&(target.human(), id.clone()));
        !self.taken.contains_key(&id) && found.is_some_and(|it| it.our_id.is_empty())
    }

    /// The lead of a write.
    ///
    /// # Errors
    /// The verdict, when it means none or more than one.
    pub fn lead(&mut self, part: &LeadWrite) -> Result<Target, Verdict> {
        let target = self.find_lead(part)?;
        if !part.portal_key.is_empty() {
            let key = (Human::Lead, part.portal_key.clone());
            self.given.insert(key, target.clone());
        }
        Ok(target)
    }

    fn find_lead(&self, part: &LeadWrite) -> Result<Target, Verdict> {
        let human = Human::Lead;
        if let Some(target) = part.id.as_deref().and_then(|id| self.by_id(human, id)) {
            return Ok(target);
        }
        let mut found = self.by_key(human, &part.portal_key);
        if let (true, Some(id)) = (found.is_empty(), &part.id) {
            return Err(not_found(human.word(), id));
        }
        if found.is_empty() && !part.create_new && !part.email.is_empty() {
            found = self.with(human, |it| it.is_open && same(&it.email, &part.email));
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] if part.portal_key.is_empty() => Err(not_found(human.word(), "of this address")),
            [] => Ok(Target::New {
                human,
                key: part.portal_key.clone(),
            }),
            several => Err(review("more than one lead could be meant", several)),
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn not_found(what: &str, id: &str) -> Verdict {
    let id: String = id.chars().take(40).collect();
    Verdict::Rejected {
        cause: "not_found".to_owned(),
        reason: format!("there is no {what} {id}"),
    }
}

fn review(reason: &str, candidates: &[Target]) -> Verdict {
    let ids = candidates.iter().filter_map(Target::id);
    Verdict::NeedsReview {
        reason: reason.to_owned(),
        candidates: ids.map(str::to_owned).collect(),
    }
}

/// The changes a record carries as applied, newest first, with those that are applied now (oldest
/// first) before them; as many as fit.
#[must_use]
pub fn stamp(before: &str, now: &[String], longest: usize) -> String {
    let newest = now.iter().rev().map(String::as_str);
    let mut keys = String::new();
    for key in newest
        .chain(before.split(' '))
        .filter(|key| !key.is_empty())
    {
        if keys.len() + key.len() >= longest && !keys.is_empty() {
            break;
        }
        if !keys.is_empty() {
            keys.push(' ');
        }
        keys.push_str(key);
    }
    keys
}

/// Whether a record carries a change as applied.
#[must_use]
pub fn is_stamped(keys: &str, key: &str) -> bool {
    keys.split(' ').any(|known| known == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: &str, our_id: &str, email: &str) -> Candidate {
        Candidate {
            human: Human::Contact,
            id: id.to_owned(),
            our_id: our_id.to_owned(),
            account_id: "A".to_owned(),
            email: email.to_owned(),
            is_open: true,
        }
    }

    fn part(id: Option<&str>, membership: &str, email: &str) -> ContactWrite {
        ContactWrite {
            id: id.map(str::to_owned),
            account_id: "a".to_owned(),
            membership_id: membership.to_owned(),
            email: email.to_owned(),
            ..ContactWrite::default()
        }
    }

    fn matcher() -> Matcher {
        let spelling = Spelling {
            is_id: |id| !id.is_empty(),
            key: str::to_lowercase,
        };
        let all = [
            candidate("C1", "m1", "ada@a.example"),
            candidate("C2", "", "Ben@a.example"),
            candidate("C3", "", "two@a.example"),
            candidate("C4", "", "two@a.example"),
        ];
        Matcher::new(spelling, all)
    }

    fn id(target: Result<Target, Verdict>) -> String {
        match target.unwrap() {
            Target::Known { id, .. } => id,
            Target::New { key, .. } => format!("new {key}"),
        }
    }

    #[test]
    fn the_id_then_our_id_then_the_address() {
        let mut matcher = matcher();
        assert_eq!(
            id(matcher.contact(&part(Some("c3"), "m9", "x@a.example"))),
            "C3"
        );
        assert_eq!(id(matcher.contact(&part(Some("gone"), "m1", ""))), "C1");
        assert_eq!(id(matcher.contact(&part(None, "m1", "x@a.example"))), "C1");
        assert_eq!(
            id(matcher.contact(&part(None, "m2", "ben@A.example"))),
            "C2"
        );
        assert_eq!(
            id(matcher.contact(&part(None, "m3", "new@a.example"))),
            "new m3"
        );
        assert!(matches!(
            matcher.contact(&part(Some("gone"), "m5", "")),
            Err(Verdict::Rejected { .. })
        ));
    }

    #[test]
    fn what_could_be_several_or_somebody_elses_is_for_a_person() {
        let mut matcher = matcher();
        let candidates = |verdict: Result<Target, Verdict>| match verdict {
            Err(Verdict::NeedsReview { candidates, .. }) => candidates,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            candidates(matcher.contact(&part(None, "m9", "two@a.example"))),
            ["C3", "C4"]
        );
        assert_eq!(
            candidates(matcher.contact(&part(None, "m9", "ada@a.example"))),
            ["C1"]
        );
        // The first of a batch links it; the second is another member.
        assert_eq!(
            id(matcher.contact(&part(None, "m2", "ben@a.example"))),
            "C2"
        );
        assert_eq!(
            candidates(matcher.contact(&part(None, "m3", "ben@a.example"))),
            ["C2"]
        );
        let mut none_of_them = part(None, "m9", "two@a.example");
        none_of_them.create_new = true;
        assert_eq!(id(matcher.contact(&none_of_them)), "new m9");
        assert_eq!(
            id(matcher.contact(&part(None, "m9", "two@a.example"))),
            "new m9"
        );
    }

    #[test]
    fn stamps_keep_the_newest() {
        let now = ["c".to_owned(), "d".to_owned()];
        assert_eq!(stamp("b a", &now, 255), "d c b a");
        assert_eq!(stamp("b a", &now, 6), "d c b");
        assert_eq!(stamp("", &["long".to_owned()], 2), "long");
        assert!(is_stamped("d c", "c") && !is_stamped("dc", "c") && !is_stamped("", "c"));
    }
}
