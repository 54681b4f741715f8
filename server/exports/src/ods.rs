//! A release as an `OpenDocument` spreadsheet (ISO/IEC 26300).
//!
//! The same sheets as the Excel workbook. The filter on each column is missing: the library does
//! not write database ranges; two clicks in the program put it there.
//!
//! The library keeps every cell in memory until it writes the archive, so this format takes some
//! hundred bytes a cell while it is made. Into the archive's directory it writes the second at which it does so;
//! therefore the parts are taken over, packed as they are, into another one that has the day of publication there.

use crate::{
    Unwritten,
    sheets::{Book, Cell, book},
};
use charts::legal;
use chrono::{Datelike as _, NaiveDate, NaiveTime};
use ports::views::results::Results;
use questionnaire::Language;
use spreadsheet_ods::{
    CellStyleRef, Sheet, Value, WorkBook, cm,
    format::{create_number_format_fixed, create_percentage_format},
    pt,
    style::{
        CellStyle,
        units::{CellAlignVertical, WrapOption},
    },
    write_ods_to,
};
use std::io::{Read, Seek, Write};
use zip::{DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// The file.
///
/// # Errors
/// When `out` takes no more.
pub fn write(
    results: &Results,
    language: Language,
    out: impl Write + Seek,
) -> Result<(), Unwritten> {
    let book = book(results, language);
    // No locale: numbers look as the reader's program has them.
    let mut file = WorkBook::new_empty();
    let day = results.published.and_time(NaiveTime::MIN);
    // Title, date and language would be elements of Dublin Core, whose namespace the library does
    // not declare: the part would not be XML any more. The title stands on the cover.
    let about = file.metadata_mut();
    about.initial_creator.clone_from(&results.department_name);
    about.creation_date = Some(day);
    let styles = Styles::of(&mut file);
    file.push_sheet(cover(&book, &styles));
    for sheet in &book.sheets {
        file.push_sheet(figures(sheet, &styles));
    }
    let failed = Unwritten::as_("ODS");
    let mut archive = tempfile::tempfile().map_err(|error| failed(&error))?;
    write_ods_to(&mut file, &mut archive).map_err(|error| failed(&error))?;
    dated(archive, results.published, out).map_err(|error| failed(&error))
}

/// Takes an archive over with this day as that of each part. Their order stays: programs look for the first,
/// `mimetype`, where it is.
fn dated(
    archive: impl Read + Seek,
    day: NaiveDate,
    out: impl Write + Seek,
) -> Result<(), ZipError> {
    let number = |number: u32| u8::try_from(number).unwrap_or(1);
    let (year, month, day) = (day.year(), number(day.month()), number(day.day()));
    let year = u16::try_from(year).unwrap_or_default();
    // The format knows no day before 1980; that is its first one.
    let day = DateTime::from_date_and_time(year, month, day, 0, 0, 0).unwrap_or_default();
    let mut archive = ZipArchive::new(archive)?;
    let mut copy = ZipWriter::new(out);
    for part in 0..archive.len() {
        let part = archive.by_index_raw(part)?;
        if part.is_dir() {
            let options = SimpleFileOptions::default().last_modified_time(day);
            copy.add_directory(part.name(), options)?;
        } else {
            copy.raw_copy_file_touch(part, day, None)?;
        }
    }
    copy.finish()?;
    Ok(())
}

struct Styles {
    title: CellStyleRef,
    head: CellStyleRef,
    text: CellStyleRef,
    count: CellStyleRef,
    share: CellStyleRef,
    tenths: CellStyleRef,
}

impl Styles {
    fn of(file: &mut WorkBook) -> Self {
        let count = file.add_number_format(create_number_format_fixed("people", 0, true));
        let tenths = file.add_number_format(create_number_format_fixed("one_decimal", 1, false));
        let share = file.add_percentage_format(create_percentage_format("percent", 0));
        let plain = |name: &str| {
            let mut style = CellStyle::new_empty();
            style.set_name(name);
            style.set_vertical_align(CellAlignVertical::Top);
            style.set_wrap_option(WrapOption::Wrap);
            style
        };
        let mut title = plain("title");
        title.set_font_bold();
        title.set_font_size(pt!(16));
        title.set_wrap_option(WrapOption::NoWrap);
        let mut head = plain("head");
        head.set_font_bold();
        // Numbers stand beside the first line of the words of their row.
        let mut count = CellStyle::new("count", &count);
        count.set_vertical_align(CellAlignVertical::Top);
        let mut tenths = CellStyle::new("tenths", &tenths);
        tenths.set_vertical_align(CellAlignVertical::Top);
        let mut share = CellStyle::new("share", &share);
        share.set_vertical_align(CellAlignVertical::Top);
        Self {
            title: file.add_cellstyle(title),
            head: file.add_cellstyle(head),
            text: file.add_cellstyle(plain("text")),
            count: file.add_cellstyle(count),
            share: file.add_cellstyle(share),
            tenths: file.add_cellstyle(tenths),
        }
    }
}

fn cover(book: &Book, styles: &Styles) -> Sheet {
    let mut page = Sheet::new(&book.about);
    page.set_col_width(0, cm!(6));
    page.set_col_width(1, cm!(18));
    page.set_styled_value(0, 0, legal(&book.title), &styles.title);
    for (row, (name, words)) in (2..).zip(&book.cover) {
        page.set_styled_value(row, 0, legal(name), &styles.head);
        page.set_styled_value(row, 1, legal(words), &styles.text);
    }
    page
}

fn figures(sheet: &crate::sheets::Sheet<'_>, styles: &Styles) -> Sheet {
    let mut page = Sheet::new(&sheet.name);
    for (number, column) in (0..).zip(&sheet.columns) {
        page.set_styled_value(0, number, column.title, &styles.head);
        // About 2 mm a character.
        page.set_col_width(number, cm!(f64::from(column.width) * 0.2));
    }
    for (row, line) in (1..).zip(sheet.lines()) {
        for (number, cell) in (0..).zip(&line) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    page.set_styled_value(row, number, legal(text), &styles.text);
                }
                Cell::Count(count) => page.set_styled_value(row, number, *count, &styles.count),
                Cell::Share(share) => {
                    page.set_styled_value(row, number, Value::Percentage(*share), &styles.share);
                }
                Cell::Tenths(value) => {
                    page.set_styled_value(row, number, *value, &styles.tenths);
                }
            }
        }
    }
    page.set_header_rows(0, 0);
    page.split_row_header(0);
    page
}
