//! The site of the moment, which a reload replaces.

use super::site::Site;
use std::sync::{Arc, PoisonError, RwLock};

/// The site that answers from now on. What is being answered stays with the site that it began with.
pub struct Switch(RwLock<Arc<Site>>);

impl Switch {
    /// Begins with this site.
    pub fn new(site: Site) -> Self {
        Self(RwLock::new(Arc::new(site)))
    }

    /// The site of this moment. Nobody holds the lock for longer than it takes to copy a pointer.
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `site` in the place of the one before, all at once.
    pub fn turn(&self, site: Site) {
        let before = {
            let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, Arc::new(site))
        };
        // Its workers may have to be waited for, which nobody else does.
        drop(before);
    }
}
