//! The languages of pages, and which one a person gets.

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    De,
    #[default]
    En,
    Es,
    Fr,
    Ja,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::Ja];

    /// Its tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Ja => "ja",
        }
    }

    /// The first language that there is of `wished`, the best one first; then the best one of the header
    /// `Accept-Language`; then English.
    pub fn of<'a>(wished: impl Iterator<Item = &'a str>, accepted: Option<&str>) -> Self {
        let mut wished = wished.filter_map(Self::of_tag);
        wished
            .next()
            .or_else(|| accepted.and_then(Self::accepted))
            .unwrap_or_default()
    }

    /// The best language of the header `Accept-Language` (RFC 9110 section 12.5.4).
    fn accepted(header: &str) -> Option<Self> {
        let ranges = header.split(',').take(MOST_RANGES).filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let language = Self::of_tag(parts.next()?)?;
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
            (weight > 0.0).then_some((language, weight))
        });
        // Of several with the same weight the first one counts.
        ranges
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(language, _)| language)
    }

    /// The language of a tag such as `de-CH`.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// No browser names more.
const MOST_RANGES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_decides_then_the_browser_then_english() {
        let of = |wished: &str, accepted| Language::of(wished.split(' '), accepted);
        assert_eq!(of("nl fr-CA de", Some("ja")), Language::Fr);
        assert_eq!(of("", Some("nl, de-CH;q=0.8, ja;q=0.9")), Language::Ja);
        assert_eq!(of("nl", Some("es-MX, en")), Language::Es);
        assert_eq!(of("", Some("es;q=0, en;q=junk")), Language::En);
        assert_eq!(of("ES_mx", None), Language::Es);
        assert_eq!(of("", None), Language::En);
        assert_eq!(of("", Some(&",".repeat(5000))), Language::En);
    }
}
