//! Why a role cannot be given, as a sentence.

use crate::{access::Catalogue, organizations::NotGivable, web::Shell};

/// For whoever wanted to give it.
#[must_use]
pub fn not_givable(shell: &Shell, catalogue: &Catalogue, why: &NotGivable) -> String {
    let lang = shell.lang.as_str();
    let name = |key: &str| catalogue.role_name(key, lang).to_owned();
    match why {
        NotGivable::Unknown(_) => shell.t("member-roles-unknown").into_owned(),
        NotGivable::AboveCeiling(role) => shell.t1("member-roles-above", "role", name(role)),
        NotGivable::WrongKind(role) => shell.t1("roles-wrong-kind", "role", name(role)),
        NotGivable::StaffOnly(role) => shell.t2(
            "roles-staff-only",
            ("role", name(role)),
            ("brand", shell.brand.clone()),
        ),
        NotGivable::NoProduct { role, product } => shell.t2(
            "roles-no-product",
            ("role", name(role)),
            ("product", catalogue.product_name(product, lang).to_owned()),
        ),
    }
}
