//! A report as a page without a script.

use maud::{DOCTYPE, html};

use crate::report::Report;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}\
th,td{border:1px solid #8888;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#8882;white-space:nowrap}";

/// The page. It allows itself nothing but its own style.
pub(crate) fn write(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "What two sets of rules do differently" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "What two sets of rules do differently" }
                    table {
                        @for fact in &report.facts {
                            tr { th scope="row" { (fact.name) } td { (fact.text) } }
                        }
                    }
                    @for section in &report.sections {
                        h2 { (section.title) }
                        @if section.rows.is_empty() {
                            p { (section.otherwise) }
                        } @else {
                            p { (section.about) }
                            table {
                                thead { tr { @for column in section.columns { th scope="col" { (column) } } } }
                                tbody {
                                    @for row in &section.rows {
                                        tr { @for cell in row { td { (cell) } } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}
