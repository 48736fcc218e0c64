//! `vestibule render`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{End, Failure, load, say};
use crate::{
    mail::{Letterhead, letters},
    settings::{self, Settings, TEMPLATE},
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule render /tmp/mails\n  vestibule --config /etc/vestibule.toml render /tmp/mails\n\nOpen index.html in the folder. Without a configuration the letters bear a sample name."
)]
pub(super) struct Render {
    /// The folder; made when it is not there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(command: &Render, config: Option<&Path>) -> Result<End, Failure> {
    let settings = match load(config.map(Path::to_path_buf)) {
        Ok(settings) => settings,
        Err(failure) if config.is_some() => return Err(failure),
        Err(_) => sample()?,
    };
    let samples = letters::samples(&Letterhead::of(&settings.portal))?;
    let folder = command.folder.as_path();
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut index = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mails</title><h1>Mails</h1><ul>\n",
    );
    for sample in &samples {
        let name = format!("{}.{}", sample.name, sample.lang);
        let letter = &sample.rendered;
        let text = format!("{}\n\n{}", letter.subject, letter.text);
        write(&folder.join(format!("{name}.html")), &letter.html)?;
        write(&folder.join(format!("{name}.txt")), &text)?;
        // Writing to a String cannot fail.
        let _ = writeln!(
            index,
            "<li>{name}: <a href=\"{name}.html\">HTML</a>, <a href=\"{name}.txt\">text</a>"
        );
    }
    write(&folder.join("index.html"), &index)?;
    say(&format!(
        "{} mails written to {}; open index.html there.",
        samples.len(),
        folder.display()
    ));
    Ok(End::Done)
}

/// The template's settings, with a key that protects nothing.
fn sample() -> Result<Settings, Failure> {
    let key = (
        "VESTIBULE_SECURITY__ENCRYPTION_KEY".to_owned(),
        "00".repeat(32),
    );
    settings::parse(TEMPLATE, &BTreeMap::from([key])).map_err(Failure::Settings)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    Ok(std::fs::write(file, text).map_err(|error| unwritable(file, &error))?)
}

fn unwritable(file: &Path, error: &std::io::Error) -> anyhow::Error {
    anyhow::anyhow!("{} cannot be written: {error}", file.display())
}
