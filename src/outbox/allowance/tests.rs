use super::*;
use crate::crm::port::Limit;

const BUDGET: Budget = Budget {
    calls_per_minute: None,
    reserve_percent: 20,
};

fn at(millis: i64) -> Instant {
    Instant::from_micros(1_800_000_000_000_000 + millis * 1_000)
}

fn calls(allowance: &mut Allowance, count: u64, second: i64) {
    allowance.charge(&BUDGET, count, false, at(second * 1_000));
}

fn reported(allowed: u64, seconds: u64) -> Usage {
    Usage {
        calls: 1,
        burst: Some(Limit {
            allowed,
            window: Duration::from_secs(seconds),
            left: None,
        }),
        ..Usage::default()
    }
}

/// Sends one batch of one call whenever it may, for so many seconds; when each went.
fn send(allowance: &mut Allowance, notes: bool, seconds: i64) -> Vec<i64> {
    let mut sent = Vec::new();
    for millis in 0..seconds * 1_000 {
        while allowance.gate(&BUDGET, 1, at(millis)).open == Some(Urgency::Note) {
            allowance.charge(&BUDGET, 1, notes, at(millis));
            sent.push(millis);
        }
    }
    sent
}

#[test]
fn no_window_holds_more_than_is_allowed_and_nearly_all_is_used() {
    for (allowed, seconds) in [(20, 10), (100, 10), (190, 10), (6_000, 300)] {
        let mut allowance = Allowance::new(at(0));
        allowance.settle(&BUDGET, 1, &reported(allowed, seconds), at(0));
        let span = i64::try_from(seconds).unwrap() * 1_000;
        let sent = send(&mut allowance, false, span / 1_000 * 3);
        let busiest = sent
            .iter()
            .map(|from| {
                sent.iter()
                    .filter(|it| (*from..from + span).contains(it))
                    .count()
            })
            .max()
            .unwrap();
        let allowed = usize::try_from(allowed).unwrap();
        assert!(busiest <= allowed, "{busiest} of {allowed}");
        assert!(
            sent.len() * 100 >= allowed * 3 * 88,
            "{} of {}",
            sent.len(),
            allowed * 3
        );
    }
}

#[test]
fn notes_leave_the_reserve_to_others() {
    let mut allowance = Allowance::new(at(0));
    allowance.settle(&BUDGET, 1, &reported(100, 10), at(0));
    let sent = send(&mut allowance, true, 30).len();
    assert!((220..=240).contains(&sent), "{sent} notes of 300 calls");
    // Something urgent goes at once, whatever notes did before.
    let gate = allowance.gate(&BUDGET, 1, at(30_000));
    assert!(gate.open.is_some(), "{gate:?}");
}

#[test]
fn the_slower_limit_holds() {
    let slow = Budget {
        calls_per_minute: Some(30),
        ..BUDGET
    };
    let mut allowance = Allowance::new(at(0));
    assert_eq!(allowance.limit(&BUDGET), None);
    assert_eq!(allowance.limit(&slow), Some((30, MINUTE)));
    allowance.settle(&slow, 1, &reported(100, 10), at(0));
    assert_eq!(allowance.limit(&slow), Some((30, MINUTE)));
    allowance.settle(&slow, 1, &reported(10, 60), at(1));
    assert_eq!(allowance.limit(&slow), Some((10, MINUTE)));
}

#[test]
fn a_limit_is_learnt_and_grows() {
    let mut allowance = Allowance::new(at(0));
    calls(&mut allowance, 100, 1);
    allowance.refused(at(2_000));
    assert_eq!(
        (allowance.source, allowance.allowed),
        (LimitSource::Learnt, 90)
    );
    allowance.refused(at(30_000));
    assert_eq!(allowance.allowed, 90, "the same refusal counts once");
    calls(&mut allowance, 80, 40);
    calls(&mut allowance, 1, 63);
    assert_eq!(allowance.allowed, 112, "a quarter more after a full minute");
    calls(&mut allowance, 100, 70);
    allowance.refused(at(71_000));
    assert_eq!(allowance.allowed, 100);
    calls(&mut allowance, 90, 80);
    calls(&mut allowance, 1, 132);
    assert_eq!(allowance.allowed, 102, "then a fiftieth");
    calls(&mut allowance, 1, 400);
    assert_eq!(allowance.allowed, 102, "and nothing while it is not used");
}

#[test]
fn a_reported_limit_and_a_spent_day_are_not_unlearnt_by_a_refusal() {
    let mut allowance = Allowance::new(at(0));
    allowance.settle(&BUDGET, 1, &reported(100, 10), at(0));
    allowance.refused(at(1));
    assert_eq!(
        (allowance.source, allowance.allowed),
        (LimitSource::Reported, 100)
    );
    let mut allowance = Allowance::new(at(0));
    let day = Usage {
        calls: 1,
        day: Some(Limit {
            allowed: 1_000,
            window: Duration::from_secs(86_400),
            left: Some(50),
        }),
        ..Usage::default()
    };
    allowance.settle(&BUDGET, 1, &day, at(0));
    allowance.refused(at(1));
    assert_eq!(allowance.source, LimitSource::Unknown);
    let gate = allowance.gate(&BUDGET, 1, at(2));
    assert_eq!(gate.open, Some(Urgency::Urgent), "the reserve of the day");
    let later = at(15 * 60_000);
    assert_eq!(allowance.gate(&BUDGET, 1, later), Gate::OPEN);
}

#[test]
fn a_destination_without_an_answer_is_left_alone_longer_and_longer() {
    let mut allowance = Allowance::new(at(0));
    let missed = Usage {
        calls: 1,
        failed: 1,
        ..Usage::default()
    };
    let mut pauses = Vec::new();
    for _ in 0..5 {
        allowance.settle(&BUDGET, 1, &missed, at(0));
        pauses.push(allowance.away().unwrap().as_secs());
    }
    assert_eq!(pauses, [1, 2, 4, 5, 5]);
    allowance.settle(&BUDGET, 1, &reported(100, 10), at(1));
    assert_eq!(allowance.away(), None);
}

#[test]
fn what_a_batch_really_took_is_put_right() {
    let mut allowance = Allowance::new(at(0));
    allowance.settle(&BUDGET, 1, &reported(100, 10), at(0));
    allowance.charge(&BUDGET, 1, false, at(0));
    let took = Usage {
        calls: 60,
        ..Usage::default()
    };
    allowance.settle(&BUDGET, 1, &took, at(0));
    assert_eq!(allowance.used(at(0)), 60);
    assert_eq!(allowance.gate(&BUDGET, 1, at(0)).open, None);
    assert_eq!(allowance.gate(&BUDGET, 1, at(4_000)).open, None);
    assert!(allowance.gate(&BUDGET, 1, at(6_500)).open.is_some());
}

#[test]
fn a_refusal_after_a_few_calls_teaches_no_limit() {
    let mut allowance = Allowance::new(at(0));
    calls(&mut allowance, 15, 1);
    allowance.refused(at(2_000));
    assert_eq!(allowance.source, LimitSource::Unknown);
    assert_eq!(allowance.gate(&BUDGET, 1, at(2_000)), Gate::OPEN);
    // What was learnt does not sink to nothing either.
    calls(&mut allowance, 80, 3);
    allowance.refused(at(4_000));
    calls(&mut allowance, 30, 70);
    allowance.refused(at(71_000));
    assert_eq!(allowance.allowed, 60);
}
