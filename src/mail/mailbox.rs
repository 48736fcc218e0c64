//! Reading the mails that [`super::FileTransport`] wrote, for the demo's mailbox page.
//!
//! Reads what our own composer writes and is not a general mail parser; whatever it cannot read it
//! shows as it stands. Ids are checked before they become file names.

use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::kernel::ids::{Id, MailId};

/// Mails listed at most.
const LISTED: usize = 200;
/// Bytes of one mail read at most.
const LARGEST: u64 = 1_000_000;

/// A mail as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// Our id of it.
    pub id: String,
    /// The headers in their order, decoded.
    pub headers: Vec<(String, String)>,
    /// The text version.
    pub text: String,
    /// The HTML version.
    pub html: String,
}

impl Mail {
    /// The value of a header, empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

/// The newest mails in the folder, newest first. A folder that is not there is empty.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> io::Result<Vec<Mail>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found: Vec<(SystemTime, MailId)> = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".eml"));
        if let Some(id) = id.and_then(|id| MailId::parse(id).ok()) {
            found.push((entry.metadata()?.modified()?, id));
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    found.truncate(LISTED);
    let mails = found.iter().map(|(_, id)| read(folder, id.as_str()));
    mails.filter_map(Result::transpose).collect()
}

/// One mail; `None` when the id is not one of ours or there is no such mail.
///
/// # Errors
/// When the file cannot be read.
pub fn read(folder: &Path, id: &str) -> io::Result<Option<Mail>> {
    let Ok(id) = MailId::parse(id) else {
        return Ok(None);
    };
    let path: PathBuf = folder.join(format!("{id}.eml"));
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() <= LARGEST => {
            Ok(Some(parse(id.as_str(), &std::fs::read(&path)?)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a composed mail.
#[must_use]
pub fn parse(id: &str, bytes: &[u8]) -> Mail {
    let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (head, body) = raw.split_once("\n\n").unwrap_or((&raw, ""));
    let headers = headers(head);
    let mut mail = Mail {
        id: id.to_owned(),
        headers,
        ..Mail::default()
    };
    let boundary = parameter(mail.header("Content-Type"), "boundary");
    let Some(boundary) = boundary else {
        body.clone_into(&mut mail.text);
        return mail;
    };
    for part in body.split(&format!("--{boundary}")).skip(1) {
        let Some((head, content)) = part.trim_start_matches('\n').split_once("\n\n") else {
            continue;
        };
        let decoded = quoted_printable(content.trim_end_matches('\n'));
        if head.contains("text/html") {
            mail.html = decoded;
        } else if head.contains("text/plain") {
            mail.text = decoded;
        }
    }
    mail
}

/// Unfolds (RFC 5322 2.2.3) and decodes headers.
fn headers(head: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        let is_folded = line.starts_with([' ', '\t']);
        if let (true, Some((_, value))) = (is_folded, headers.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    for (_, value) in &mut headers {
        *value = encoded_words(value);
    }
    headers
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').find_map(|part| {
        let (known, value) = part.trim().split_once('=')?;
        known
            .eq_ignore_ascii_case(name)
            .then(|| value.trim_matches('"').to_owned())
    })
}

/// Decodes `=?utf-8?b?…?=` (RFC 2047); white space between two of them is theirs.
fn encoded_words(value: &str) -> String {
    let mut decoded = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, word, after)) = next_word(rest) {
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&word);
        rest = after;
        after_word = true;
    }
    decoded + rest
}

/// The text before the first encoded word, the word decoded, the text after it.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    const START: &str = "=?utf-8?b?";
    let start = text.find(START)?;
    let (before, rest) = text.split_at_checked(start)?;
    let (word, after) = rest.strip_prefix(START)?.split_once("?=")?;
    let bytes = STANDARD.decode(word).ok()?;
    Some((before, String::from_utf8_lossy(&bytes).into_owned(), after))
}

/// Decodes quoted-printable (RFC 2045 6.7).
fn quoted_printable(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).map(|code| u8::from_str_radix(code, 16));
        rest = match (after.strip_prefix('\n'), code) {
            (Some(next_line), _) => next_line,
            (None, Some(Ok(byte))) => {
                bytes.push(byte);
                after.get(2..).unwrap_or_default()
            }
            (None, _) => {
                bytes.push(b'=');
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_the_composer_encodes() {
        assert_eq!(quoted_printable("a=C3=BC=\nb=3D1 =zz="), "aüb=1 =zz=");
        assert_eq!(
            encoded_words("=?utf-8?b?w7w=?= =?utf-8?b?w7Y=?= x =?utf-8?b?!?="),
            "üö x =?utf-8?b?!?="
        );
    }

    #[test]
    fn broken_mails_are_shown_as_far_as_they_go() {
        for bytes in [
            &b""[..],
            b"\xff\xfe",
            b"Subject",
            b"Content-Type: multipart/x; boundary=\"\"\n\n----",
        ] {
            let mail = parse("x", bytes);
            assert_eq!(mail.id, "x");
        }
    }

    #[test]
    fn ids_are_no_paths() {
        for id in ["../x", "mail_/../../etc/passwd", "", "mail_x"] {
            assert_eq!(read(Path::new("/"), id).unwrap(), None);
        }
    }
}
