//! The decision: a pure function of what the CRMs said, what the portal knows, and the settings.
//!
//! It runs in two steps. [`weigh`] looks only at the answers of the CRMs and says whether there is a
//! contract to talk about; nothing else is stored or told when there is none. [`decide`] then looks
//! at the organization as it stands under its lock.

use super::model::Why;
use crate::{
    contracts::Standing,
    crm::port::ContractEvidence,
    kernel::{EmailAddress, webmail},
    organizations::JoinPolicy,
};

/// A CRM's answer with the standing of the contract it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The connection.
    pub connection: String,
    /// The answer.
    pub reply: Reply,
}

/// What one CRM replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A contract whose number and company fact fit.
    Found {
        /// The contract, its account, its contacts with the applicant's address.
        evidence: Box<ContractEvidence>,
        /// What the contract means now.
        standing: Standing,
    },
    /// Nothing fits.
    NotFound,
    /// No answer in time.
    NoAnswer,
}

/// What the answers of all CRMs amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weighed<'a> {
    /// One contract that gives access.
    Confirmed {
        /// The CRM that has it.
        connection: &'a str,
        /// What it says.
        evidence: &'a ContractEvidence,
    },
    /// Several contracts that give access: a person decides which one is meant.
    Several,
    /// None that gives access, and every CRM has answered.
    NotConfirmed,
    /// None so far, and a CRM has not answered: the request is kept.
    Wait,
}

/// Weighs the answers. An ended contract, one on hold, one that starts later, one of another
/// company and none at all come out the same.
#[must_use]
pub fn weigh(answers: &[Answered]) -> Weighed<'_> {
    let mut granting = answers.iter().filter_map(|answer| match &answer.reply {
        Reply::Found { evidence, standing } if standing.grants() => {
            Some((answer.connection.as_str(), evidence.as_ref()))
        }
        _ => None,
    });
    match (granting.next(), granting.next()) {
        (Some(_), Some(_)) => Weighed::Several,
        (Some((connection, evidence)), None) => Weighed::Confirmed {
            connection,
            evidence,
        },
        (None, _) if answers.iter().any(|answer| answer.reply == Reply::NoAnswer) => Weighed::Wait,
        (None, _) => Weighed::NotConfirmed,
    }
}

/// What the decision rests on, once a contract is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whether the applicant's address is verified by a provider trusted for it (law 6).
    pub verified: bool,
    /// Whether it is that of a contact of the account.
    pub is_contact: bool,
    /// Whether it is at one of the account's own domains, which are never a public mail service's.
    pub at_company_domain: bool,
    /// Whether it is at a domain that the organization has proved to own.
    pub at_verified_domain: bool,
    /// Whether the organization has an active administrator.
    pub has_admins: bool,
    /// How people join the organization.
    pub join_policy: JoinPolicy,
    /// Whether there is a role that people get who join by themselves.
    pub has_usual_role: bool,
    /// Whether the address belongs to nobody yet, or to a person who may sign in and may be given
    /// this identity.
    pub person_is_free: bool,
    /// Whether they are a suspended member of the organization.
    pub is_suspended: bool,
    /// The setting `registration.first_admin_by_domain`.
    pub first_admin_by_domain: bool,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Becomes the organization's first administrator at once.
    FirstAdmin,
    /// Becomes a member at once.
    Join,
    /// The organization's administrators decide.
    AskOrganization,
    /// The portal company's staff decide.
    AskStaff(Why),
}

/// Decides about a confirmed contract.
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    if !facts.verified {
        return ask(facts, Why::NotVerified);
    }
    // Approving gives the identity to the person known by the address, with all that they have in
    // other organizations: no administrator of one of them decides that.
    if !facts.person_is_free {
        return Decision::AskStaff(Why::KnownPerson);
    }
    if facts.is_suspended {
        return ask(facts, Why::KnownPerson);
    }
    if facts.has_admins {
        let may_join = facts.join_policy == JoinPolicy::VerifiedDomain
            && facts.at_verified_domain
            && facts.has_usual_role;
        return if may_join {
            Decision::Join
        } else {
            Decision::AskOrganization
        };
    }
    if facts.is_contact {
        return Decision::FirstAdmin;
    }
    match (facts.at_company_domain, facts.first_admin_by_domain) {
        (true, true) => Decision::FirstAdmin,
        (true, false) => Decision::AskStaff(Why::DomainOnly),
        (false, _) => Decision::AskStaff(Why::Stranger),
    }
}

/// A person decides: whoever runs the organization, else staff.
fn ask(facts: &Facts, why: Why) -> Decision {
    if facts.has_admins {
        Decision::AskOrganization
    } else {
        Decision::AskStaff(why)
    }
}

/// Whether a CRM's contact has this address. What the CRM calls a match is not believed unseen.
#[must_use]
pub fn is_contact(evidence: &ContractEvidence, email: &EmailAddress) -> bool {
    evidence
        .contacts
        .iter()
        .any(|contact| EmailAddress::parse(&contact.email).is_ok_and(|known| known == *email))
}

/// Whether the address is at one of the account's own domains. Domains of public mail services are
/// nobody's own, and a subdomain is another domain.
#[must_use]
pub fn at_company_domain(evidence: &ContractEvidence, email: &EmailAddress) -> bool {
    !webmail::is_webmail(email.domain())
        && evidence
            .account
            .domains
            .iter()
            .any(|domain| domain.trim().eq_ignore_ascii_case(email.domain()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crm::port::{Account, Contact, Contract},
        kernel::Instant,
    };

    fn found(standing: Standing) -> Answered {
        Answered {
            connection: "crm".into(),
            reply: Reply::Found {
                evidence: Box::new(ContractEvidence {
                    account: Account {
                        domains: vec!["Kuusi.example".into(), "gmail.com".into()],
                        ..Account::default()
                    },
                    contract: Contract::default(),
                    contacts: vec![Contact {
                        email: "Aino@kuusi.example".into(),
                        ..Contact::default()
                    }],
                }),
                standing,
            },
        }
    }

    fn plain(reply: Reply) -> Answered {
        Answered {
            connection: "other".into(),
            reply,
        }
    }

    const ACTIVE: Standing = Standing::Active { ends_at: None };
    const AT: Instant = Instant::from_seconds(1);

    #[test]
    fn only_a_granting_contract_is_confirmed() {
        for standing in [ACTIVE, Standing::Grace { until: AT }] {
            let answers = [found(standing), plain(Reply::NoAnswer)];
            assert!(matches!(
                weigh(&answers),
                Weighed::Confirmed {
                    connection: "crm",
                    ..
                }
            ));
        }
        for standing in [
            Standing::Ended { at: AT },
            Standing::Suspended,
            Standing::NotStarted { starts_at: None },
        ] {
            assert_eq!(weigh(&[found(standing)]), Weighed::NotConfirmed);
        }
        assert_eq!(weigh(&[plain(Reply::NotFound)]), Weighed::NotConfirmed);
        assert_eq!(weigh(&[]), Weighed::NotConfirmed);
    }

    #[test]
    fn a_silent_crm_means_waiting_and_two_matches_mean_asking() {
        let ended = found(Standing::Ended { at: AT });
        assert_eq!(weigh(&[ended, plain(Reply::NoAnswer)]), Weighed::Wait);
        assert_eq!(weigh(&[found(ACTIVE), found(ACTIVE)]), Weighed::Several);
    }

    const FIRST: Facts = Facts {
        verified: true,
        is_contact: true,
        at_company_domain: true,
        at_verified_domain: false,
        has_admins: false,
        join_policy: JoinPolicy::Approval,
        has_usual_role: true,
        person_is_free: true,
        is_suspended: false,
        first_admin_by_domain: false,
    };

    #[test]
    fn a_contact_becomes_the_first_admin() {
        assert_eq!(decide(&FIRST), Decision::FirstAdmin);
        let from_elsewhere = Facts {
            at_company_domain: false,
            ..FIRST
        };
        assert_eq!(decide(&from_elsewhere), Decision::FirstAdmin);
    }

    #[test]
    fn the_domain_alone_needs_the_setting() {
        let colleague = Facts {
            is_contact: false,
            ..FIRST
        };
        assert_eq!(decide(&colleague), Decision::AskStaff(Why::DomainOnly));
        let by_setting = Facts {
            first_admin_by_domain: true,
            ..colleague
        };
        assert_eq!(decide(&by_setting), Decision::FirstAdmin);
        let stranger = Facts {
            at_company_domain: false,
            ..by_setting
        };
        assert_eq!(decide(&stranger), Decision::AskStaff(Why::Stranger));
    }

    #[test]
    fn administrators_decide_unless_the_domain_is_verified() {
        let later = Facts {
            has_admins: true,
            ..FIRST
        };
        assert_eq!(decide(&later), Decision::AskOrganization);
        let policy = Facts {
            join_policy: JoinPolicy::VerifiedDomain,
            ..later
        };
        assert_eq!(decide(&policy), Decision::AskOrganization);
        let proved = Facts {
            at_verified_domain: true,
            ..policy
        };
        assert_eq!(decide(&proved), Decision::Join);
        let approval = Facts {
            join_policy: JoinPolicy::Approval,
            ..proved
        };
        assert_eq!(decide(&approval), Decision::AskOrganization);
        let no_role = Facts {
            has_usual_role: false,
            ..proved
        };
        assert_eq!(decide(&no_role), Decision::AskOrganization);
    }

    /// Every combination of the other facts: without a verified address, and about somebody who is
    /// known otherwise, nobody is let in automatically.
    #[test]
    fn nothing_is_automatic_for_unverified_or_known_people() {
        for bits in 0..512_u32 {
            let bit = |at: u32| bits >> at & 1 == 1;
            let facts = Facts {
                verified: bit(7),
                is_contact: bit(0),
                at_company_domain: bit(1),
                at_verified_domain: bit(2),
                has_admins: bit(3),
                join_policy: if bit(4) {
                    JoinPolicy::VerifiedDomain
                } else {
                    JoinPolicy::Approval
                },
                has_usual_role: true,
                person_is_free: bit(5) && bit(7),
                is_suspended: bit(8),
                first_admin_by_domain: bit(6),
            };
            let automatic = matches!(decide(&facts), Decision::FirstAdmin | Decision::Join);
            assert!(
                !automatic || (facts.verified && facts.person_is_free && !facts.is_suspended),
                "{facts:?}"
            );
            let by_organization = decide(&facts) == Decision::AskOrganization;
            assert!(
                !by_organization || !facts.verified || facts.person_is_free,
                "{facts:?}"
            );
            let is_admin = decide(&facts) == Decision::FirstAdmin;
            assert!(!is_admin || !facts.has_admins, "{facts:?}");
        }
    }

    #[test]
    fn evidence_is_looked_at_and_not_believed() {
        let Reply::Found { evidence, .. } = found(ACTIVE).reply else {
            panic!("found");
        };
        let address = |text: &str| EmailAddress::parse(text).unwrap();
        assert!(is_contact(&evidence, &address("aino@KUUSI.example")));
        assert!(!is_contact(
            &evidence,
            &address("aino@kuusi.example.evil.example")
        ));
        assert!(at_company_domain(&evidence, &address("eero@kuusi.example")));
        assert!(!at_company_domain(
            &evidence,
            &address("eero@mail.kuusi.example")
        ));
        assert!(!at_company_domain(&evidence, &address("eero@gmail.com")));
    }
}
