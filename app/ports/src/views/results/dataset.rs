//! A published poll as programs that gather pages understand it: a data set with its files
//! (<https://schema.org/Dataset>).
//!
//! It says nothing that its page does not say. No licence is named: under which one a department publishes is not
//! the portal's to say.

use super::Results;
use crate::routes;
use questionnaire::Language;
use serde_json::{Value, json};

/// The files with the figures of every release: the end of each one's name after `results.`, and its media type.
pub const FILES: [(&str, &str); 5] = [
    ("csv", "text/csv"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("jsonstat.json", "application/json"),
    ("pdf", "application/pdf"),
];

/// The file without figures, which says what the columns of the first mean: likewise.
pub const MEANING: (&str, &str) = ("csv-metadata.json", "application/csvm+json");

/// The description as JSON-LD, in which nothing can end the element of the page in which it stands; `address` is that
/// page's.
#[must_use]
pub fn json_ld(results: &Results, address: &str, language: Language) -> String {
    let poll = results.poll;
    let origin = results.address.strip_suffix(&*routes::results(poll)).unwrap_or_default();
    let file = |(ending, kind): (&str, &str)| {
        let path = routes::results_file(poll, ending, language);
        json!({
            "@type": "DataDownload",
            "encodingFormat": kind,
            "contentUrl": format!("{origin}{path}"),
        })
    };
    let files: Vec<Value> = FILES.into_iter().map(file).collect();
    let mut set = json!({
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": results.title,
        "description": results.purpose,
        "url": address,
        "identifier": format!("urn:uuid:{poll}"),
        "version": results.digest,
        "creator": { "@type": "GovernmentOrganization", "name": results.department_name },
        "datePublished": results.published.to_string(),
        "inLanguage": results.language.unwrap_or(language).tag(),
        "isAccessibleForFree": true,
        "distribution": files,
    });
    if let Some((first, last)) = results.open {
        set["temporalCoverage"] = json!(format!("{first}/{last}"));
    }
    set.to_string().replace('<', "\\u003c")
}
