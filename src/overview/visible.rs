//! Who sees which panel.

use super::Shown;
use crate::settings::PanelSettings;

/// Whether somebody with these roles, in a company of these segments, sees a panel.
#[must_use]
pub fn visible(panel: &PanelSettings, roles: &[String], segments: &Shown<Vec<String>>) -> bool {
    let by_role = panel.roles.is_empty() || panel.roles.iter().any(|role| roles.contains(role));
    let is_in = |wanted: &String| {
        let known = segments.known();
        known.is_some_and(|known| {
            known
                .iter()
                .any(|it| it.to_lowercase() == wanted.to_lowercase())
        })
    };
    by_role && (panel.segments.is_empty() || panel.segments.iter().any(is_in))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::Instant, settings::Panel};

    #[test]
    fn roles_and_segments_both_have_to_fit() {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let known = |segments: &[&str]| Shown::Known {
            value: words(segments),
            at: Instant::from_seconds(0),
            is_stale: false,
        };
        let panel = |roles: &[&str], segments: &[&str]| PanelSettings {
            panel: Panel::Orders,
            roles: words(roles),
            segments: words(segments),
            words: Default::default(),
        };
        let sees = |panel: &PanelSettings, roles: &[&str], segments: &Shown<Vec<String>>| {
            visible(panel, &words(roles), segments)
        };
        assert!(sees(&panel(&[], &[]), &[], &Shown::Hidden));
        assert!(sees(&panel(&["admin"], &[]), &["admin"], &Shown::Failed));
        assert!(!sees(&panel(&["admin"], &[]), &["orders"], &Shown::Failed));
        let key = panel(&["admin"], &["Key account"]);
        assert!(sees(&key, &["admin"], &known(&["small", "key ACCOUNT"])));
        assert!(!sees(&key, &["admin"], &known(&["small"])));
        // Nobody sees by accident what is meant for some.
        assert!(!sees(&key, &["admin"], &Shown::Failed));
        assert!(!sees(&key, &["orders"], &known(&["key account"])));
    }
}
