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
//! - One walk over the release (`table`) feeds every format that has lines; the report has
//!   chapters, as the page has. All of them only arrange. What of a figure is told was decided when
//!   the release was made: a count that is not published is none that a format could leave out.
//! - A file is written, never gathered ([`Writer`]). What each format allows beside the
//!   [`Results`] it is made of, which the caller has in memory:
//!
//!   | format | sent while it is written | in memory meanwhile |
//!   | --- | --- | --- |
//!   | CSV, CSVW | yes | a line |
//!   | JSON-stat | yes | the names of one table's categories |
//!   | XLSX | no: an archive has its directory at the end | a line; the rest in temporary files |
//!   | ODS | no, as XLSX | every cell: the library knows no other way; the archive in a temporary file |
//!   | PDF | no: each page says how many there are | all pages: the library gives them at once |
//!
//!   What is not sent while it is written goes into a file first, so that no reader's slow line
//!   keeps it in memory.
//! - XLSX: `rust_xlsxwriter`, pure Rust, writes only, used widely.
//! - ODS: `spreadsheet-ods`, the only kept crate that writes the format with styles.
//! - PDF: `krilla`, the library below Typst: tagged PDF (PDF/UA-1) with embedded, cut down fonts.
//!   Typst itself would bring a whole language and some 200 crates for a report of one shape.
//! - Pictures: `resvg`, in the version that shares its parts with krilla.
//! - Type: Golos Text, embedded here because a server has no fonts of its own to rely on.

mod about;
pub mod chart;
mod csv;
mod csvw;
mod font;
mod jsonstat;
mod ods;
mod pdf;
pub mod picture;
#[cfg(test)]
#[path = "../tests/it/sample.rs"]
mod sample;
mod sheets;
mod table;
mod xlsx;

use ports::views::results::Results;
use questionnaire::Language;
use std::{
    fs::File,
    io::{Read as _, Seek as _, Write},
};

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

    /// Rises when the shape of the file changes, so that no cache gives an old file for a new one. The sentences in it
    /// have a mark of their own ([`locales::SENTENCES`]).
    #[must_use]
    pub const fn version(self) -> u32 {
        match self {
            Self::Pdf => 9,
            Self::Csvw | Self::Xlsx => 8,
            Self::Csv | Self::Ods | Self::JsonStat => 7,
        }
    }

    /// What writes it.
    #[must_use]
    pub fn writer(self) -> Writer {
        match self {
            Self::Csv => Writer::Flow(|results, language, out| csv::write(results, language, out)),
            Self::Csvw => {
                Writer::Flow(|results, language, out| csvw::write(results, language, out))
            }
            Self::JsonStat => {
                Writer::Flow(|results, language, out| jsonstat::write(results, language, out))
            }
            Self::Xlsx => {
                Writer::Whole(|results, language, file| xlsx::write(results, language, file))
            }
            Self::Ods => {
                Writer::Whole(|results, language, file| ods::write(results, language, file))
            }
            Self::Pdf => {
                Writer::Whole(|results, language, file| pdf::write(results, language, file))
            }
        }
    }

    /// The whole file in memory: for whoever compares files, not for answering requests.
    ///
    /// # Errors
    /// [`Unwritten`], if a format's library has a fault or there is no room for temporary files.
    pub fn write(self, results: &Results, language: Language) -> Result<Vec<u8>, Unwritten> {
        let mut bytes = Vec::new();
        match self.writer() {
            Writer::Flow(write) => write(results, language, &mut bytes)?,
            Writer::Whole(write) => {
                let failed = Unwritten::as_("a file");
                let mut file = tempfile::tempfile().map_err(|error| failed(&error))?;
                write(results, language, &mut file)?;
                file.rewind().map_err(|error| failed(&error))?;
                file.read_to_end(&mut bytes).map_err(|error| failed(&error))?;
            }
        }
        Ok(bytes)
    }
}

/// Writes a file from its beginning to its end.
pub type Flow = fn(&Results, Language, &mut dyn Write) -> Result<(), Unwritten>;

/// How a format is written.
#[derive(Clone, Copy)]
pub enum Writer {
    /// One byte after the other: it can be sent while it is written.
    Flow(Flow),
    /// Not before all of it is written can the first byte be sent.
    Whole(fn(&Results, Language, &mut File) -> Result<(), Unwritten>),
}
