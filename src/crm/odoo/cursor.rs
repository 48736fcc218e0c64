//! The place in the feed.

use serde::{Deserialize, Serialize};

use crate::crm::{
    port::{CrmError, InvitationRequest},
    rest::Place,
};

/// Where each stream was read to; stamps are seconds.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Cursor {
    pub(super) partners: Place,
    pub(super) contracts: Place,
    pub(super) leads: Place,
    /// Invitations that did not fit on the page of their record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) waiting: Vec<InvitationRequest>,
}

impl Cursor {
    pub(super) fn read(text: &str) -> Result<Self, CrmError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text)
            .map_err(|_| CrmError::Protocol("the place in the feed cannot be read".to_owned()))
    }

    pub(super) fn write(&self) -> Result<String, CrmError> {
        serde_json::to_string(self)
            .map_err(|_| CrmError::Protocol("the place in the feed cannot be written".to_owned()))
    }
}
