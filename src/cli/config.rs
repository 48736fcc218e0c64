//! `vestibule config`: show what is in force, print a template.

use std::path::Path;

use clap::Subcommand;

use super::{End, Failure, load, say};
use crate::settings::TEMPLATE;

#[derive(Subcommand)]
pub(super) enum Config {
    /// Print a commented configuration to start from: vestibule config template > vestibule.toml
    Template,
    /// Print the configuration in force, secrets masked.
    Show,
}

pub(super) fn run(command: &Config, file: Option<&Path>) -> Result<End, Failure> {
    match command {
        Config::Template => say(TEMPLATE),
        // `Debug` of a secret never shows it.
        Config::Show => say(&format!("{:#?}", load(file.map(Path::to_path_buf))?)),
    }
    Ok(End::Done)
}
