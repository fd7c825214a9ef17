//! How a run ends that has to end, whatever its script does about it.
//!
//! The engine asks now and then whether to go on. Its answer to a no is an error that no `catch` sees, but some of
//! the engine's own functions take it for an error of the function that they called: the constructor of a
//! promise, the end of an iterator, what disposes of a resource. A script that loops in one of them, over and
//! over, would go on. So from the first no on no function is entered any more, which leaves only those that
//! are under way, and each of them comes to its end.

use super::heap::Heap;
use rquickjs::{Ctx, qjs};
use std::cell::Cell;
use std::ptr::{NonNull, null_mut};

/// Stops the scripts of one engine.
pub(super) struct Stop {
    context: NonNull<qjs::JSContext>,
    heap: Heap,
    /// How many calls failed when the engine asked last.
    calls: Cell<u32>,
}

impl Stop {
    /// Of the engine of `ctx`, whose memory is `heap`, and good for as long as it lives.
    pub fn of(ctx: &Ctx<'_>, heap: &Heap) -> Self {
        Self {
            context: ctx.as_raw(),
            heap: heap.clone(),
            calls: Cell::new(0),
        }
    }

    /// Called whenever the engine is told not to go on. Undone when the engine's memory is written back.
    #[expect(unsafe_code, reason = "the binding locks the engine, which is running")]
    pub fn stop(&self) {
        // Room for the error that ends it.
        self.heap.limit(usize::MAX);
        let context = self.context.as_ptr();
        // SAFETY: only called by the engine itself, which is alive and expects that scripts are run here. The
        // values are ours to free.
        unsafe {
            // Every call fails as one does for which there is no stack left.
            qjs::JS_SetMaxStackSize(qjs::JS_GetRuntime(context), NO_STACK);
            // Calls that fail, each time one more, because the engine counts calls until it asks again: it would ask at
            // the same place of a loop each time, and that may be the one where the answer is lost.
            let pending = qjs::JS_GetException(context);
            let calls = self.calls.get() % MAX_CALLS + 1;
            self.calls.set(calls);
            for _ in 0..calls {
                let failed = qjs::JS_Call(context, qjs::JS_UNDEFINED, qjs::JS_UNDEFINED, 0, null_mut());
                qjs::JS_FreeValue(context, failed);
                qjs::JS_FreeValue(context, qjs::JS_GetException(context));
            }
            qjs::JS_Throw(context, pending);
        }
    }
}

/// More than there are calls in a turn of the loops that were seen.
const MAX_CALLS: u32 = 16;

/// Bytes; 0 would be without a limit.
const NO_STACK: qjs::size_t = 1;
