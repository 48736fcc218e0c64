//! Roles that are held and count for nothing.

use super::{Catalogue, MembershipFacts, Reason};
use crate::settings::RoleSettings;

/// Why the first held role that `would` grant does not count; `None` when there is none.
pub(super) fn unfit(
    membership: &MembershipFacts,
    catalogue: &Catalogue,
    would: impl Fn(&RoleSettings) -> bool,
) -> Option<Reason> {
    membership.roles.iter().find_map(|key| {
        if let Some(role) = catalogue.role(key) {
            let is_unfit = !role.is_for(membership.organization_kind) && would(role);
            return is_unfit.then(|| Reason::RoleNotForKind { role: key.clone() });
        }
        let over = catalogue.retired(key).filter(|role| would(role))?;
        Some(Reason::RoleRetired {
            role: over.key.clone(),
        })
    })
}
