//! `require` and the files of our own, as far as they need Rust.

use super::host::{Current, Host};
use crate::action::protocol::{Module, Whose};
use crate::action::script::MODULE;
use crate::tenant::EngineChoice;
use rquickjs::{Ctx, Error, Exception, Function, Object, Result};
use std::rc::Rc;

/// The native function behind `require`: `(specifier, from)` gives `{file, load}` or `{file, json}`.
pub(super) fn finder<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(
        ctx.clone(),
        move |ctx: Ctx<'js>, specifier: String, from: String| find(&ctx, &current.host(), specifier, from),
    )
}

fn find<'js>(ctx: &Ctx<'js>, host: &Host, specifier: String, from: String) -> Result<Object<'js>> {
    if specifier.len() > MAX_SPECIFIER {
        return Err(missing(ctx, "the name of a module is too long"));
    }
    let found = Object::new(ctx.clone())?;
    let asked = specifier.clone();
    match host.link.need(specifier, from) {
        Err(_) => return Err(Error::Unknown),
        Ok(Module::Beyond { what, .. }) if host.engine != EngineChoice::Embedded => {
            return Err(host.needs_node(ctx, what));
        }
        Ok(Module::Beyond { message, .. } | Module::Missing { message }) => {
            return Err(missing(ctx, &message));
        }
        Ok(Module::Json { file, text }) => {
            found.set("file", file)?;
            found.set("json", ctx.json_parse(text)?)?;
        }
        Ok(Module::Script { mut code, whose }) => {
            let of_module = asked.strip_prefix(MODULE).filter(|_| code.file == asked);
            let secrets = of_module.and_then(|name| host.secrets_of_module(name));
            host.bytecode.complete(&mut code);
            let files = match whose {
                Whose::Own => &host.own_files,
                Whose::Package => &host.package_files,
            };
            files.borrow_mut().push(code.file.clone().into_owned());
            let load = match secrets {
                None => host.bytecode.module(ctx, &code)?,
                Some(secrets) => {
                    let actions = Object::new(ctx.clone())?;
                    actions.set("secrets", ctx.json_parse(secrets)?)?;
                    host.bytecode.action_module(ctx, &code)?.call((actions,))?
                }
            };
            found.set("load", load)?;
            found.set("file", code.file.as_ref())?;
        }
    }
    Ok(found)
}

const MAX_SPECIFIER: usize = 1024;

fn missing(ctx: &Ctx<'_>, message: &str) -> Error {
    let Ok(error) = Exception::from_message(ctx.clone(), message) else {
        return Error::Exception;
    };
    let _ = error.as_object().set("code", "MODULE_NOT_FOUND");
    error.throw()
}
