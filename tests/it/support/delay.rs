//! How long a stand-in takes to answer.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Clones share it.
#[derive(Clone, Default)]
pub struct Delay(Arc<Mutex<(Duration, Duration)>>);

impl Delay {
    /// The next call only.
    pub fn once(&self, pause: Duration) {
        self.0.lock().unwrap().0 = pause;
    }

    /// Every call.
    pub fn always(&self, pause: Duration) {
        self.0.lock().unwrap().1 = pause;
    }

    pub async fn wait(&self) {
        let pause = {
            let mut both = self.0.lock().unwrap();
            std::mem::take(&mut both.0).max(both.1)
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}
