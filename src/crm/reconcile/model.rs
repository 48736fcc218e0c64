//! Runs and what they find.

use crate::kernel::{
    Instant,
    ids::{FindingId, OrganizationId, RunId},
};

crate::text_enum! {
    /// How far a run is.
    pub enum Phase {
        /// Reads the CRM's records.
        Records = "records",
        /// Looks for our members whom the CRM does not have.
        Members = "members",
        /// Looks for mirrored contacts that the CRM no longer has.
        People = "people",
        /// Looks for mirrored contracts that the CRM no longer has.
        Contracts = "contracts",
        /// Is finished.
        Done = "done",
    }
}

crate::text_enum! {
    /// What is wrong.
    pub enum Class {
        /// The CRM has it, the portal does not.
        MissingHere = "missing_here",
        /// The portal has it, the CRM does not.
        MissingThere = "missing_there",
        /// Both have it and a field differs.
        Differs = "differs",
        /// The two records do not name one another.
        BrokenLink = "broken_link",
        /// Two records of the CRM stand for one of ours.
        Duplicate = "duplicate",
    }
}

crate::text_enum! {
    /// What kind of record it is about.
    pub enum Kind {
        /// A company.
        Account = "account",
        /// A human of the CRM.
        Contact = "contact",
        /// An agreement.
        Contract = "contract",
        /// A person in an organization, of the portal.
        Membership = "membership",
    }
}

crate::text_enum! {
    /// Whose word counts for what differs.
    pub enum Owner {
        /// The portal's: the CRM is told again.
        Portal = "portal",
        /// The CRM's: the record is taken again.
        Crm = "crm",
        /// Nobody's: a person decides in the CRM.
        Nobody = "nobody",
    }
}

/// One comparison of a connection.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The connection.
    pub connection: String,
    /// How far it is.
    pub phase: Phase,
    /// Where the next page of this phase begins.
    pub cursor: String,
    /// Records read so far, of both sides.
    pub records: i64,
    /// Who asked for it: a person's id, [`super::COMMAND_LINE`], or empty for the schedule.
    pub started_by: String,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// Why it stands still; empty when it does not.
    pub problem: String,
}

/// Something that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The run that found it.
    pub run_id: RunId,
    /// What is wrong.
    pub class: Class,
    /// With what.
    pub kind: Kind,
    /// Our id; empty when there is none.
    pub subject: String,
    /// The CRM's id; empty when there is none.
    pub record_id: String,
    /// Of which organization, when that is known.
    pub organization_id: Option<OrganizationId>,
    /// The field that differs, in our words; empty when it is not about one.
    pub field: String,
    /// What the portal has.
    pub ours: String,
    /// What the CRM has.
    pub theirs: String,
    /// Whose word counts.
    pub owner: Owner,
    /// The CRM's record as JSON, where it is taken again to mend this.
    pub record: String,
    /// When it was mended.
    pub mended_at: Option<Instant>,
    /// What mending it set, as JSON of [`Change`]s; empty before.
    pub changes: String,
    /// When mending it was undone.
    pub undone_at: Option<Instant>,
}

crate::text_enum! {
    /// On which side a mend set something.
    pub enum Side {
        /// In the portal.
        Portal = "portal",
        /// In the CRM.
        Crm = "crm",
    }
}

/// What a mend set, and what was there before: enough to set it back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Where.
    pub side: Side,
    /// The field, in our words; [`RECORD`] and [`LINK`] beside them.
    pub field: String,
    /// What was there; empty for nothing. A whole record as JSON.
    pub old: String,
    /// What is there now; empty for nothing. Of a whole record its version.
    pub new: String,
}

/// The field of a change of a whole record.
pub const RECORD: &str = "record";
/// The field of a change of which record a member is linked to.
pub const LINK: &str = "link";

impl Finding {
    /// What mending it set.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        // Empty before it is mended.
        serde_json::from_str(&self.changes).unwrap_or_default()
    }

    /// Whether what mending it set can be set back.
    #[must_use]
    pub fn can_be_undone(&self) -> bool {
        self.mended_at.is_some() && self.way_back().is_some()
    }

    /// What is set back, where there is a way.
    ///
    /// None leads back from a contract or an account that was read again: the mirror only moves
    /// forward, and access follows the CRM. None from a record made in the CRM, as nothing is
    /// deleted there, and none to an empty field, as a CRM is never told to empty one.
    pub(super) fn way_back(&self) -> Option<Change> {
        let of = |side, field: &str| {
            let mut changes = self.changes().into_iter();
            changes.find(|it| it.side == side && it.field == field)
        };
        match (self.class, self.kind, self.owner) {
            (Class::Differs, Kind::Contact, Owner::Portal) => {
                of(Side::Crm, &self.field).filter(|it| !it.old.is_empty())
            }
            (Class::BrokenLink, Kind::Contact, Owner::Portal) => {
                of(Side::Portal, LINK).filter(|it| it.old != it.new)
            }
            (_, Kind::Contact, Owner::Crm) => of(Side::Portal, RECORD),
            _ => None,
        }
    }
}

/// A finding on its way into the store.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct NewFinding {
    pub(super) id: FindingId,
    pub(super) class: Class,
    pub(super) kind: Kind,
    pub(super) subject: String,
    pub(super) record_id: String,
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) field: &'static str,
    pub(super) ours: String,
    pub(super) theirs: String,
    pub(super) owner: Owner,
    pub(super) record: String,
}
