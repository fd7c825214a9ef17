//! A value of a SAML attribute as a script gave it.

/// One attribute value, with the JavaScript type that its XML type comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SamlScalar {
    /// `xs:boolean`.
    Boolean(bool),
    /// `xs:double`; may be NaN, never infinite.
    Number(f64),
    /// `xs:string`.
    Text(String),
}

impl SamlScalar {
    /// The text as JavaScript's string conversion writes it (semantics 4.7).
    pub fn text(&self) -> String {
        match self {
            Self::Boolean(flag) => flag.to_string(),
            Self::Number(number) => ryu_js::Buffer::new().format(*number).to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}
