//! Cleaning and folding of text that people type.

/// The form used for searching and sorting: lower case, without marks on Latin letters, single
/// spaces. The same on both databases, whose own folding differs.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.trim().chars().flat_map(char::to_lowercase) {
        match without_mark(character) {
            Some(plain) => folded.push_str(plain),
            None if character.is_whitespace() => push_single_space(&mut folded),
            None => folded.push(character),
        }
    }
    folded
}

fn push_single_space(folded: &mut String) {
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// The plain letters for a marked Latin letter.
fn without_mark(character: char) -> Option<&'static str> {
    Some(match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// One line of typed text: control and invisible formatting characters removed, white space
/// collapsed, at most `limit` characters kept.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit));
    for character in text
        .trim()
        .chars()
        .filter(|character| !is_invisible(*character))
        .take(limit)
    {
        if character.is_whitespace() {
            push_single_space(&mut line);
        } else {
            line.push(character);
        }
    }
    line.trim_end().to_owned()
}

/// Several lines of typed text: as [`one_line`], but line ends are kept as `\n`.
#[must_use]
pub fn many_lines(text: &str, limit: usize) -> String {
    let kept: String = text.replace("\r\n", "\n").chars().take(limit).collect();
    kept.split('\n')
        .map(|line| one_line(line, limit))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// Characters that would change how text reads without being seen: controls, direction overrides,
/// zero-width marks, line and paragraph separators.
fn is_invisible(character: char) -> bool {
    let is_space_like = character.is_whitespace() && !matches!(character, '\u{2028}' | '\u{2029}');
    !is_space_like
        && (character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
}

/// The key by which contract numbers compare: letters and digits only, upper case, with look-alike
/// dashes, spaces and dots gone.
#[must_use]
pub fn number_key(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .take(100)
        .collect()
}

/// The letters shown in a person's or company's round mark: at most two.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_marks_and_spaces() {
        assert_eq!(fold("  Müller\t  GROẞ "), "muller gross");
        assert_eq!(fold("Ærø Østerby"), "aero osterby");
    }

    #[test]
    fn a_line_cannot_smuggle_line_ends_or_direction() {
        assert_eq!(one_line("a\r\nBcc: b\u{202e}c\u{2028}d", 80), "a Bcc: bcd");
        assert_eq!(one_line("abcdef", 3), "abc");
    }

    #[test]
    fn contract_numbers_compare_without_punctuation() {
        assert_eq!(number_key("ct-1001 / a"), number_key("CT–1001A"));
    }

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Aino Maria Virtanen"), "AV");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
