//! Every page of a demo says that it is one, also those of the tenant.

/// The page with the sentence as the first thing in its body. Where its policy allows a style by a nonce, that is used.
pub(in crate::server) fn with_banner(html: &str) -> String {
    let Some(body) = html.find("<body").and_then(|start| {
        let end = html[start..].find('>')?;
        Some(start + end + 1)
    }) else {
        return format!("{SENTENCE}{html}");
    };
    let nonce = html
        .split_once("<style nonce=\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let style = nonce.map_or_else(String::new, |(nonce, _)| {
        format!("<style nonce=\"{nonce}\">{STYLE}</style>")
    });
    format!("{}{style}{SENTENCE}{}", &html[..body], &html[body..])
}

const SENTENCE: &str = "<aside class=\"postlogin-demo\" aria-label=\"Demo\"><strong>Demo</strong> Anybody at this computer can \
                        log in here as anybody.</aside>";

const STYLE: &str = include_str!("templates/banner.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_first_thing_in_the_body_and_styled_where_the_page_allows_it() {
        let page = with_banner(
            "<!doctype html><head><style nonce=\"abc\">p{}</style></head><body class=\"x\"><p>1</p>",
        );
        let (_, body) = page.split_once("<body class=\"x\">").unwrap();
        assert!(body.starts_with("<style nonce=\"abc\">html {"), "{body}");
        assert!(
            body.ends_with("can log in here as anybody.</aside><p>1</p>"),
            "{body}"
        );
        let plain = with_banner("<body><form>");
        assert_eq!(plain, format!("<body>{SENTENCE}<form>"));
        assert_eq!(with_banner("<p>1"), format!("{SENTENCE}<p>1"));
    }
}
