//! The loops that follow the feeds: one per connection, awake when told, patient when refused.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    intake::{Intake, IntakeError},
    port::CrmError,
};
use crate::kernel::Random;

/// The first pause after a failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// No pause that we choose is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// No pause that the CRM asks for is longer (docs/crm/http.md).
const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// Starts a loop for each intake. They end when `stop` is cancelled; `tasks` waits for that.
pub fn start(intakes: Vec<Intake>, random: &Random, tasks: &TaskTracker, stop: &CancellationToken) {
    for intake in intakes {
        let (random, stop) = (random.clone(), stop.clone());
        tasks.spawn(async move {
            let follow = follow(&intake, &random);
            stop.run_until_cancelled(follow).await;
        });
    }
}

async fn follow(intake: &Intake, random: &Random) {
    let mut failures = 0;
    loop {
        let mut deaf = false;
        let pause = match intake.poll().await {
            Ok(polled) => {
                failures = 0;
                if polled.more {
                    continue;
                }
                intake.connection().poll_pause()
            }
            Err(IntakeError::Crm(CrmError::NoCredential)) => {
                failures = 0;
                intake.connection().poll_pause()
            }
            Err(error) => {
                failures += 1;
                deaf = matches!(error, IntakeError::Crm(CrmError::Throttled { .. }));
                tracing::warn!(%error, connection = intake.connection().key(), failures, "the feed could not be read");
                after_failure(&error, failures, random)
            }
        };
        // Being told of news ends the pause, except one the CRM asked for.
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = intake.connection().told(), if !deaf => {}
        }
    }
}

/// How long to wait after a failure: what the CRM asked for, else twice as long each time, with
/// jitter so that several nodes do not come back together.
fn after_failure(error: &IntakeError, failures: u32, random: &Random) -> Duration {
    if let IntakeError::Crm(CrmError::Throttled {
        retry_after: Some(asked),
    }) = error
    {
        return (*asked).min(LONGEST_ASKED);
    }
    let doubled = FIRST_PAUSE.saturating_mul(1_u32 << failures.saturating_sub(1).min(16));
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(0.5 + random.fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_obey_the_crm() {
        let random = Random::seeded(1);
        let unreachable = IntakeError::Crm(CrmError::Unreachable("x".into()));
        for failures in 1..80 {
            let pause = after_failure(&unreachable, failures, &random);
            let bound = FIRST_PAUSE
                .saturating_mul(1 << (failures - 1).min(16))
                .min(LONGEST_PAUSE);
            assert!(
                pause <= bound && pause >= bound / 2,
                "{failures}: {pause:?}"
            );
        }
        let asked = |seconds| {
            IntakeError::Crm(CrmError::Throttled {
                retry_after: Some(Duration::from_secs(seconds)),
            })
        };
        assert_eq!(after_failure(&asked(7), 9, &random), Duration::from_secs(7));
        assert_eq!(
            after_failure(&asked(3_000), 1, &random),
            Duration::from_secs(3_000)
        );
        assert_eq!(after_failure(&asked(u64::MAX), 1, &random), LONGEST_ASKED);
    }
}
