//! Where a syntax error is.
//!
//! The engine tells the right line, but the column of a token it has gone back to before. The error is at
//! the first token with which the source up to there fails in the same way, so that one is searched for.

use super::bytecode;
use super::errors;
use super::host::Host;
use crate::action::protocol::Code;
use crate::command::{Failure, FailureKind};
use rquickjs::Ctx;
use std::borrow::Cow;

/// The pending syntax error of the main module.
pub(super) fn failure(ctx: &Ctx<'_>, host: &Host, main: &Code<'_>) -> Failure {
    let mut failure = errors::caught(ctx, host);
    if failure.kind == FailureKind::Exception {
        let lines = main.source.as_deref().unwrap_or_default().lines().count();
        // Past the end it is in what the source is wrapped in; the pool tells where the source ends.
        if failure.line.is_some_and(|line| line as usize <= lines) {
            failure.column = column(ctx, host, main, &failure);
        }
        failure.stack = None;
    }
    errors::syntax(failure, main)
}

/// The 1-based column of the token at which `failure` begins.
fn column(ctx: &Ctx<'_>, host: &Host, main: &Code<'_>, failure: &Failure) -> Option<u32> {
    let source = bytecode::plain(main.source.as_deref()?);
    let number = usize::try_from(failure.line?).ok()?.checked_sub(1)?;
    let line = source.split('\n').nth(number)?;
    let begins: usize = source.split('\n').take(number).map(|line| line.len() + 1).sum();
    // Ends of the line's characters; with all of them the error is there, else its token goes on below.
    let ends: Vec<usize> = line
        .char_indices()
        .map(|(at, character)| at + character.len_utf8())
        .collect();
    let fails_alike = |end: usize| {
        let cut = Code {
            file: main.file.clone(),
            hash: Cow::default(),
            source: Some(Cow::Borrowed(&source[..begins + end])),
        };
        if bytecode::compiles(ctx, &cut) {
            return false;
        }
        let other = errors::caught(ctx, host);
        other.line == failure.line && kind_of(&other.message) == kind_of(&failure.message)
    };
    let first = ends.partition_point(|end| !fails_alike(*end));
    let token = line.char_indices().nth(first)?.0;
    let in_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    let word = line[..token]
        .chars()
        .rev()
        .take_while(|character| in_word(*character))
        .count();
    let back = if line[token..].starts_with(in_word) {
        word
    } else {
        0
    };
    u32::try_from(first - back + 1).ok()
}

/// A message without the token that it quotes.
fn kind_of(message: &str) -> &str {
    message.split('\'').next().unwrap_or_default()
}
