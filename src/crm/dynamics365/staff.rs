//! Staff who have a user of their own there: what they do is written in their name.

use std::{
    collections::{BTreeSet, HashMap},
    sync::PoisonError,
};

use super::{Dynamics365, api::query, odata, plan::Plan, records};
use crate::crm::port::CrmError;

impl Dynamics365 {
    /// The Entra ids of the staff of a plan, by address.
    pub(super) async fn staff(&self, plan: &Plan) -> Result<HashMap<String, String>, CrmError> {
        if !self.settings.act_as_staff {
            return Ok(HashMap::new());
        }
        let wanted: BTreeSet<&str> = plan
            .records
            .values()
            .filter_map(|change| change.staff.as_deref())
            .filter(|email| !email.is_empty())
            .collect();
        let unknown: Vec<&str> = {
            let known = self.staff.lock().unwrap_or_else(PoisonError::into_inner);
            let is_unknown = |email: &&str| !known.contains_key(*email);
            wanted.into_iter().filter(is_unknown).collect()
        };
        if !unknown.is_empty() {
            let filter = format!(
                "isdisabled eq false and {}",
                odata::one_of("internalemailaddress", unknown.iter().copied())
            );
            let columns = ["internalemailaddress", "azureactivedirectoryobjectid"];
            let rows = self
                .api
                .rows(&[query("systemusers", &columns, &filter)])
                .await?;
            let mut known = self.staff.lock().unwrap_or_else(PoisonError::into_inner);
            known.extend(unknown.iter().map(|email| ((*email).to_owned(), None)));
            for row in rows.iter().flatten() {
                let email = records::text(row, "internalemailaddress");
                let id = records::text(row, "azureactivedirectoryobjectid");
                let is_it = |it: &&&str| it.eq_ignore_ascii_case(&email);
                if let (Some(asked), true) = (unknown.iter().find(is_it), odata::is_id(&id)) {
                    known.insert((*asked).to_owned(), Some(id));
                }
            }
        }
        let known = self.staff.lock().unwrap_or_else(PoisonError::into_inner);
        let with_user =
            |(email, id): (&String, &Option<String>)| Some((email.clone(), id.clone()?));
        Ok(known.iter().filter_map(with_user).collect())
    }
}
