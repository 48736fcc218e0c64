//! Invitations: who gets in by them, exactly once, and who does not.

mod delivery;
mod dump;
mod redeeming;
mod sending;
mod town;
