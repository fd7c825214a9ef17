//! Integration tests: the program and its parts as others use them.

mod action;
mod hostile;
