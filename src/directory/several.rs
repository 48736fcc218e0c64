//! Several users of one person in a directory: each is told, and remembered by itself.

use super::{
    memory::{self, Memory},
    state::Standing,
};
use crate::{crm::port::Verdict, outbox::Choice};

/// The cause of a rejection of somebody who is not there.
pub(super) const NOT_FOUND: &str = "not_found";

/// There is nobody to tell about.
pub(super) fn nothing() -> Verdict {
    Verdict::Done { remote_id: None }
}

/// The users to tell about, each with what is remembered: those of identities, else the one that was
/// made or chosen, else one to make. The latter is told about beside identities too.
pub(super) fn users(
    standing: &Standing,
    memories: &[Memory],
    (choice, makes): (Option<&Choice>, bool),
) -> Vec<(Option<String>, Memory)> {
    let made = memories.iter().find(|it| it.asked.is_empty()).cloned();
    let made = made.unwrap_or_else(|| Memory::new(""));
    if let Some(Choice::Candidate { id }) = choice {
        let memory = match memory::of(memories, id) {
            Some(known) => known.clone(),
            None if made.remote_id.is_empty() => made,
            None => Memory::new(""),
        };
        return vec![(Some(id.clone()), memory)];
    }
    let with = |user: &String| {
        let known = memory::of(memories, user).cloned();
        (
            Some(user.clone()),
            known.unwrap_or_else(|| Memory::new(user)),
        )
    };
    let mut users: Vec<_> = standing.users.iter().map(with).collect();
    if !made.remote_id.is_empty() && !standing.users.contains(&made.remote_id) {
        users.push((Some(made.remote_id.clone()), made));
    } else if users.is_empty() {
        let others = memories.iter().filter(|it| !it.remote_id.is_empty());
        users.extend(others.map(|it| (Some(it.remote_id.clone()), it.clone())));
        if users.is_empty() && makes {
            users.push((None, made));
        }
    }
    users
}

/// What came of telling about the users of one person.
#[derive(Default)]
pub(super) struct Told {
    done: Option<Verdict>,
    missing: Option<Verdict>,
    wrong: Option<Verdict>,
}

impl Told {
    pub(super) fn add(&mut self, verdict: Verdict) {
        let place = match &verdict {
            Verdict::Done { remote_id: None } if self.done.is_some() => return,
            Verdict::Done { .. } => &mut self.done,
            Verdict::Rejected { cause, .. } if cause == NOT_FOUND => &mut self.missing,
            _ if self.wrong.is_some() => return,
            _ => &mut self.wrong,
        };
        *place = Some(verdict);
    }

    /// One who is there makes up for another who is not.
    pub(super) fn verdict(self) -> Verdict {
        let found = self.wrong.or(self.done).or(self.missing);
        found.unwrap_or_else(nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(users: &[&str]) -> Standing {
        Standing {
            email: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            is_suspended: false,
            users: users.iter().map(ToString::to_string).collect(),
            is_member: true,
            has_access: true,
            waits: false,
            contacts: Vec::new(),
            organizations: Vec::new(),
            roles: Vec::new(),
        }
    }

    fn known(asked: &str, remote_id: &str) -> Memory {
        Memory {
            remote_id: remote_id.to_owned(),
            ..Memory::new(asked)
        }
    }

    fn told(users: Vec<(Option<String>, Memory)>) -> Vec<(Option<String>, String)> {
        users
            .into_iter()
            .map(|(user, memory)| (user, format!("{}/{}", memory.asked, memory.remote_id)))
            .collect()
    }

    fn some(user: &str, memory: &str) -> (Option<String>, String) {
        (Some(user.to_owned()), memory.to_owned())
    }

    #[test]
    fn each_user_has_a_memory_of_their_own() {
        let memories = [known("a", "1"), known("", "9")];
        let of = |names: &[&str]| told(users(&standing(names), &memories, (None, true)));
        assert_eq!(
            of(&["a", "b"]),
            [some("a", "a/1"), some("b", "b/"), some("9", "/9")]
        );
        // The one we made signed in: that is the same user.
        assert_eq!(of(&["9"]), [some("9", "/9")]);
        assert_eq!(of(&[]), [some("9", "/9")]);
        let old = [known("gone", "7")];
        let of = |memories: &[Memory]| told(users(&standing(&[]), memories, (None, true)));
        assert_eq!(of(&old), [some("7", "gone/7")]);
        assert_eq!(of(&[]), [(None, "/".to_owned())]);
        assert_eq!(told(users(&standing(&[]), &[], (None, false))), []);
        let choice = Choice::Candidate { id: "5".to_owned() };
        let chosen = users(&standing(&[]), &memories, (Some(&choice), true));
        assert_eq!(told(chosen), [some("5", "/")]);
    }

    #[test]
    fn one_who_is_there_makes_up_for_one_who_is_not_and_for_nothing_else() {
        let done = || Verdict::Done {
            remote_id: Some("1".to_owned()),
        };
        let rejected = |cause: &str| Verdict::Rejected {
            cause: cause.to_owned(),
            reason: String::new(),
        };
        let of = |verdicts: Vec<Verdict>| {
            let mut told = Told::default();
            verdicts.into_iter().for_each(|verdict| told.add(verdict));
            told.verdict()
        };
        assert_eq!(of(vec![]), nothing());
        assert_eq!(of(vec![rejected(NOT_FOUND), done()]), done());
        assert_eq!(of(vec![done(), nothing()]), done());
        assert_eq!(of(vec![rejected(NOT_FOUND), nothing()]), nothing());
        assert_eq!(of(vec![rejected(NOT_FOUND)]), rejected(NOT_FOUND));
        let refused = rejected("not_permitted");
        assert_eq!(of(vec![done(), refused.clone(), done()]), refused);
    }
}
