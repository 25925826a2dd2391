//! Reports as one self-contained HTML file: no network, no script from elsewhere, every text escaped.
//!
//! The page is complete without JavaScript. Views and filters are switched by style sheet; the only script searches, and
//! the content security policy names it by its checksum. [`diff`] and [`check`] fill the page.

pub mod check;
pub mod diff;
mod lines;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bundle::sha256;
use crate::diagnostics::escape::html;
use crate::graph::svg;
use crate::values::work_budget;

const STYLE: &str = include_str!("html/report.css");
/// The most values of a filter. More of them are no help, and each has a rule in the style sheet.
const MAX_VALUES: usize = 50;
const SEARCH: &str = include_str!("html/search.js");

/// A page, while it is written.
#[derive(Default)]
struct Page {
    title: String,
    body: String,
    /// The filters: name and value of items.
    filters: Vec<(&'static str, Vec<String>)>,
}

impl Page {
    fn new(title: &str) -> Self {
        work_budget::reset();
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// Appends markup.
    fn push(&mut self, markup: &str) {
        self.body.push_str(markup);
        self.body.push('\n');
    }

    /// Adds a filter for the values of the attribute `data-NAME` of items.
    fn filter(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort();
        values.dedup();
        if (2..=MAX_VALUES).contains(&values.len()) {
            self.filters.push((name, values));
        }
    }

    /// The whole document.
    fn finish(self) -> String {
        let mut style = format!("{STYLE}{}", svg::STYLE);
        let mut bar = String::from(
            "<div class=\"bar\"><span><input type=\"radio\" name=\"view\" id=\"unified\" checked> <label for=\"unified\">unified</label> \
             <input type=\"radio\" name=\"view\" id=\"side\"> <label for=\"side\">side by side</label></span>",
        );
        for (name, values) in &self.filters {
            let _ = write!(
                bar,
                "<span>{name}: <input type=\"radio\" name=\"{name}\" id=\"{name}-all\" checked> <label for=\"{name}-all\">all</label>"
            );
            for (at, value) in values.iter().enumerate() {
                let id = format!("{name}-{at}");
                let value = html(value);
                let _ = write!(
                    bar,
                    " <input type=\"radio\" name=\"{name}\" id=\"{id}\"> <label for=\"{id}\">{value}</label>"
                );
                let _ = writeln!(
                    style,
                    "body:has(#{id}:checked) [data-{name}]:not([data-{name}~=\"{at}\"]) {{ display: none; }}"
                );
            }
            bar.push_str("</span>");
        }
        bar.push_str("<label hidden>search <input type=\"search\" id=\"search\"></label></div>");
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            STANDARD.encode(sha256(style.as_bytes())),
            STANDARD.encode(sha256(SEARCH.as_bytes()))
        );
        let title = html(&self.title);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n\
             <style>{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{bar}\n<main>\n{}</main>\n\
             <script>{SEARCH}</script>\n</body>\n</html>\n",
            self.body
        )
    }

    /// The number of a filter's value, for the attribute of an item.
    fn number(&self, name: &str, value: &str) -> String {
        let values = self.filters.iter().find(|(filter, _)| *filter == name);
        let at = values.and_then(|(_, values)| values.iter().position(|known| known == value));
        at.map_or_else(String::new, |at| at.to_string())
    }
}

/// A number of things.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
