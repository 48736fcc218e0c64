//! From the bytes of a file to text, whatever program wrote it.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes looked at to tell UTF-16 without a mark.
const SAMPLE: usize = 1_000;

/// The text and the name of its encoding.
///
/// # Errors
/// What the file seems to be instead, and what to do.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, &'static str), (&'static str, &'static str)> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err((
            "this is a spreadsheet file, not CSV",
            "in the spreadsheet program choose “Save as” and the type CSV",
        ));
    }
    let encoding = guess(bytes);
    let (text, _, has_errors) = encoding.decode(bytes);
    if has_errors || text.contains('\0') {
        return Err((
            "this is not a text file",
            "export the list as CSV and try again",
        ));
    }
    Ok((text.into_owned(), encoding.name()))
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let zeros = |parity: usize| {
        sample
            .iter()
            .enumerate()
            .filter(|(place, byte)| place % 2 == parity && **byte == 0)
            .count()
    };
    // Plain letters have an empty half in UTF-16.
    let many = sample.len() / 4;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > many => UTF_16LE,
        (even, 0) if even > many => UTF_16BE,
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        _ => WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        let text = "Firma;Straße;Ort\nMüller & Söhne;Weg 1;Köln\n";
        let mut with_mark = b"\xef\xbb\xbf".to_vec();
        with_mark.extend(text.as_bytes());
        let mut marked = b"\xff\xfe".to_vec();
        marked.extend(utf16(text, u16::to_le_bytes));
        let (latin, _, _) = WINDOWS_1252.encode(text);
        for bytes in [
            text.as_bytes().to_vec(),
            with_mark,
            marked,
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            latin.into_owned(),
        ] {
            let (read, encoding) = decode(&bytes).unwrap();
            assert_eq!(read, text, "{encoding}");
        }
    }

    #[test]
    fn refuses_what_is_no_text() {
        for bytes in [
            &b"PK\x03\x04rest"[..],
            b"a,b\n\0\x01\x02,\xff",
            b"\xff\xfea",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
