//! Checks in debug builds that the reset of the engine's memory rests on what it says it does (`heap`).

use rquickjs::{Ctx, Value, qjs};

/// What the host holds of the engine since before the seal, with the references that it takes.
pub(super) struct Held {
    /// Where the count of each value stands, and how many references of it are the host's.
    counts: Vec<(*const i32, i32)>,
    /// The lowest number of a class that nobody has registered.
    next_class: qjs::JSClassID,
}

impl Held {
    /// Of an engine that is about to be sealed; `values` is all that the host holds.
    pub fn of<'js>(ctx: &Ctx<'js>, values: &[Value<'js>]) -> Self {
        let mut counts: Vec<(*const i32, i32)> = Vec::new();
        for count in values.iter().map(count) {
            match counts.iter_mut().find(|(other, _)| *other == count) {
                Some((_, held)) => *held += 1,
                None => counts.push((count, 1)),
            }
        }
        Self {
            counts,
            next_class: next_class(ctx),
        }
    }

    /// That all of it is still held, and that no class came.
    ///
    /// # Panics
    /// A reference of the host's was taken away, or a class was registered.
    #[expect(unsafe_code, reason = "reads the engine's memory as it was left")]
    pub fn verify(&self, ctx: &Ctx<'_>) {
        for (count, held) in &self.counts {
            // SAFETY: the place lies in memory of the engine, which is there until the heap is dropped.
            let count = unsafe { count.read() };
            assert!(
                count >= *held,
                "a value of which the host holds {held} references has {count}"
            );
        }
        assert_eq!(
            next_class(ctx),
            self.next_class,
            "a class was registered during a run"
        );
    }
}

/// Where the engine counts the references of an object: in the second half of the eight bytes before it
/// (`JSMallocBlockHeader` of QuickJS-ng 0.16).
#[expect(unsafe_code, reason = "the binding does not show counts")]
fn count(value: &Value<'_>) -> *const i32 {
    // SAFETY: the host holds functions and objects only, whose values are pointers to them.
    unsafe {
        qjs::JS_VALUE_GET_PTR(value.as_raw())
            .cast::<i32>()
            .sub(1)
            .cast_const()
    }
}

#[expect(unsafe_code, reason = "the binding does not show classes")]
fn next_class(ctx: &Ctx<'_>) -> qjs::JSClassID {
    // SAFETY: the context is alive, so its runtime is.
    let runtime = unsafe { qjs::JS_GetRuntime(ctx.as_raw().as_ptr()) };
    // SAFETY: any number may be asked about.
    let registered = |class: &qjs::JSClassID| unsafe { qjs::JS_IsRegisteredClass(runtime, *class) };
    (1..=qjs::JSClassID::MAX)
        .find(|class| !registered(class))
        .unwrap_or_default()
}
