//! `import()`, which the engine does not carry out.

use super::host::Current;
use crate::tenant::EngineChoice;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Exception, Module, Result};
use std::rc::Rc;

/// Ends the run that imports; where an Action may run on this engine alone, the import fails.
#[derive(Clone)]
pub(super) struct Imports(pub Rc<Current>);

impl Imports {
    fn refuse(&self, ctx: &Ctx<'_>, file: &str, specifier: &str) -> Error {
        let host = self.0.host();
        match host.engine {
            EngineChoice::Embedded => {
                Exception::throw_reference(ctx, &format!("could not load module '{specifier}'"))
            }
            EngineChoice::Auto | EngineChoice::Node => host.imports(ctx, file, specifier),
        }
    }
}

impl Resolver for Imports {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        Err(self.refuse(ctx, base, name))
    }
}

impl Loader for Imports {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        Err(self.refuse(ctx, "", name))
    }
}
