//! One role: its words, who it is for, what it opens.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Choice, Desk, drafted, edit, matrix::role_name};
use crate::{
    access::{CatalogueBody, actors::Operator},
    kernel::{OrganizationKind, text},
    operations::catalogue::{
        check::{self, Fault},
        draft::{self, Edit, EditError},
        save, table,
    },
    settings::{GrantedBy, RoleSettings, RoleTier, RoleWords},
    web::{Field, Form, FormErrors, Refusal, Shell, page, urls},
};

/// Holders that are counted.
const COUNTED: i64 = 10_001;

/// The form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoleForm {
    /// What the form showed, as a word.
    seen: String,
    key: String,
    tier: String,
    kinds: Vec<String>,
    product: String,
    granted_by: String,
    name_en: String,
    people_en: String,
    can_en: String,
    cannot_en: String,
    name_de: String,
    people_de: String,
    can_de: String,
    cannot_de: String,
    /// Services that are opened.
    opens: Vec<String>,
    /// Services, in the order of `grants`.
    service: Vec<String>,
    /// Application roles there.
    grants: Vec<String>,
    /// `put`, or `drop` to take the role out.
    act: String,
    /// The role that holders get when it is taken out.
    replacement: String,
}

/// A service's row of the form.
struct Opening {
    key: String,
    name: String,
    opens: bool,
    grants: String,
}

#[derive(Template)]
#[template(path = "operations/catalogue_role.html")]
struct RolePage {
    shell: Shell,
    errors: FormErrors,
    back: String,
    action: String,
    seen: String,
    is_new: bool,
    is_over: bool,
    shown_key: String,
    key: Field,
    tier: Field,
    tiers: Vec<Choice>,
    kind: Field,
    kinds: Vec<Choice>,
    product: Field,
    granted_by: Field,
    givers: Vec<Choice>,
    name_en: Field,
    people_en: Field,
    can_en: Field,
    cannot_en: Field,
    name_de: Field,
    people_de: Field,
    can_de: Field,
    cannot_de: Field,
    grants: Field,
    openings: Vec<Opening>,
    replacement: Field,
    replacements: Vec<Choice>,
    holders: String,
}

/// A form for a role that is not there.
pub(super) async fn new(operator: Operator) -> Result<Response, Refusal> {
    let form = RoleForm {
        tier: RoleTier::Member.to_string(),
        granted_by: GrantedBy::Admin.to_string(),
        ..RoleForm::default()
    };
    let desk = desk(&operator).await?;
    render(&operator, &desk, None, (form, &[])).await
}

/// The form of a role.
pub(super) async fn show(
    operator: Operator,
    Path(role): Path<String>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    let found = desk.body().role(&role).ok_or(Refusal::NotFound)?.clone();
    let form = form_of(desk.body(), &found);
    render(&operator, &desk, Some(&found), (form, &[])).await
}

async fn desk(operator: &Operator) -> Result<Desk, Refusal> {
    let mut conn = operator.visit().state.db.read().await?;
    Ok(Desk::read(&mut conn, operator).await?)
}

fn form_of(body: &CatalogueBody, role: &RoleSettings) -> RoleForm {
    let words = |lang: &str| role.words.get(lang).cloned();
    let of = |lang: &str| {
        let words = words(lang);
        let text = |of: fn(&RoleWords) -> String| words.as_ref().map(of).unwrap_or_default();
        (
            text(|it| it.name.clone()),
            text(|it| it.people.clone()),
            text(|it| it.can.join("\n")),
            text(|it| it.cannot.join("\n")),
        )
    };
    let (name_en, people_en, can_en, cannot_en) = of("en");
    let (name_de, people_de, can_de, cannot_de) = of("de");
    RoleForm {
        seen: draft::role_mark(body, &role.key),
        key: role.key.clone(),
        tier: role.tier.to_string(),
        kinds: role.kinds.iter().map(ToString::to_string).collect(),
        product: role.product.clone().unwrap_or_default(),
        granted_by: role.granted_by.to_string(),
        name_en,
        people_en,
        can_en,
        cannot_en,
        name_de,
        people_de,
        can_de,
        cannot_de,
        opens: role.grants.keys().cloned().collect(),
        service: role.grants.keys().cloned().collect(),
        grants: role.grants.values().map(|given| given.join(", ")).collect(),
        act: String::new(),
        replacement: String::new(),
    }
}

/// A new role, into the draft.
pub(super) async fn create(
    operator: Operator,
    Form(form): Form<RoleForm>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    let known = desk.body().role(form.key.trim());
    if known.is_some_and(|role| !role.retired) {
        let fault = Fault {
            entry: String::new(),
            field: "key",
            text: "catalogue-wrong-twice",
            of: form.key.clone(),
        };
        return render(&operator, &desk, None, (form, &[fault])).await;
    }
    take(&operator, &desk, None, form).await
}

/// A role as edited, or out, into the draft.
pub(super) async fn put(
    operator: Operator,
    Path(role): Path<String>,
    Form(mut form): Form<RoleForm>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    let known = desk.body().role(&role).ok_or(Refusal::NotFound)?.clone();
    form.key.clone_from(&known.key);
    if form.act != "drop" {
        return take(&operator, &desk, Some(&known), form).await;
    }
    let to = form.replacement.clone();
    let mut others = desk.body().roles.iter().filter(|it| !it.retired);
    let replacement = others
        .any(|it| it.key == to && it.key != known.key)
        .then_some(to);
    let wanted = Edit::DropRole {
        key: known.key.clone(),
        replacement,
    };
    done(&operator, &desk, Some(&known), form, wanted).await
}

async fn take(
    operator: &Operator,
    desk: &Desk,
    known: Option<&RoleSettings>,
    form: RoleForm,
) -> Result<Response, Refusal> {
    match role_of(desk.body(), known, &form) {
        Ok(role) => done(operator, desk, known, form, Edit::PutRole(Box::new(role))).await,
        Err(faults) => render(operator, desk, known, (form, &faults)).await,
    }
}

async fn done(
    operator: &Operator,
    desk: &Desk,
    known: Option<&RoleSettings>,
    form: RoleForm,
    wanted: Edit,
) -> Result<Response, Refusal> {
    match edit(operator, wanted, form.seen.clone()).await {
        Ok(()) => Ok(drafted(operator)),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(EditError::Changed) => {
            let fault = Fault {
                entry: String::new(),
                field: "name_en",
                text: "catalogue-wrong-changed",
                of: String::new(),
            };
            let seen = draft::role_mark(desk.body(), &form.key);
            let form = RoleForm { seen, ..form };
            render(operator, desk, known, (form, &[fault])).await
        }
    }
}

/// The role that a form describes; words of other languages stay.
fn role_of(
    body: &CatalogueBody,
    known: Option<&RoleSettings>,
    form: &RoleForm,
) -> Result<RoleSettings, Vec<Fault>> {
    let line = |text: &str| text::one_line(text, check::TEXT_LIMIT + 1);
    let mut words = known.map(|known| known.words.clone()).unwrap_or_default();
    let spoken = [
        (
            "en",
            [
                &form.name_en,
                &form.people_en,
                &form.can_en,
                &form.cannot_en,
            ],
        ),
        (
            "de",
            [
                &form.name_de,
                &form.people_de,
                &form.can_de,
                &form.cannot_de,
            ],
        ),
    ];
    for (lang, [name, people, can, cannot]) in spoken {
        let written = RoleWords {
            name: line(name),
            people: line(people),
            can: table::lines(can),
            cannot: table::lines(cannot),
        };
        if written.name.is_empty() && lang != "en" {
            words.remove(lang);
        } else {
            words.insert(lang.to_owned(), written);
        }
    }
    let product = line(&form.product);
    let role = RoleSettings {
        key: form.key.trim().to_owned(),
        tier: RoleTier::parse(&form.tier).unwrap_or(RoleTier::Member),
        product: Some(product).filter(|product| !product.is_empty()),
        kinds: form
            .kinds
            .iter()
            .filter_map(|kind| OrganizationKind::parse(kind).ok())
            .collect(),
        granted_by: GrantedBy::parse(&form.granted_by).unwrap_or(GrantedBy::Admin),
        retired: false,
        grants: grants_of(body, form),
        words,
    };
    let faults = check::of_role(&role);
    if faults.is_empty() {
        Ok(role)
    } else {
        Err(faults)
    }
}

/// What the role opens: services that are ticked, and those with an application role.
fn grants_of(body: &CatalogueBody, form: &RoleForm) -> BTreeMap<String, Vec<String>> {
    let mut grants = BTreeMap::new();
    for service in &body.services {
        let place = form.service.iter().position(|key| *key == service.key);
        let typed = place.and_then(|place| form.grants.get(place));
        let given: Vec<String> = table::words(typed.map_or("", String::as_str))
            .map(ToOwned::to_owned)
            .collect();
        if !given.is_empty() || form.opens.contains(&service.key) {
            grants.insert(service.key.clone(), given);
        }
    }
    grants
}

async fn render(
    operator: &Operator,
    desk: &Desk,
    known: Option<&RoleSettings>,
    (form, faults): (RoleForm, &[Fault]),
) -> Result<Response, Refusal> {
    let shell = operator.shell("catalogue-new-role");
    let title = known.map_or(shell.title.clone(), |known| role_name(&shell, known));
    let shell = Shell { title, ..shell };
    let holders = match known {
        Some(known) => {
            let mut conn = operator.visit().state.db.read().await?;
            let count = save::count_holders(&mut conn, &known.key, COUNTED).await?;
            shell.t1("catalogue-holders", "count", count)
        }
        None => String::new(),
    };
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(page(
        status,
        &filled(shell, desk, known, (form, faults), holders),
    ))
}

fn filled(
    shell: Shell,
    desk: &Desk,
    known: Option<&RoleSettings>,
    (form, faults): (RoleForm, &[Fault]),
    holders: String,
) -> RolePage {
    let field = |name: &'static str, value: &str| {
        let fault = faults.iter().find(|fault| fault.field == name);
        Field::new(name, value).with_error(fault.map(|fault| fault.sentence(&shell)))
    };
    let body = desk.body();
    let (key, product) = (field("key", &form.key), field("product", &form.product));
    let (name_en, people_en) = (
        field("name_en", &form.name_en),
        field("people_en", &form.people_en),
    );
    let grants = field("grants", "");
    let errors = FormErrors::of(&[&key, &product, &name_en, &people_en, &grants]);
    RolePage {
        tiers: tiers(&shell),
        kinds: kinds(&shell, &form.kinds),
        givers: givers(&shell),
        openings: openings(&shell, body, &form),
        replacements: replacements(&shell, body, &form.key),
        back: urls::Catalogue.to_string(),
        action: known.map_or(urls::CatalogueNewRole.to_string(), |known| {
            urls::CatalogueRole { role: &known.key }.to_string()
        }),
        seen: form.seen.clone(),
        is_new: known.is_none(),
        is_over: known.is_some_and(|known| known.retired),
        shown_key: form.key.clone(),
        tier: field("tier", &form.tier),
        kind: field("kinds", ""),
        granted_by: field("granted_by", &form.granted_by),
        can_en: field("can_en", &form.can_en),
        cannot_en: field("cannot_en", &form.cannot_en),
        name_de: field("name_de", &form.name_de),
        people_de: field("people_de", &form.people_de),
        can_de: field("can_de", &form.can_de),
        cannot_de: field("cannot_de", &form.cannot_de),
        replacement: field("replacement", &form.replacement),
        key,
        product,
        name_en,
        people_en,
        grants,
        holders,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    }
}

fn choice(shell: &Shell, value: &str, key: &str, checked: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: shell.t(key).into_owned(),
        hint: shell.t(&format!("{key}-hint")).into_owned(),
        checked,
    }
}

fn tiers(shell: &Shell) -> Vec<Choice> {
    let each = RoleTier::ALL.iter();
    each.map(|tier| {
        choice(
            shell,
            tier.as_str(),
            &format!("catalogue-tier-{tier}"),
            false,
        )
    })
    .collect()
}

fn givers(shell: &Shell) -> Vec<Choice> {
    let each = GrantedBy::ALL.iter();
    each.map(|by| {
        choice(
            shell,
            by.as_str(),
            &format!("catalogue-granted-by-{by}"),
            false,
        )
    })
    .collect()
}

fn kinds(shell: &Shell, ticked: &[String]) -> Vec<Choice> {
    let each = OrganizationKind::ALL.iter().map(|kind| Choice {
        value: kind.to_string(),
        label: shell.t(&format!("catalogue-kind-{kind}")).into_owned(),
        hint: String::new(),
        checked: ticked.iter().any(|own| own == kind.as_str()),
    });
    each.collect()
}

fn openings(shell: &Shell, body: &CatalogueBody, form: &RoleForm) -> Vec<Opening> {
    let each = body.services.iter().map(|service| {
        let place = form.service.iter().position(|key| *key == service.key);
        let grants = place.and_then(|place| form.grants.get(place));
        let name = service.name.get(shell.lang.as_str());
        let name = name.or_else(|| service.name.get("en"));
        Opening {
            name: name.unwrap_or(&service.key).clone(),
            opens: form.opens.contains(&service.key),
            grants: grants.cloned().unwrap_or_default(),
            key: service.key.clone(),
        }
    });
    each.collect()
}

fn replacements(shell: &Shell, body: &CatalogueBody, own: &str) -> Vec<Choice> {
    let others = body.roles.iter();
    let others = others.filter(|role| !role.retired && role.key != own);
    let each = others.map(|role| Choice {
        value: role.key.clone(),
        label: role_name(shell, role),
        hint: String::new(),
        checked: false,
    });
    each.collect()
}
