//! The templates: ours, and in their place those of the tenant's folder `pages/`.

use crate::server::log;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use std::collections::BTreeMap;
use std::io;
use std::sync::LazyLock;

/// The templates of a tenant.
#[derive(Debug)]
pub struct Templates {
    /// Ours with the tenant's in their place; nothing where the tenant has none.
    own: Option<Environment<'static>>,
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {error}")]
pub struct BadTemplate {
    pub name: String,
    pub error: Error,
}

static OURS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut ours = Environment::new();
    for (name, source) in [
        ("page.html", include_str!("page.html")),
        ("consent.html", include_str!("consent.html")),
        ("error.html", include_str!("error.html")),
        ("form_post.html", include_str!("form_post.html")),
        ("login.html", include_str!("login.html")),
        ("logout.html", include_str!("logout.html")),
        ("web_message.html", include_str!("web_message.html")),
    ] {
        ours.add_template(name, source)
            .expect("the templates of this program are right");
    }
    ours
});

impl Templates {
    /// Ours, with `own` in their place, by file name.
    ///
    /// # Errors
    /// One has a syntax error.
    pub fn of(own: &BTreeMap<String, String>) -> Result<Self, BadTemplate> {
        if own.is_empty() {
            return Ok(Self { own: None });
        }
        let mut environment = OURS.clone();
        environment.set_fuel(Some(MOST_STEPS));
        environment.set_recursion_limit(MOST_DEPTH);
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        for (name, source) in own {
            environment
                .add_template_owned(name.clone(), source.clone())
                .map_err(|error| BadTemplate {
                    name: name.clone(),
                    error,
                })?;
        }
        Ok(Self {
            own: Some(environment),
        })
    }

    /// A page. Where the tenant's own template fails, the page is ours, and the log says so.
    pub fn render(&self, name: &str, values: &Value) -> String {
        if let Some(own) = &self.own {
            match rendered(own, name, values) {
                Ok(html) => return html,
                Err(error) => log::line(&format!("pages/{name} cannot be shown: {error}; ours is shown")),
            }
        }
        rendered(&OURS, name, values).expect("the templates of this program are right")
    }

    /// A page by the tenant's own template.
    ///
    /// # Errors
    /// It fails, or would be too long.
    pub fn try_render(&self, name: &str, values: &Value) -> Result<String, Error> {
        rendered(self.own.as_ref().unwrap_or(&OURS), name, values)
    }
}

fn rendered(environment: &Environment<'_>, name: &str, values: &Value) -> Result<String, Error> {
    let mut page = Bounded(Vec::new());
    environment
        .get_template(name)?
        .render_captured_to(values, &mut page)?;
    Ok(String::from_utf8(page.0).unwrap_or_default())
}

/// What is written, up to the longest page.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(io::Error::other("the page is longer than 256 KiB"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Steps of a template that has a loop around a loop are bounded.
const MOST_STEPS: u64 = 100_000;
const MOST_DEPTH: usize = 50;
const MOST_BYTES: usize = 256 << 10;
