//! A document for reading: a line for each element. What is signed has no white space between its elements.

/// One line: a tag, with what stands in its element and the end of it where no other element does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// How many elements are open around it.
    pub depth: usize,
    /// A start tag or an end tag.
    pub tag: &'a str,
    /// Text between `tag` and `closing`.
    pub content: &'a str,
    /// The end tag, where the element holds text alone.
    pub closing: &'a str,
}

/// The lines of a document. Text beside elements is left out.
pub fn lines(xml: &str) -> impl Iterator<Item = Line<'_>> {
    let mut depth = 0usize;
    let mut rest = xml;
    std::iter::from_fn(move || {
        let start = rest.find('<')?;
        let end = start + tag_end(&rest[start..])?;
        let tag = &rest[start..end];
        let after = &rest[end..];
        let (content, following) = after.split_at(after.find('<').unwrap_or(after.len()));
        rest = following;
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        }
        let mut line = Line {
            depth,
            tag,
            content: "",
            closing: "",
        };
        if !tag.starts_with("</") && !tag.ends_with("/>") {
            depth += 1;
            let closing = tag_end(rest).map_or(rest, |end| &rest[..end]);
            if closing.starts_with("</") {
                (line.content, line.closing) = (content, closing);
                rest = &rest[closing.len()..];
                depth -= 1;
            }
        }
        Some(line)
    })
}

/// The length of the tag that `text` begins with; a `>` in a quoted value does not end the tag.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}
