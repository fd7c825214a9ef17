//! Bytes that pass between the engine and its host.

use rquickjs::{Ctx, Exception, Result, TypedArray};

/// Bytes in memory of the engine, which counts towards its limit.
pub(super) fn copied<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx.clone(), bytes)
}

/// What `of` makes of the bytes of a buffer.
///
/// `of` must not call the engine: a script that runs could write to the bytes or give them away.
#[expect(unsafe_code, reason = "the bytes are the engine's own memory")]
pub(super) fn read<T>(ctx: &Ctx<'_>, bytes: &TypedArray<'_, u8>, of: impl FnOnce(&[u8]) -> T) -> Result<T> {
    // SAFETY: the buffer is alive, and no script runs while `of` has its bytes.
    match unsafe { bytes.as_bytes() } {
        Some(bytes) => Ok(of(bytes)),
        None => Err(Exception::throw_type(ctx, "the buffer is detached")),
    }
}
