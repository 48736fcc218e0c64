//! The decision function, condition by condition and boundary by boundary.

use super::{catalogue::tests::catalogue, *};
use crate::{
    contracts::{ContractStatus, Standing, Terms},
    kernel::Instant,
    organizations::{MembershipStatus, OrganizationKind},
    people::PersonStatus,
};

const NOW: Instant = Instant::from_seconds(10_000);

const fn at(offset: i64) -> Instant {
    Instant::from_seconds(10_000 + offset)
}

fn contract(number: &str, products: &[&str], ends: i64, grace: i64) -> ContractFacts {
    ContractFacts {
        number: number.into(),
        terms: Terms {
            status: ContractStatus::Active,
            starts_at: at(-100),
            ends_at: Some(at(ends)),
            grace_ends_at: Some(at(grace)),
        },
        products: products.iter().map(ToString::to_string).collect(),
    }
}

fn facts(roles: &[&str], contracts: &[ContractFacts]) -> Facts {
    Facts {
        person: PersonStatus::Active,
        membership: Some(MembershipFacts {
            organization_kind: OrganizationKind::Customer,
            status: MembershipStatus::Active,
            starts_at: None,
            ends_at: None,
            roles: roles.iter().map(ToString::to_string).collect(),
        }),
        contracts: contracts.to_vec(),
        heard_at: None,
    }
}

fn ask(facts: &Facts, wanted: Wanted<'_>) -> Decision {
    decide(facts, &catalogue(), wanted, NOW)
}

fn refusal(facts: &Facts, wanted: Wanted<'_>) -> Reason {
    match ask(facts, wanted) {
        Decision::Refused(reason) => reason,
        Decision::Granted(grant) => panic!("granted: {grant:?}"),
    }
}

fn granted(facts: &Facts, wanted: Wanted<'_>) -> Grant {
    match ask(facts, wanted) {
        Decision::Granted(grant) => grant,
        Decision::Refused(reason) => panic!("refused: {reason:?}"),
    }
}

fn with_parts() -> ContractFacts {
    contract("C-1", &["parts"], 100, 200)
}

#[test]
fn all_four_conditions_together_grant() {
    let grant = granted(
        &facts(&["orders"], &[with_parts()]),
        Wanted::Service("shop"),
    );
    assert_eq!(grant.application_roles, ["buyer"]);
    assert_eq!(
        grant.standing,
        Some(Standing::Active {
            ends_at: Some(at(100))
        })
    );
    assert!(!grant.read_only);
}

#[test]
fn a_person_who_is_not_active_is_refused_everywhere() {
    for status in [PersonStatus::Suspended, PersonStatus::Erased] {
        let mut facts = facts(&["admin", "orders"], &[with_parts()]);
        facts.person = status;
        for wanted in [
            Wanted::Portal,
            Wanted::Administration,
            Wanted::Service("shop"),
        ] {
            assert_eq!(refusal(&facts, wanted), Reason::PersonNotActive { status });
        }
    }
}

#[test]
fn the_membership_counts_from_its_start_until_its_end() {
    let dated = |starts_at, ends_at| {
        let mut facts = facts(&["admin"], &[with_parts()]);
        if let Some(membership) = &mut facts.membership {
            (membership.starts_at, membership.ends_at) = (starts_at, ends_at);
        }
        ask(&facts, Wanted::Portal)
    };
    let soon = Reason::MembershipNotStarted { starts_at: at(1) };
    assert_eq!(dated(Some(at(1)), None), Decision::Refused(soon));
    assert!(matches!(
        dated(Some(NOW), Some(at(1))),
        Decision::Granted(_)
    ));
    let over = Reason::MembershipEnded { at: NOW };
    assert_eq!(dated(None, Some(NOW)), Decision::Refused(over));
}

#[test]
fn suspended_and_removed_are_told_apart_and_no_member_is_not() {
    let with = |status| {
        let mut facts = facts(&["admin"], &[with_parts()]);
        if let Some(membership) = &mut facts.membership {
            membership.status = status;
        }
        refusal(&facts, Wanted::Portal)
    };
    assert_eq!(
        with(MembershipStatus::Suspended),
        Reason::MembershipSuspended
    );
    assert_eq!(with(MembershipStatus::Removed), Reason::NotAMember);
    let mut nobody = facts(&[], &[with_parts()]);
    nobody.membership = None;
    assert_eq!(refusal(&nobody, Wanted::Portal), Reason::NotAMember);
}

#[test]
fn without_a_granting_contract_the_nearest_one_is_named() {
    let ended = contract("C-ended", &[], -50, -10);
    let mut held = contract("C-held", &[], 100, 200);
    held.terms.status = ContractStatus::Suspended;
    let mut next = contract("C-next", &[], 500, 600);
    next.terms.starts_at = at(50);
    let named = |contracts: &[ContractFacts]| match refusal(
        &facts(&["admin"], contracts),
        Wanted::Portal,
    ) {
        Reason::ContractNotGranting { number, standing } => (number, standing.word()),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        named(&[ended.clone(), next.clone(), held]),
        ("C-held".into(), "suspended")
    );
    assert_eq!(
        named(&[ended.clone(), next]),
        ("C-next".into(), "not_started")
    );
    let older = contract("C-older", &[], -90, -80);
    assert_eq!(named(&[older, ended]), ("C-ended".into(), "ended"));
    assert_eq!(
        refusal(&facts(&["admin"], &[]), Wanted::Portal),
        Reason::NoContract
    );
}

#[test]
fn grace_is_for_reading_only_until_its_last_moment() {
    let in_grace = contract("C-1", &["parts"], 0, 1);
    let grant = granted(&facts(&["orders"], &[in_grace]), Wanted::Service("shop"));
    assert!(grant.read_only);
    assert_eq!(grant.standing, Some(Standing::Grace { until: at(1) }));
    let over = contract("C-1", &["parts"], -1, 0);
    assert!(matches!(
        refusal(&facts(&["orders"], &[over]), Wanted::Service("shop")),
        Reason::ContractNotGranting { .. }
    ));
}

#[test]
fn an_active_contract_without_the_product_does_not_lift_one_in_grace() {
    let contracts = [
        contract("C-parts", &["parts"], -5, 50),
        contract("C-other", &["other"], 100, 200),
    ];
    let grant = granted(&facts(&["orders"], &contracts), Wanted::Service("shop"));
    assert!(
        grant.read_only,
        "the product rests on the contract in grace"
    );
    assert!(!granted(&facts(&["orders"], &contracts), Wanted::Portal).read_only);
}

#[test]
fn the_product_must_stand_on_a_contract_that_grants() {
    let contracts = [
        contract("C-parts", &["parts"], -50, -10),
        contract("C-other", &["other"], 100, 200),
    ];
    let missing = Reason::ProductMissing {
        product: "parts".into(),
    };
    assert_eq!(
        refusal(&facts(&["orders"], &contracts), Wanted::Service("shop")),
        missing
    );
    // The role itself needs no product, the service does.
    assert_eq!(
        refusal(&facts(&["reader"], &contracts), Wanted::Service("shop")),
        missing
    );
    assert!(matches!(
        ask(&facts(&["orders"], &contracts), Wanted::Portal),
        Decision::Granted(_)
    ));
}

#[test]
fn only_held_and_known_roles_grant() {
    let contracts = [with_parts()];
    let missing = Reason::RoleMissing {
        service: "shop".into(),
    };
    assert_eq!(
        refusal(&facts(&["admin"], &contracts), Wanted::Service("shop")),
        missing
    );
    assert_eq!(
        refusal(&facts(&["gone"], &contracts), Wanted::Portal),
        Reason::NoRole
    );
    assert_eq!(
        refusal(&facts(&[], &contracts), Wanted::Portal),
        Reason::NoRole
    );
    assert_eq!(
        refusal(&facts(&["orders"], &contracts), Wanted::Administration),
        Reason::NotAnAdmin
    );
    let unknown = Reason::UnknownService {
        service: "x".into(),
    };
    assert_eq!(
        refusal(&facts(&["orders"], &contracts), Wanted::Service("x")),
        unknown
    );
    let both = granted(
        &facts(&["reader", "orders"], &contracts),
        Wanted::Service("shop"),
    );
    assert_eq!(both.application_roles, ["buyer", "reader"]);
}

#[test]
fn a_prospect_needs_no_contract_for_lead_roles_and_for_nothing_else() {
    let mut prospect = facts(&["lead"], &[]);
    if let Some(membership) = &mut prospect.membership {
        membership.organization_kind = OrganizationKind::Prospect;
    }
    let grant = granted(&prospect, Wanted::Portal);
    assert_eq!((grant.standing, grant.read_only), (None, false));
    if let Some(membership) = &mut prospect.membership {
        membership.roles = vec!["lead".into(), "admin".into(), "orders".into()];
    }
    assert_eq!(
        refusal(&prospect, Wanted::Administration),
        Reason::NotAnAdmin
    );
    assert!(matches!(
        refusal(&prospect, Wanted::Service("shop")),
        Reason::RoleMissing { .. }
    ));
    if let Some(membership) = &mut prospect.membership {
        membership.roles = vec!["admin".into()];
    }
    assert_eq!(refusal(&prospect, Wanted::Portal), Reason::NoContract);
    // A customer with a lead role only is no prospect.
    assert_eq!(
        refusal(&facts(&["lead"], &[]), Wanted::Portal),
        Reason::NoContract
    );
}

/// Every combination of a small world: the explanation and the decision agree.
#[test]
fn the_explanation_says_what_the_decision_says() {
    let catalogue = catalogue();
    let contracts = [
        None,
        Some(with_parts()),
        Some(contract("G", &["parts"], -1, 5)),
        Some(contract("E", &[], -9, -5)),
    ];
    let mut combinations = 0;
    for person in PersonStatus::ALL {
        for status in MembershipStatus::ALL {
            for kind in OrganizationKind::ALL {
                for roles in [&["admin"][..], &["orders"], &["lead"], &[]] {
                    for contract in &contracts {
                        for wanted in [
                            Wanted::Portal,
                            Wanted::Administration,
                            Wanted::Service("shop"),
                        ] {
                            let mut facts = facts(roles, contract.as_slice());
                            facts.person = *person;
                            if let Some(membership) = &mut facts.membership {
                                (membership.status, membership.organization_kind) =
                                    (*status, *kind);
                            }
                            let steps = explain(&facts, &catalogue, wanted, NOW);
                            let failed = steps.iter().find_map(|step| match &step.finding {
                                Finding::Fails(reason) => Some(reason.clone()),
                                _ => None,
                            });
                            let decided = match decide(&facts, &catalogue, wanted, NOW) {
                                Decision::Refused(reason) => Some(reason),
                                Decision::Granted(_) => None,
                            };
                            assert_eq!(failed, decided, "{facts:?} {wanted:?}");
                            combinations += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(combinations, 3 * 3 * 5 * 4 * 4 * 3);
}
