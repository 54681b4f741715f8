//! A published poll as files: what a reader takes along instead of a page.
//!
//! It puts [`Results`] into the formats that people and programs ask for, in one language each. It
//! knows no database, no request and no answer of anybody: the only figures it can write are those
//! of the release, so that no file can say more than the page, and whatever is withheld there is
//! absent here. It computes no figure. The same release makes the same bytes (in ODS the same
//! parts, listed in no fixed order); time stamps that a format insists on are the day of
//! publication.
//!
//! # Decisions
//! - One walk over the release ([`table`]) feeds every format; a format only arranges.
//! - A file is made in memory: at most a small multiple of the [`Results`] it is made of, which
//!   the caller has in memory anyway. ZIP archives (XLSX, ODS) and PDF have their directories at
//!   the end and need the whole file before it is sent. The caller bounds how many are made at a
//!   time.
//! - XLSX: `rust_xlsxwriter`, pure Rust, writes only, used widely. Its constant-memory mode needs
//!   temporary files; our releases do not.
//! - ODS: `spreadsheet-ods`, the only kept crate that writes the format with styles.
//! - PDF: `krilla`, the library below Typst: tagged PDF (PDF/UA-1) with embedded, cut down fonts.
//!   Typst itself would bring a whole language and some 200 crates for a report of one shape.
//! - Pictures: `resvg`, in the version that shares its parts with krilla.
//! - Type: Golos Text, embedded here because a server has no fonts of its own to rely on.

pub mod about;
pub mod chart;
pub mod csv;
pub mod csvw;
pub mod font;
pub mod jsonstat;
pub mod ods;
pub mod pdf;
pub mod picture;
pub mod sheets;
pub mod table;
pub mod xlsx;

use ports::views::results::Results;
use questionnaire::Language;

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format}: {reason}")]
pub struct Unwritten {
    format: &'static str,
    reason: String,
}

impl Unwritten {
    /// Why a file of `format` cannot be written, for `map_err`.
    fn as_(format: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |reason| Self { format, reason: reason.to_string() }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// What the columns of [`Format::Csv`] mean.
    Csvw,
    /// An Excel workbook.
    Xlsx,
    /// An `OpenDocument` spreadsheet.
    Ods,
    /// JSON-stat 2.0.
    JsonStat,
    /// A report.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Csv, Self::Csvw, Self::Xlsx, Self::Ods, Self::JsonStat, Self::Pdf];

    /// The end of its address and of the file's name, after `results.`.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Csvw => "csv-metadata.json",
            Self::Xlsx => "xlsx",
            Self::Ods => "ods",
            Self::JsonStat => "jsonstat.json",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type, as registered with IANA.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Csvw => "application/csvm+json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::JsonStat => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    /// Rises when the shape of the file changes, so that no cache gives an old file for a new one.
    #[must_use]
    pub const fn version(self) -> u32 {
        match self {
            Self::Csv => 2,
            _ => 1,
        }
    }

    /// The file.
    ///
    /// # Errors
    /// [`Unwritten`], which does not happen in memory unless a format's library has a fault.
    pub fn write(self, results: &Results, language: Language) -> Result<Vec<u8>, Unwritten> {
        match self {
            Self::Csv => csv::write(results, language),
            Self::Csvw => csvw::write(results, language),
            Self::Xlsx => xlsx::write(results, language),
            Self::Ods => ods::write(results, language),
            Self::JsonStat => jsonstat::write(results, language),
            Self::Pdf => pdf::write(results, language),
        }
    }
}
