//! One free too many, where `POSTLOGIN_SEEDED_FAULT` is set: `./test sanitize` sees that it is found. Never part of
//! a build that is handed out.

use rquickjs::{Ctx, String as JsString, qjs};

/// Frees a text that its script still has.
#[expect(unsafe_code, reason = "the fault that has to be found")]
pub(in crate::action::worker::engine) fn free_once_more<'js>(ctx: &Ctx<'js>, text: &JsString<'js>) {
    #[expect(clippy::disallowed_methods, reason = "`./test sanitize` chooses")]
    if std::env::var_os("POSTLOGIN_SEEDED_FAULT").is_none() {
        return;
    }
    // SAFETY: unsound by intent.
    unsafe { qjs::JS_FreeValue(ctx.as_raw().as_ptr(), text.as_value().as_raw()) };
}
