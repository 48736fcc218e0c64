//! `[invitations]`.

use std::time::Duration;

use serde::Deserialize;

/// Life and limits of invitations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InvitationSettings {
    /// Hours an invitation lives: 1 to 720.
    pub life_hours: u32,
    /// Whether people who have not answered are reminded once, at half of the invitation's life.
    pub reminder: bool,
    /// Minutes before an invitation can be sent again.
    pub resend_minutes: u32,
    /// Invitations one inviter may make in a day.
    pub per_inviter_per_day: u32,
    /// Invitations one program may make through the API in a day.
    pub per_client_per_day: u32,
    /// Invitations one address may get in a day, from everybody together.
    pub per_address_per_day: u32,
}

impl Default for InvitationSettings {
    fn default() -> Self {
        Self {
            life_hours: 168,
            reminder: true,
            resend_minutes: 10,
            per_inviter_per_day: 500,
            per_client_per_day: 20_000,
            per_address_per_day: 10,
        }
    }
}

impl InvitationSettings {
    /// How long an invitation lives.
    #[must_use]
    pub fn life(&self) -> Duration {
        Duration::from_secs(u64::from(self.life_hours) * 3_600)
    }
}
